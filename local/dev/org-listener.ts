import { setTimeout as delay } from 'node:timers/promises';
import type { TokenProvider } from '../../shared/salesforce/auth/token-provider.ts';
import { createBayeuxClient, type ReplayFrom } from '../../shared/salesforce/bayeux-client.ts';
import type { ReplayId } from '../../shared/state/channel-store.ts';

/** Somebody in an org who subscribes to a channel, such as a page that shows events as they come. */
export interface OrgListener {
  /** The `payload` of every event so far, in order of arrival. */
  readonly heard: readonly Readonly<Record<string, unknown>>[];
  stop(): Promise<void>;
}

const pauseMs = 500;

/** Subscribes a channel from now on; resolves when Salesforce has subscribed it. A lost session is taken up where it ended. */
export async function listenToChannel(
  parts: { readonly tokens: TokenProvider; readonly apiVersion: string },
  channel: string,
): Promise<OrgListener> {
  const client = createBayeuxClient(parts);
  const stop = new AbortController();
  const heard: Readonly<Record<string, unknown>>[] = [];
  const subscribed = Promise.withResolvers<void>();
  let from: ReplayFrom = 'latest';

  async function listen(): Promise<void> {
    const session = await client.handshake(stop.signal);
    try {
      let answer = await session.subscribe(new Map([[channel, from]]), stop.signal);
      const refused = answer.subscriptions.find((each) => each.refused !== undefined)?.refused;
      if (refused !== undefined) throw refused;
      subscribed.resolve();
      while (answer.ended === undefined) {
        for (const event of answer.events) {
          heard.push((event.data as { payload?: Readonly<Record<string, unknown>> }).payload ?? {});
          from = (event.replayId ?? from) as ReplayId;
        }
        answer = await session.connect(stop.signal);
      }
    } finally {
      await session.disconnect();
    }
  }
  const listening = (async () => {
    while (!stop.signal.aborted) {
      await listen().catch((error: unknown) => subscribed.reject(error));
      if (!stop.signal.aborted) await delay(pauseMs);
    }
  })();
  await subscribed.promise;
  return {
    heard,
    async stop() {
      stop.abort();
      await listening;
    },
  };
}
