import { connectReply, reply, unauthorizedReply, unknownClientReply } from './bayeux-replies.ts';
import type { ClientRegistry } from './client-registry.ts';
import type { Delivery } from './delivery.ts';
import type { StreamingClient } from './streaming-client.ts';

/** How streaming sessions end from the server's side; each says how many clients it hit. */
export class SessionEndings {
  readonly #clients: ClientRegistry;
  readonly #delivery: Delivery;

  constructor(clients: ClientRegistry, delivery: Delivery) {
    this.#clients = clients;
    this.#delivery = delivery;
  }

  /** As if every node had restarted: nobody is known any more. */
  forgetClients(): number {
    return this.#each((client) => {
      const { held } = client;
      this.#clients.forget(client);
      held?.answer([unknownClientReply('/meta/connect', held.id)]);
    });
  }

  /** The server ends every session by itself: an unsolicited `/meta/disconnect`, as scaling does it on a real org. */
  disconnectClients(): number {
    return this.#each((client) => {
      client.ending = true;
      const { held } = client;
      if (held !== undefined) held.answer(this.end(client, held.id));
    });
  }

  /** The load balancer's cookies are void: the next request of every client reaches a node that does not know it. */
  loseCookies(): number {
    return this.#each((client) => {
      client.stickyUntil = 0;
    });
  }

  /** Held connects notice that their token died; the others learn it from their next request. */
  dropDeadSessions(): void {
    for (const client of this.#clients.all()) this.#delivery.dropIfDead(client);
  }

  /** The messages that tell a client so. */
  end(client: StreamingClient, id: unknown): readonly string[] {
    this.#clients.forget(client);
    return [reply({ channel: '/meta/disconnect' }), unauthorizedReply(client, id)];
  }

  /** The client says goodbye; its held connect is released. */
  leave(client: StreamingClient): void {
    const { held } = client;
    this.#clients.forget(client);
    held?.answer([connectReply(client, held.id)]);
  }

  #each(end: (client: StreamingClient) => void): number {
    const clients = this.#clients.all();
    for (const client of clients) end(client);
    return clients.length;
  }
}
