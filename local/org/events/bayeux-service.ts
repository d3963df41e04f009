import type { Clock } from '../clock.ts';
import type { Counters } from '../faults/counters.ts';
import type { FaultPlan } from '../faults/fault-plan.ts';
import type { Session } from '../protocol/oauth/sessions.ts';
import { type Random, randomText } from '../random.ts';
import type { OrgSettings } from '../settings.ts';
import { bayeuxErrors, cookieMissing, invalidConnectionType } from './bayeux-errors.ts';
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

const handshakeAgain = { interval: 0, reconnect: 'handshake' };
const lowerCase = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** The streaming side of the org: handshakes, subscriptions, held connects and delivery. Knows nothing of HTTP but cookie values. */
export class BayeuxService {
  readonly #input: ServiceInput;
  readonly #clients = new Map<string, StreamingClient>();
  readonly #byChannel = new Map<string, Set<StreamingClient>>();

  constructor(input: ServiceInput) {
    this.#input = input;
    input.publisher.onEvent((channel, event) => this.#deliver(channel, event));
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  handle(message: BayeuxMessage, request: BayeuxRequest): BayeuxAnswer {
    const { channel } = message;
    if (request.version === undefined) return this.#refuse(message, bayeuxErrors.versionMissing);
    if (channel === '/meta/handshake') return this.#handshake(message, request);
    const client = this.#clientOf(message, request);
    if (client === undefined) {
      // A node that never saw the client answers without its ID and hands out a cookie of its own.
      return {
        ...this.#refuse({ ...message, clientId: undefined }, bayeuxErrors.unknownClient, handshakeAgain),
        newStickyCookie: this.#newStickyCookie(),
      };
    }
    if (request.browserId === undefined) return this.#refuse(message, cookieMissing(client.id));
    if (request.session === undefined) {
      this.#forget(client);
      const error = request.hasToken ? bayeuxErrors.authenticationInvalid : bayeuxErrors.authenticationRequired;
      return this.#refuse(message, error, { reconnect: 'none', interval: 0 });
    }
    if (request.session.user.id !== client.userId) return this.#refuse(message, bayeuxErrors.userMismatch);
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
        return this.#refuse(
          message,
          String(channel).startsWith('/meta/') ? bayeuxErrors.unknownMeta : bayeuxErrors.publishDenied,
        );
    }
  }

  /** As if every node had restarted: nobody is known any more. */
  forgetClients(): number {
    const clients = [...this.#clients.values()];
    for (const client of clients) {
      const { held } = client;
      this.#forget(client);
      held?.answer([
        reply({
          advice: handshakeAgain,
          channel: '/meta/connect',
          id: held.id,
          error: bayeuxErrors.unknownClient,
          successful: false,
        }),
      ]);
    }
    return clients.length;
  }

  /** The server ends every session by itself: an unsolicited `/meta/disconnect`, as scaling does it on a real org. */
  disconnectClients(): number {
    const clients = [...this.#clients.values()];
    for (const client of clients) {
      client.ending = true;
      const { held } = client;
      if (held !== undefined) held.answer(this.#end(client, held.id));
    }
    return clients.length;
  }

  /** Held connects notice that their token died; the others learn it from their next request. */
  dropDeadSessions(isAlive: (token: string) => boolean): void {
    for (const client of [...this.#clients.values()]) {
      const { held } = client;
      if (held === undefined || isAlive(client.token)) continue;
      this.#forget(client);
      held.answer([this.#unauthorized(client, held.id)]);
    }
  }

  #handshake(message: BayeuxMessage, request: BayeuxRequest): BayeuxAnswer {
    const { clock, random, settings } = this.#input;
    if (!(Number(request.version) >= 37)) return this.#refuse(message, bayeuxErrors.versionUnsupported);
    if (request.session === undefined) {
      const reason = request.hasToken ? bayeuxErrors.authenticationInvalid : bayeuxErrors.authenticationRequired;
      return this.#denyHandshake(message, reason);
    }
    if (this.#clients.size >= settings.streamingClients)
      return this.#denyHandshake(message, bayeuxErrors.tooManyClients);
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
    this.#clients.set(client.id, client);
    this.#startReaper(client);
    const answer = reply({
      ext: { replay: true, 'payload.format': true },
      minimumVersion: '1.0',
      clientId: client.id,
      supportedConnectionTypes: ['long-polling'],
      channel: '/meta/handshake',
      id: message['id'],
      version: '1.0',
      successful: true,
    });
    return { messages: [answer], newBrowserId: client.browserId, newStickyCookie: this.#newStickyCookie() };
  }

  #denyHandshake(message: BayeuxMessage, reason: string): BayeuxAnswer {
    const plain = this.#input.settings.refusedHandshake === 'plain';
    const replay = { replay: true, 'payload.format': true };
    const answer = reply({
      ext: plain ? { replay: true } : { sfdc: { failureReason: reason }, ...replay },
      advice: { reconnect: 'none' },
      channel: '/meta/handshake',
      id: message['id'],
      error: plain ? reason : bayeuxErrors.handshakeDenied,
      successful: false,
    });
    return { messages: [answer] };
  }

  #connect(client: StreamingClient, message: BayeuxMessage, mayHold: boolean): BayeuxAnswer {
    const { clock, settings } = this.#input;
    const type = message['connectionType'];
    if (type !== undefined && type !== 'long-polling') return this.#refuse(message, invalidConnectionType(type));
    const id = message['id'];
    // A client has one connect under way; an older one that still waits was given up on.
    client.held?.answer([connectReply(client, client.held.id)]);
    if (client.ending) return { messages: this.#end(client, id) };
    this.#startReaper(client);
    if (!client.connected) {
      client.connected = true;
      const advice = { interval: 0, timeout: settings.connectHoldMs, reconnect: 'retry' };
      return {
        messages: [
          ...this.#takeQueue(client),
          reply({ clientId: client.id, advice, channel: '/meta/connect', id, successful: true }),
        ],
      };
    }
    const advice = message['advice'] as { readonly timeout?: unknown } | undefined;
    if (client.queue.length > 0 || !mayHold || advice?.timeout === 0) {
      return { messages: [...this.#takeQueue(client), connectReply(client, id)] };
    }
    let resolve: (messages: readonly string[]) => void = () => {};
    const answered = new Promise<readonly string[]>((done) => {
      resolve = done;
    });
    const held: HeldConnect = {
      id,
      answer: (messages) => {
        if (client.held === held) client.held = undefined;
        if (this.#clients.get(client.id) === client) this.#startReaper(client);
        resolve(messages);
      },
    };
    client.held = held;
    client.timer?.cancel();
    client.timer = clock.after(settings.connectHoldMs, () => held.answer([connectReply(client, id)]));
    return { messages: [], hold: { answered, release: () => held.answer([]) } };
  }

  #subscribe(client: StreamingClient, message: BayeuxMessage): BayeuxAnswer {
    const { publisher, faults } = this.#input;
    const { subscription } = message;
    const ext = message['ext'] as { readonly replay?: unknown } | undefined;
    const map =
      typeof ext?.replay === 'object' && ext.replay !== null ? (ext.replay as Readonly<Record<string, unknown>>) : {};
    const decisions = (Array.isArray(subscription) ? subscription : [subscription]).map((name: unknown) =>
      decideSubscription(name, typeof name === 'string' ? map[name] : undefined, publisher, faults),
    );
    const common = { clientId: client.id, channel: '/meta/subscribe', id: message['id'], subscription };
    for (const decision of decisions) {
      if ('error' in decision) return { messages: [reply({ ...common, error: decision.error, successful: false })] };
    }
    for (const decision of decisions) {
      if ('error' in decision) continue;
      const known = client.subscriptions.has(decision.subscription.name);
      this.#addSubscription(client, decision.subscription);
      if (known && !decision.replayGiven) continue;
      for (const event of decision.events) this.#enqueue(client, decision.subscription, event);
    }
    return { messages: [reply({ ...common, successful: true })] };
  }

  #unsubscribe(client: StreamingClient, message: BayeuxMessage): BayeuxAnswer {
    const { subscription } = message;
    for (const name of Array.isArray(subscription) ? subscription : [subscription]) {
      const known = client.subscriptions.get(String(name));
      client.subscriptions.delete(String(name));
      if (known !== undefined) this.#leaveChannel(client, known.channel);
    }
    const answer = {
      clientId: client.id,
      channel: '/meta/unsubscribe',
      id: message['id'],
      subscription,
      successful: true,
    };
    return { messages: [reply(answer)] };
  }

  #disconnect(client: StreamingClient, message: BayeuxMessage): BayeuxAnswer {
    const { held } = client;
    this.#forget(client);
    held?.answer([connectReply(client, held.id)]);
    const answer = { channel: '/meta/disconnect', clientId: client.id, id: message['id'], successful: true };
    return { messages: [reply(answer)] };
  }

  #clientOf(message: BayeuxMessage, request: BayeuxRequest): StreamingClient | undefined {
    const client = this.#clients.get(String(message['clientId']));
    if (client === undefined) return undefined;
    if (this.#input.clock.now() >= client.stickyUntil) {
      this.#forget(client);
      return undefined;
    }
    return request.browserId === undefined || request.browserId === client.browserId ? client : undefined;
  }

  #newStickyCookie(): string {
    return `!${randomText(this.#input.random, 40, `${lowerCase}ABCDEFGHIJKLMNOPQRSTUVWXYZ+/`)}`;
  }

  #deliver(channel: string, event: LoggedEvent): void {
    for (const client of this.#byChannel.get(channel) ?? []) {
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

  #startReaper(client: StreamingClient): void {
    const { clock, settings } = this.#input;
    client.timer?.cancel();
    client.timer = clock.after(settings.reconnectTimeoutMs, () => this.#forget(client));
  }

  #forget(client: StreamingClient): void {
    client.timer?.cancel();
    this.#clients.delete(client.id);
    for (const { channel } of client.subscriptions.values()) this.#byChannel.get(channel)?.delete(client);
  }

  #addSubscription(client: StreamingClient, subscription: Subscription): void {
    client.subscriptions.set(subscription.name, subscription);
    const clients = this.#byChannel.get(subscription.channel) ?? new Set<StreamingClient>();
    clients.add(client);
    this.#byChannel.set(subscription.channel, clients);
  }

  #leaveChannel(client: StreamingClient, channel: string): void {
    const stillThere = [...client.subscriptions.values()].some((subscription) => subscription.channel === channel);
    if (!stillThere) this.#byChannel.get(channel)?.delete(client);
  }

  #end(client: StreamingClient, id: unknown): readonly string[] {
    this.#forget(client);
    return [reply({ channel: '/meta/disconnect' }), this.#unauthorized(client, id)];
  }

  #unauthorized(client: StreamingClient, id: unknown): string {
    const advice = { interval: 0, reconnect: 'none' };
    return reply({
      clientId: client.id,
      advice,
      channel: '/meta/connect',
      id,
      error: bayeuxErrors.authenticationInvalid,
      successful: false,
    });
  }

  #refuse(message: BayeuxMessage, error: string, advice?: Readonly<Record<string, unknown>>): BayeuxAnswer {
    const { clientId, channel, id, subscription } = message;
    return { messages: [reply({ clientId, advice, channel, id, subscription, error, successful: false })] };
  }
}

function connectReply(client: StreamingClient, id: unknown): string {
  return reply({ clientId: client.id, channel: '/meta/connect', id, successful: true });
}

function reply(message: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(message);
}
