import type { Clock } from '../clock.ts';
import type { Counters } from '../faults/counters.ts';
import type { FaultPlan } from '../faults/fault-plan.ts';
import type { BayeuxFault } from '../faults/fault-schema.ts';
import { type Random, randomText } from '../random.ts';
import type { OrgSettings } from '../settings.ts';
import { Allocations } from './allocations.ts';
import { bayeuxErrors, cookieMissing, invalidConnectionType } from './bayeux-errors.ts';
import {
  type BayeuxAnswer,
  type BayeuxMessage,
  type BayeuxRequest,
  isMeta,
  refuse,
  replayMapOf,
} from './bayeux-messages.ts';
import { connectReply, deniedHandshake, handshakeReply, reply, unknownClientReply } from './bayeux-replies.ts';
import { ClientRegistry } from './client-registry.ts';
import { Delivery } from './delivery.ts';
import type { LoggedEvent } from './event-log.ts';
import type { EventPublisher } from './publisher.ts';
import { SessionEndings } from './session-endings.ts';
import { StreamingAccess } from './streaming-access.ts';
import type { StreamingClient } from './streaming-client.ts';
import { decideSubscription } from './subscriptions.ts';

interface ServiceInput {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: OrgSettings;
  readonly publisher: EventPublisher;
  readonly counters: Counters;
  readonly faults: FaultPlan;
  readonly isAlive: (token: string) => boolean;
}

const lowerCase = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** The streaming protocol of the org: what each Bayeux message is answered with. Knows nothing of HTTP but cookie values. */
export class BayeuxService {
  readonly allocations: Allocations;
  readonly endings: SessionEndings;
  readonly #input: ServiceInput;
  readonly #clients: ClientRegistry;
  readonly #delivery: Delivery;
  readonly #access: StreamingAccess;

  constructor(input: ServiceInput) {
    this.#input = input;
    this.#clients = new ClientRegistry(input.clock, input.settings.reconnectTimeoutMs);
    this.#access = new StreamingAccess(input.settings.restrictedUsers);
    this.allocations = new Allocations(input.clock, input.settings);
    this.#delivery = new Delivery({ ...input, allocations: this.allocations, clients: this.#clients });
    this.endings = new SessionEndings(this.#clients, this.#delivery);
    input.publisher.onEvent((channel, event) => this.#deliver(channel, event));
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  /** Users with a subscription to this channel. */
  usersOn(channel: string): ReadonlySet<string> {
    return new Set([...this.#clients.subscribersOf(channel)].map((client) => client.userId));
  }

  handle(message: BayeuxMessage, request: BayeuxRequest): BayeuxAnswer {
    const { channel } = message;
    if (request.version === undefined) return refuse(message, bayeuxErrors.versionMissing);
    const injected = this.#input.faults.bayeuxError(message);
    if (injected !== undefined) return this.#fail(message, injected);
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
      return refuse(message, error, 'none');
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

  #handshake(message: BayeuxMessage, request: BayeuxRequest): BayeuxAnswer {
    const { clock, random, settings } = this.#input;
    const version = Number(request.version);
    const served = version >= 37 && version <= settings.newestApiVersion;
    if (!served) return refuse(message, bayeuxErrors.versionUnsupported);
    const deny = (reason: string): BayeuxAnswer => {
      return { messages: [deniedHandshake(message['id'], reason, settings.refusedHandshake)] };
    };
    if (request.session === undefined) {
      return deny(request.hasToken ? bayeuxErrors.authenticationInvalid : bayeuxErrors.authenticationRequired);
    }
    const { token, user } = request.session;
    if (!this.#access.mayStream(user.username)) return deny(bayeuxErrors.streamingDisabled);
    if (this.#clients.size >= settings.streamingClients) return deny(bayeuxErrors.tooManyClients);
    const client: StreamingClient = {
      id: randomText(random, 28, lowerCase),
      browserId: request.browserId ?? randomText(random, 24, lowerCase),
      userId: user.id,
      username: user.username,
      token,
      stickyUntil: clock.now() + settings.stickyCookieMs,
      subscriptions: new Map(),
      queue: [],
      held: undefined,
      timer: undefined,
      connected: false,
      slowed: false,
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
    const { connectionType, id } = message;
    if (connectionType !== undefined && connectionType !== 'long-polling') {
      return refuse(message, invalidConnectionType(connectionType));
    }
    // A client has one connect under way; an older one that still waits was given up on.
    client.held?.answer([connectReply(client, client.held.id)]);
    if (client.ending) return { messages: this.endings.end(client, id) };
    const advice = message['advice'] as { readonly timeout?: unknown } | null | undefined;
    return this.#delivery.connect(client, id, mayHold && advice?.timeout !== 0);
  }

  #subscribe(client: StreamingClient, message: BayeuxMessage): BayeuxAnswer {
    const { id, subscription } = message;
    const replay = replayMapOf(message);
    const subscriberCount = (channel: string): number => this.#clients.subscribersOf(channel).size;
    const deciders = { ...this.#input, allocations: this.allocations, access: this.#access, subscriberCount };
    const { userId, username } = client;
    const decisions = [subscription].flat().map((name: unknown) => {
      const wanted = typeof name === 'string' ? replay[name] : undefined;
      return decideSubscription({ name, replay: wanted, userId, username }, deciders);
    });
    const common = { clientId: client.id, channel: '/meta/subscribe', id, subscription };
    for (const decision of decisions) {
      if ('error' in decision) return { messages: [reply({ ...common, error: decision.error, successful: false })] };
    }
    for (const decision of decisions) {
      if ('error' in decision) continue;
      const known = client.subscriptions.has(decision.subscription.name);
      this.#clients.subscribe(client, decision.subscription);
      if (known && !decision.replayGiven) continue;
      for (const event of decision.events) this.#delivery.enqueue(client, decision.subscription, event);
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
    this.endings.leave(client);
    const answer = { channel: '/meta/disconnect', clientId: client.id, id: message['id'], successful: true };
    return { messages: [reply(answer)] };
  }

  /** An error on demand, in the form its kind of message has. */
  #fail(message: BayeuxMessage, { error, advice }: BayeuxFault): BayeuxAnswer {
    const { channel, id } = message;
    if (channel === '/meta/handshake') {
      return { messages: [deniedHandshake(id, error, this.#input.settings.refusedHandshake)] };
    }
    const client = this.#clients.find(message['clientId']);
    if (advice === 'handshake' && client !== undefined) this.#clients.forget(client);
    return refuse(message, error, advice);
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
        if (subscription.channel === channel) this.#delivery.enqueue(client, subscription, event);
      }
    }
  }
}
