import type { Clock } from '../clock.ts';
import type { StreamingClient } from './streaming-client.ts';
import type { Subscription } from './subscriptions.ts';

const nobody: ReadonlySet<StreamingClient> = new Set();

/** The clients the org knows, by ID and by channel, and how long it goes on knowing them. */
export class ClientRegistry {
  readonly #clock: Clock;
  readonly #reconnectTimeoutMs: number;
  readonly #clients = new Map<string, StreamingClient>();
  readonly #byBrowser = new Map<string, Set<StreamingClient>>();
  readonly #byChannel = new Map<string, Set<StreamingClient>>();

  constructor(clock: Clock, reconnectTimeoutMs: number) {
    this.#clock = clock;
    this.#reconnectTimeoutMs = reconnectTimeoutMs;
  }

  get size(): number {
    return this.#clients.size;
  }

  all(): readonly StreamingClient[] {
    return [...this.#clients.values()];
  }

  add(client: StreamingClient): void {
    this.#clients.set(client.id, client);
    const sharing = this.#byBrowser.get(client.browserId) ?? new Set<StreamingClient>();
    this.#byBrowser.set(client.browserId, sharing.add(client));
    this.expectConnect(client);
  }

  /** The client of an ID, unless its load-balancer cookie ran out: then the next node does not know it. */
  find(id: unknown): StreamingClient | undefined {
    const client = this.#clients.get(String(id));
    if (client === undefined || this.#clock.now() < client.stickyUntil) return client;
    this.forget(client);
    return undefined;
  }

  /** Gives a client that is still known the reconnect timeout to send its next connect. */
  expectConnect(client: StreamingClient): void {
    if (this.#clients.get(client.id) !== client) return;
    client.timer?.cancel();
    client.timer = this.#clock.after(this.#reconnectTimeoutMs, () => this.forget(client));
  }

  forget(client: StreamingClient): void {
    client.timer?.cancel();
    this.#clients.delete(client.id);
    const sharing = this.#byBrowser.get(client.browserId);
    sharing?.delete(client);
    if (sharing?.size === 0) this.#byBrowser.delete(client.browserId);
    for (const { channel } of client.subscriptions.values()) this.#byChannel.get(channel)?.delete(client);
  }

  subscribe(client: StreamingClient, subscription: Subscription): void {
    client.subscriptions.set(subscription.name, subscription);
    const clients = this.#byChannel.get(subscription.channel) ?? new Set<StreamingClient>();
    clients.add(client);
    this.#byChannel.set(subscription.channel, clients);
  }

  unsubscribe(client: StreamingClient, name: string): void {
    const known = client.subscriptions.get(name);
    client.subscriptions.delete(name);
    if (known === undefined) return;
    const others = [...client.subscriptions.values()];
    if (!others.some(({ channel }) => channel === known.channel)) this.#byChannel.get(known.channel)?.delete(client);
  }

  othersOfBrowser(client: StreamingClient): readonly StreamingClient[] {
    return [...(this.#byBrowser.get(client.browserId) ?? [])].filter((other) => other !== client);
  }

  subscribersOf(channel: string): ReadonlySet<StreamingClient> {
    return this.#byChannel.get(channel) ?? nobody;
  }
}
