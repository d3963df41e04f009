import { systemClock } from '../../../functions/poller/clock.ts';
import { runPoller } from '../../../functions/poller/poller.ts';
import { createClock } from '../../../local/org/clock.ts';
import { type OrgOptions, type StartedOrg, startOrg } from '../../../local/org/org.ts';
import type { Source } from '../../../shared/bridge/bridge.ts';
import { createBayeuxClient } from '../../../shared/salesforce/bayeux-client.ts';
import { connectOrg } from '../../../shared/salesforce/connect-org.ts';
import type { ObjectDescribe } from '../../../shared/salesforce/describe.ts';
import { createDescribeCache } from '../../../shared/salesforce/describe-cache.ts';
import type { OrgClient } from '../../../shared/salesforce/rest-client.ts';
import { createMemoryParts, until } from '../../unit/functions/poller/in-memory.ts';

// The whole poller against the org over HTTP; Kafka and the table are in memory.

export type Parts = Omit<ReturnType<typeof createMemoryParts>, 'clock'> & {
  readonly clock: typeof systemClock;
  readonly settleMs: number;
};

const publishDelayMs = 5;

/** With a past, the org's clock starts behind the poller's and waits to be moved on. */
export async function startAll({ pastMs = 0, ...input }: { pastMs?: number } & OrgOptions = {}) {
  const clock = createClock({ startAt: Date.now() - pastMs });
  const org = await startOrg({
    clock,
    ...input,
    settings: { publishDelayMs, connectHoldMs: 300, ...input.settings },
  });
  const memory = createMemoryParts();
  const settings = { ...memory.settings, describeSeconds: 0.1 };
  const parts: Parts = { ...memory, settings, clock: systemClock, settleMs: 250 };
  return { org, rest: connect(org).rest, parts, [Symbol.asyncDispose]: () => org.close() };
}

/** The org as the bridge sees it. */
function connect(org: StartedOrg) {
  const { clientId: consumerKey, clientSecret: consumerSecret } = org.credentials;
  return connectOrg({
    org: { name: 'main', auth: 'clientCredentials', apiVersion: '66.0', dailyCallReserve: 0.1, tokenMinutes: 120 },
    secretArn: 'main',
    readSecret: async () => JSON.stringify({ consumerKey, consumerSecret, baseUri: org.instanceUrl }),
    now: systemClock.now,
  });
}

/** Asks for describes whenever it is asked for one, so that a test need not wait for a look that is due in minutes. */
function withEagerDescribes(rest: OrgClient): OrgClient {
  const describes = createDescribeCache({
    async fetch(object, knownFrom) {
      const headers: Record<string, string> = knownFrom === undefined ? {} : { 'if-modified-since': knownFrom };
      const answer = await rest.exchange({ method: 'GET', path: `/sobjects/${object}/describe`, headers });
      if (answer.status === 304) return undefined;
      return { describe: answer.body as ObjectDescribe, lastModified: answer.headers['last-modified'] };
    },
    now: systemClock.now,
    refreshAtMostEveryMs: 0,
  });
  return { ...rest, describes, describe: (object) => describes.get(object) };
}

/** Runs a poller while the story is told, then drains it. */
export async function whileRunning(
  { org, parts }: { readonly org: StartedOrg; readonly parts: Parts },
  sources: readonly Source[],
  story: () => Promise<void>,
  { untilSubscribed = true } = {},
): Promise<void> {
  const { tokens, rest: connected } = connect(org);
  const rest = withEagerDescribes(connected);
  const bayeux = createBayeuxClient({ tokens, apiVersion: '66.0' });
  const drain = new AbortController();
  // What was changed before is published before, or a quick subscription to new events would bring it.
  org.control.advanceClock(publishDelayMs);
  const seen = parts.logger.of('subscribed').length;
  const running = runPoller([{ name: 'main', apiVersion: '66.0', sources, bayeux, rest }], parts, drain.signal);
  try {
    if (untilSubscribed) await Promise.race([until(() => parts.logger.of('subscribed').length > seen), running]);
    await Promise.race([story(), running]);
  } finally {
    drain.abort();
    await running;
  }
}

export function create(org: StartedOrg, object: string, fields: object): string {
  const { create: results } = org.control.changeRows({ create: [{ attributes: { type: object }, ...fields }] });
  const [result] = results;
  if (result?.success !== true) throw new Error(`the org refused the row: ${JSON.stringify(result)}`);
  return result.id;
}

export function valuesOf(parts: Pick<Parts, 'producer'>, topic?: string): Record<string, unknown>[] {
  return parts.producer.records
    .filter((record) => topic === undefined || record.topic === topic)
    .map((record) => JSON.parse(String(record.value)));
}
