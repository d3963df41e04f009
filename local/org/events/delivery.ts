import type { Clock, Timer } from '../clock.ts';
import type { Counters } from '../faults/counters.ts';
import type { OrgSettings } from '../settings.ts';
import type { Allocations } from './allocations.ts';
import { bayeuxErrors } from './bayeux-errors.ts';
import {
  connectReply,
  connectReplyWithAdvice,
  sharedBrowserReply,
  stoppedReply,
  unauthorizedReply,
} from './bayeux-replies.ts';
import type { ClientRegistry } from './client-registry.ts';
import { messageFor } from './data-messages.ts';
import type { LoggedEvent } from './event-log.ts';
import type { HeldConnect, QueuedMessage, StreamingClient } from './streaming-client.ts';
import type { Subscription } from './subscriptions.ts';

/** The answer to a connect: messages now, or a connect that is held and answers later. */
export interface ConnectAnswer {
  /** Replies and data messages as JSON texts. */
  readonly messages: readonly string[];
  /** `release` is for a connection that broke meanwhile. */
  readonly hold?: { readonly answered: Promise<readonly string[]>; readonly release: () => void };
}

interface DeliveryInput {
  readonly clock: Clock;
  readonly settings: OrgSettings;
  readonly counters: Counters;
  readonly allocations: Allocations;
  readonly clients: ClientRegistry;
  readonly isAlive: (token: string) => boolean;
}

/** Queues of data messages, and the connects that carry them away: when one is held, for how long, and how much fits in one. */
export class Delivery {
  readonly #input: DeliveryInput;

  constructor(input: DeliveryInput) {
    this.#input = input;
  }

  /** Answers a connect of a client that is known and may go on. */
  connect(client: StreamingClient, id: unknown, mayHold: boolean): ConnectAnswer {
    const { clients, settings } = this.#input;
    clients.expectConnect(client);
    if (!client.connected) {
      client.connected = true;
      return { messages: this.#take(client, id, true) };
    }
    if (client.queue.length > 0 || !mayHold || this.#isStopped(client)) return { messages: this.#take(client, id) };
    // One client of a browser may hold a connect; the others come back after a pause (CometD, `maxSessionsPerBrowser`).
    if (clients.othersOfBrowser(client).some((other) => other.held !== undefined)) {
      client.slowed = true;
      return { messages: [sharedBrowserReply(client, id, settings)] };
    }
    return this.#hold(client, id);
  }

  enqueue(client: StreamingClient, subscription: Subscription, event: LoggedEvent): void {
    const text = messageFor(subscription, event, client.userId);
    if (text === undefined) return;
    client.queue.push({ text, kind: subscription.kind });
    // The rest of a burst still joins the same answer, and a subscribe is answered before its replayed events.
    if (client.queue.length === 1) setImmediate(() => this.#flush(client));
  }

  /** Ends a held connect whose token died; the client is forgotten. */
  dropIfDead(client: StreamingClient): boolean {
    const { held } = client;
    if (held === undefined || this.#input.isAlive(client.token)) return false;
    this.#input.clients.forget(client);
    held.answer([unauthorizedReply(client, held.id)]);
    return true;
  }

  #hold(client: StreamingClient, id: unknown): ConnectAnswer {
    const { clients, clock, settings } = this.#input;
    const { promise, resolve } = Promise.withResolvers<readonly string[]>();
    let check: Timer | undefined;
    const held: HeldConnect = {
      id,
      answer: (messages) => {
        if (client.held === held) client.held = undefined;
        check?.cancel();
        clients.expectConnect(client);
        resolve(messages);
      },
    };
    client.held = held;
    client.timer?.cancel();
    client.timer = clock.after(settings.connectHoldMs, () => {
      if (!this.dropIfDead(client)) held.answer(this.#take(client, id));
    });
    const look = (): void => {
      if (client.held === held && !this.dropIfDead(client)) check = clock.after(settings.tokenCheckMs, look);
    };
    check = clock.after(settings.tokenCheckMs, look);
    return { messages: [], hold: { answered: promise, release: () => held.answer([]) } };
  }

  #flush(client: StreamingClient): void {
    const { held } = client;
    if (held === undefined || client.queue.length === 0) return;
    held.answer(this.#take(client, held.id));
  }

  /** As many waiting messages as one answer carries, then the connect's reply. A spent allocation delivers nothing. */
  #take(client: StreamingClient, id: unknown, isFirst = false): readonly string[] {
    const { allocations, counters, settings } = this.#input;
    if (this.#isStopped(client)) return [stoppedReply(client, id, bayeuxErrors.dailyLimit)];
    const batch = this.#batch(client.queue);
    client.queue = client.queue.slice(batch.length);
    counters.countDelivered(batch.length);
    for (const { kind } of batch) allocations.count(kind, 1);
    const withAdvice = isFirst || client.slowed;
    client.slowed = false;
    const reply = withAdvice ? connectReplyWithAdvice(client, id, settings.connectHoldMs) : connectReply(client, id);
    return [...batch.map(({ text }) => text), reply];
  }

  #batch(queue: readonly QueuedMessage[]): readonly QueuedMessage[] {
    const { eventsPerAnswer, charactersPerAnswer } = this.#input.settings;
    let characters = 0;
    let count = 0;
    for (const { text } of queue) {
      characters += text.length;
      if (count === eventsPerAnswer || (count > 0 && characters > charactersPerAnswer)) break;
      count += 1;
    }
    return queue.slice(0, count);
  }

  #isStopped(client: StreamingClient): boolean {
    const kinds = new Set([...client.subscriptions.values()].map(({ kind }) => kind));
    return [...kinds].some((kind) => this.#input.allocations.isSpent(kind));
  }
}
