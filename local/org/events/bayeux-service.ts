import type { Clock } from '../clock.ts';
import type { Counters } from '../faults/counters.ts';
import type { FaultPlan } from '../faults/fault-plan.ts';
import type { Session } from '../protocol/oauth/sessions.ts';
import { type Random, randomText } from '../random.ts';
import type { OrgSettings } from '../settings.ts';
import { bayeuxErrors, cookieMissing, invalidConnectionType } from './bayeux-errors.ts';
import {
  connectReply,
  deniedHandshake,
  firstConnectReply,
  handshakeReply,
  refusal,
  reply,
  unauthorizedReply,
  unknownClientReply,
} from './bayeux-replies.ts';
import { ClientRegistry } from './client-registry.ts';
import type { LoggedEvent } from './event-log.ts';
import type { EventPublisher } from './publisher.ts';
import type { HeldConnect, StreamingClient } from './streaming-client.ts';
import { decideSubscription, messageFor, type Subscription } from './subscriptions.ts';

/** A Bayeux message as a client sent it; nothing in it is trusted. */
export type BayeuxMessage = Readonly<Record<string, unknown>>;

export interface BayeuxRequest {
  /** Version part of the path, undefined when there is none. */
  readonly version: string | undefined;
  readonly session: Session | undefined;
  readonly hasToken: boolean;
  /** Value of the BAYEUX_BROWSER cookie. */
  readonly browserId: string | undefined;
  /** A connect may wait only when it is alone in its request. */
  readonly mayHold: boolean;
}

export interface BayeuxAnswer {
  /** Replies and data messages as JSON texts. */
  readonly messages: readonly string[];
  /** Set on handshake: the new BAYEUX_BROWSER cookie. */
  readonly newBrowserId?: string;
  /** Value of the new `sfdc-stream` cookie of the load balancer. */
  readonly newStickyCookie?: string;
  /** Instead of an answer: the connect is held and answers later. `release` is for a connection that broke meanwhile. */
  readonly hold?: { readonly answered: Promise<readonly string[]>; readonly release: () => void };
}

interface ServiceInput {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: OrgSettings;
  readonly publisher: EventPublisher;
  readonly counters: Counters;
  readonly faults: FaultPlan;
}

const lowerCase = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** The streaming side of the org: handshakes, subscriptions, held connects and delivery. Knows nothing of HTTP but cookie values. */
export class BayeuxService {
  readonly #input: ServiceInput;
  readonly #clients: ClientRegistry;

  constructor(input: ServiceInput) {
    this.#input = input;
    this.#clients = new ClientRegistry(input.clock, input.settings.reconnectTimeoutMs);
    input.publisher.onEvent((channel, event) => this.#deliver(channel, event));
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  handle(message: BayeuxMessage, request: BayeuxRequest): BayeuxAnswer {
    const { channel } = message;
    if (request.version === undefined) return refuse(message, bayeuxErrors.versionMissing);
    if (channel === '/meta/handshake') return this.#handshake(message, request);
    const client = this.#clientOf(message, request);
    if (client === undefined) {
      // The node that does not know the client hands out a cookie of its own.
      const messages = [unknownClientReply(channel, message['id'])];
      return { messages, newStickyCookie: this.#newStickyCookie() };
    }
    if (request.browserId === undefined) return refuse(message, cookieMissing(client.id));
    if (request.session === undefined) {
      this.#clients.forget(client);
      const error = request.hasToken ? bayeuxErrors.authenticationInvalid : bayeuxErrors.authenticationRequired;
      return refuse(message, error, true);
    }
    if (request.session.user.id !== client.userId) return refuse(message, bayeuxErrors.userMismatch);
    switch (channel) {
      case '/meta/connect':
        return this.#connect(client, message, request.mayHold);
      case '/meta/subscribe':
        return this.#subscribe(client, message);
      case '/meta/unsubscribe':
        return this.#unsubscribe(client, message);
      case '/meta/disconnect':
        return this.#disconnect(client, message);
      default:
        return refuse(message, isMeta(channel) ? bayeuxErrors.unknownMeta : bayeuxErrors.publishDenied);
    }
  }

  /** As if every node had restarted: nobody is known any more. */
  forgetClients(): number {
    const clients = this.#clients.all();
    for (const client of clients) {
      const { held } = client;
      this.#clients.forget(client);
      held?.answer([unknownClientReply('/meta/connect', held.id)]);
    }
    return clients.length;
  }

  /** The server ends every session by itself: an unsolicited `/meta/disconnect`, as scaling does it on a real org. */
  disconnectClients(): number {
    const clients = this.#clients.all();
    for (const client of clients) {
      client.ending = true;
      const { held } = client;
      if (held !== undefined) held.answer(this.#end(client, held.id));
    }
    return clients.length;
  }

  /** Held connects notice that their token died; the others learn it from their next request. */
  dropDeadSessions(isAlive: (token: string) => boolean): void {
    for (const client of this.#clients.all()) {
      const { held } = client;
      if (held === undefined || isAlive(client.token)) continue;
      this.#clients.forget(client);
      held.answer([unauthorizedReply(client, held.id)]);
    }
  }

  #handshake(message: BayeuxMessage, request: BayeuxRequest): BayeuxAnswer {
    const { clock, random, settings } = this.#input;
    if (!(Number(request.version) >= 37)) return refuse(message, bayeuxErrors.versionUnsupported);
    const deny = (reason: string): BayeuxAnswer => {
      return { messages: [deniedHandshake(message['id'], reason, settings.refusedHandshake)] };
    };
    if (request.session === undefined) {
      return deny(request.hasToken ? bayeuxErrors.authenticationInvalid : bayeuxErrors.authenticationRequired);
    }
    if (this.#clients.size >= settings.streamingClients) return deny(bayeuxErrors.tooManyClients);
    const client: StreamingClient = {
      id: randomText(random, 28, lowerCase),
      browserId: request.browserId ?? randomText(random, 24, lowerCase),
      userId: request.session.user.id,
      token: request.session.token,
      stickyUntil: clock.now() + settings.stickyCookieMs,
      subscriptions: new Map(),
      queue: [],
      held: undefined,
      timer: undefined,
      connected: false,
      ending: false,
    };
    this.#clients.add(client);
    return {
      messages: [handshakeReply(client, message['id'])],
      newBrowserId: client.browserId,
      newStickyCookie: this.#newStickyCookie(),
    };
  }

  #connect(client: StreamingClient, message: BayeuxMessage, mayHold: boolean): BayeuxAnswer {
    const { settings } = this.#input;
    const { connectionType, id } = message;
    if (connectionType !== undefined && connectionType !== 'long-polling') {
      return refuse(message, invalidConnectionType(connectionType));
    }
    // A client has one connect under way; an older one that still waits was given up on.
    client.held?.answer([connectReply(client, client.held.id)]);
    if (client.ending) return { messages: this.#end(client, id) };
    this.#clients.expectConnect(client);
    if (!client.connected) {
      client.connected = true;
      return { messages: [...this.#takeQueue(client), firstConnectReply(client, id, settings.connectHoldMs)] };
    }
    const advice = message['advice'] as { readonly timeout?: unknown } | undefined;
    if (client.queue.length === 0 && mayHold && advice?.timeout !== 0) return this.#hold(client, id);
    return { messages: [...this.#takeQueue(client), connectReply(client, id)] };
  }

  #hold(client: StreamingClient, id: unknown): BayeuxAnswer {
    const { clock, settings } = this.#input;
    const { promise, resolve } = Promise.withResolvers<readonly string[]>();
    const held: HeldConnect = {
      id,
      answer: (messages) => {
        if (client.held === held) client.held = undefined;
        this.#clients.expectConnect(client);
        resolve(messages);
      },
    };
    client.held = held;
    client.timer?.cancel();
    client.timer = clock.after(settings.connectHoldMs, () => held.answer([connectReply(client, id)]));
    return { messages: [], hold: { answered: promise, release: () => held.answer([]) } };
  }

  #subscribe(client: StreamingClient, message: BayeuxMessage): BayeuxAnswer {
    const { publisher, faults } = this.#input;
    const { subscription } = message;
    const replay = replayMapOf(message);
    const decisions = [subscription].flat().map((name: unknown) => {
      return decideSubscription(name, typeof name === 'string' ? replay[name] : undefined, publisher, faults);
    });
    const common = { clientId: client.id, channel: '/meta/subscribe', id: message['id'], subscription };
    for (const decision of decisions) {
      if ('error' in decision) return { messages: [reply({ ...common, error: decision.error, successful: false })] };
    }
    for (const decision of decisions) {
      if ('error' in decision) continue;
      const known = client.subscriptions.has(decision.subscription.name);
      this.#clients.subscribe(client, decision.subscription);
      if (known && !decision.replayGiven) continue;
      for (const event of decision.events) this.#enqueue(client, decision.subscription, event);
    }
    return { messages: [reply({ ...common, successful: true })] };
  }

  #unsubscribe(client: StreamingClient, message: BayeuxMessage): BayeuxAnswer {
    const { id, subscription } = message;
    for (const name of [subscription].flat()) this.#clients.unsubscribe(client, String(name));
    const answer = { clientId: client.id, channel: '/meta/unsubscribe', id, subscription, successful: true };
    return { messages: [reply(answer)] };
  }

  #disconnect(client: StreamingClient, message: BayeuxMessage): BayeuxAnswer {
    const { held } = client;
    this.#clients.forget(client);
    held?.answer([connectReply(client, held.id)]);
    const answer = { channel: '/meta/disconnect', clientId: client.id, id: message['id'], successful: true };
    return { messages: [reply(answer)] };
  }

  /** A client is known by its ID together with its cookie. */
  #clientOf(message: BayeuxMessage, request: BayeuxRequest): StreamingClient | undefined {
    const client = this.#clients.find(message['clientId']);
    return request.browserId === undefined || request.browserId === client?.browserId ? client : undefined;
  }

  #newStickyCookie(): string {
    return `!${randomText(this.#input.random, 40, `${lowerCase}ABCDEFGHIJKLMNOPQRSTUVWXYZ+/`)}`;
  }

  #deliver(channel: string, event: LoggedEvent): void {
    for (const client of this.#clients.subscribersOf(channel)) {
      for (const subscription of client.subscriptions.values()) {
        if (subscription.channel === channel) this.#enqueue(client, subscription, event);
      }
    }
  }

  #enqueue(client: StreamingClient, subscription: Subscription, event: LoggedEvent): void {
    const message = messageFor(subscription, event);
    if (message === undefined) return;
    client.queue.push(message);
    // The rest of a burst still joins the same answer, and a subscribe is answered before its replayed events.
    if (client.queue.length === 1) setImmediate(() => this.#flush(client));
  }

  #flush(client: StreamingClient): void {
    const { held } = client;
    if (held === undefined || client.queue.length === 0) return;
    held.answer([...this.#takeQueue(client), connectReply(client, held.id)]);
  }

  #takeQueue(client: StreamingClient): readonly string[] {
    const messages = client.queue;
    client.queue = [];
    this.#input.counters.countDelivered(messages.length);
    return messages;
  }

  #end(client: StreamingClient, id: unknown): readonly string[] {
    this.#clients.forget(client);
    return [reply({ channel: '/meta/disconnect' }), unauthorizedReply(client, id)];
  }
}

function isMeta(channel: unknown): boolean {
  return String(channel).startsWith('/meta/');
}

function refuse(message: BayeuxMessage, error: string, final = false): BayeuxAnswer {
  return { messages: [refusal(message, error, final)] };
}

/** `ext.replay` of a subscribe: a map from subscription to replay ID; anything else counts as none. */
function replayMapOf(message: BayeuxMessage): Readonly<Record<string, unknown>> {
  const replay = (message['ext'] as { readonly replay?: unknown } | null | undefined)?.replay;
  return typeof replay === 'object' && replay !== null ? (replay as Readonly<Record<string, unknown>>) : {};
}
