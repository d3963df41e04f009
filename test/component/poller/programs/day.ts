import { subscribe } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import { setImmediate as nextTick } from 'node:timers/promises';
import { getHeapSpaceStatistics } from 'node:v8';
import type { Clock } from '../../../../functions/poller/clock.ts';
import { runPoller } from '../../../../functions/poller/poller.ts';
import { type AdjustableClock, createClock } from '../../../../local/org/clock.ts';
import { startOrg } from '../../../../local/org/org.ts';
import { createBayeuxClient } from '../../../../shared/salesforce/bayeux-client.ts';
import { connectOrg } from '../../../../shared/salesforce/connect-org.ts';
import { createHttpExchange } from '../../../../shared/salesforce/http-exchange.ts';
import type { Logger } from '../../../../shared/telemetry/logger.ts';
import { createMemoryParts, source } from '../../../unit/functions/poller/in-memory.ts';
import { create } from '../harness.ts';

// A whole day of a poller and its org, which share a clock that moves as fast as both can follow. In a process of its own,
// since it counts its memory: a test runner keeps what it learns about the code, such as a source map for each file that
// an error's stack names, and runs other tests in the same process.

/** What a day came to. */
export interface Day {
  readonly changed: { readonly products: readonly string[]; readonly leads: readonly string[] };
  /** In the order of the log. */
  readonly published: { readonly products: readonly string[]; readonly leads: readonly string[] };
  readonly connects: number;
  /** How often each message was logged. */
  readonly logged: Readonly<Record<string, number>>;
  readonly bytesAfterFirstHour: number;
  readonly bytesAtEnd: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Shorter than a lease and than a client may stay away between two connects. */
const STEP = 5_000;

const orgClock = createClock({ manual: true, startAt: Date.now() });
const clock = pollerClock(orgClock);
const counted = countRequests();
const org = await startOrg({
  clock: orgClock,
  settings: {
    publishDelayMs: 1_000,
    sessionTimeoutMs: 2 * HOUR,
    stickyCookieMs: 3 * HOUR,
    topicRetentionMs: 2 * HOUR,
  },
});
const { clientId: consumerKey, clientSecret: consumerSecret } = org.credentials;
const { tokens, rest } = connectOrg({
  org: { name: 'main', auth: 'clientCredentials', apiVersion: '66.0', dailyCallReserve: 0.1, tokenMinutes: 90 },
  secretArn: 'main',
  readSecret: async () => JSON.stringify({ consumerKey, consumerSecret, baseUri: org.instanceUrl }),
  now: clock.now,
});
const bayeux = createBayeuxClient({ tokens, apiVersion: '66.0', http: counted.http });
const memory = createMemoryParts();
const log = countLines();
const parts = {
  ...memory,
  clock,
  logger: log.logger,
  health: { ...memory.health, report: async () => undefined, beat: async () => undefined },
};
const sources = [
  source(),
  source({
    name: 'leads',
    topic: 'leads',
    capture: { kind: 'pushTopic', object: 'Lead', name: 'Leads', create: true },
  }),
];
const drain = new AbortController();
const running = runPoller([{ name: 'main', apiVersion: '66.0', sources, bayeux, rest }], parts, drain.signal);

const products: string[] = [];
const leads: string[] = [];
while ((log.logged['subscribed'] ?? 0) < 2) await pass(STEP);
addLead();
let bytesAfterFirstHour = 0;
for (let hour = 1; hour <= 24; hour += 1) {
  for (let part = 0; part < 6; part += 1) {
    products.push(`product ${products.length}`);
    create(org, 'Product2', { Name: products.at(-1) });
    await pass(10 * MINUTE);
  }
  if (hour === 1) bytesAfterFirstHour = await bytesInUse();
  // Quiet for longer than its events are kept.
  if (hour === 20) addLead();
}
await pass(2 * MINUTE);
const bytesAtEnd = await bytesInUse();

drain.abort();
// What is still waited for ends with the clock.
const ended = running.then(() => true);
while (!(await Promise.race([ended, nextTick(false)]))) orgClock.advance(STEP);
await org.close();
const day: Day = {
  changed: { products, leads },
  published: { products: publishedTo('products', 'Name'), leads: publishedTo('leads', 'LastName') },
  connects: counted.connects,
  logged: log.logged,
  bytesAfterFirstHour,
  bytesAtEnd,
};
process.stdout.write(`${JSON.stringify(day)}\n`);

function addLead(): void {
  leads.push(`lead ${leads.length}`);
  create(org, 'Lead', { LastName: leads.at(-1), Company: 'Engines' });
}

function publishedTo(topic: string, field: string): string[] {
  return memory.producer.records
    .filter((each) => each.topic === topic)
    .map((each) => JSON.parse(String(each.value))[field]);
}

async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += STEP) {
    orgClock.advance(STEP);
    await settle();
  }
}

/** Both have nothing to do but to wait for the clock: no request is under way but a connect that Salesforce holds. */
async function settle(): Promise<void> {
  for (let idle = 0; idle < (counted.held > 0 ? 3 : 30); idle += 1) {
    await nextTick();
    if (counted.sent !== counted.held || counted.received !== counted.held) idle = -1;
  }
}

function pollerClock(shared: AdjustableClock): Clock {
  return {
    now: () => shared.now(),
    date: () => new Date(shared.now()),
    wait(ms, signal) {
      return new Promise((resolve) => {
        const timer = shared.after(ms, done);
        signal.addEventListener('abort', done, { once: true });
        if (signal.aborted) done();
        function done() {
          timer.cancel();
          signal.removeEventListener('abort', done);
          resolve();
        }
      });
    },
  };
}

/** Counts the requests that are under way: those that the poller sent over its session, and whoever's the org received. */
function countRequests() {
  const exchange = createHttpExchange();
  const counts = {
    connects: 0,
    /** Connects among those sent. */
    held: 0,
    sent: 0,
    received: 0,
    async http(request: Parameters<typeof exchange>[0]) {
      const connect = request.body?.includes('/meta/connect') ? 1 : 0;
      counts.connects += connect;
      counts.held += connect;
      counts.sent += 1;
      return await exchange(request).finally(() => {
        counts.held -= connect;
        counts.sent -= 1;
      });
    },
  };
  subscribe('http.server.request.start', (message) => {
    counts.received += 1;
    (message as { readonly response: ServerResponse }).response.once('close', () => {
      counts.received -= 1;
    });
  });
  return counts;
}

/** The lines of a day, kept in memory, would be most of what grows. */
function countLines() {
  const logged: Record<string, number> = {};
  const count = (message: string) => {
    logged[message] = (logged[message] ?? 0) + 1;
  };
  const logger: Logger = { debug: count, info: count, warn: count, error: count };
  return { logged, logger };
}

/**
 * What objects and buffers take. Not what compiled code takes: when the compiler is through with what, and which code is
 * thrown away again, depends on how much else the machine has to do.
 */
async function bytesInUse(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  // What finalizers let go of is collected the next time.
  for (let rounds = 0; rounds < 5; rounds += 1) {
    globalThis.gc?.();
    await nextTick();
    const spaces = getHeapSpaceStatistics().filter(({ space_name: name }) => !/code|trusted/.test(name));
    const used = spaces.reduce((sum, space) => sum + space.space_used_size, process.memoryUsage().external);
    if (used < least) rounds = -1;
    least = Math.min(least, used);
  }
  return least;
}
