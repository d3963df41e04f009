import { setImmediate as nextTick } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import type { Clock } from '../../../functions/poller/clock.ts';
import { runPoller } from '../../../functions/poller/poller.ts';
import { type AdjustableClock, createClock } from '../../../local/org/clock.ts';
import { startOrg } from '../../../local/org/org.ts';
import { createBayeuxClient } from '../../../shared/salesforce/bayeux-client.ts';
import { connectOrg } from '../../../shared/salesforce/connect-org.ts';
import { createMemoryParts, source } from '../../unit/functions/poller/in-memory.ts';
import { create } from './harness.ts';

// A whole day of a poller and its org, which share a clock that moves as fast as both can follow.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Shorter than a lease and than a client may stay away between two connects. */
const STEP = 5_000;

function pollerClock(clock: AdjustableClock): Clock {
  return {
    now: () => clock.now(),
    date: () => new Date(clock.now()),
    wait(ms, signal) {
      return new Promise((resolve) => {
        const timer = clock.after(ms, done);
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

async function usedHeap(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let used = Number.POSITIVE_INFINITY;
  // What finalizers let go of is collected the next time, and code that nobody runs any more after some times.
  for (let round = 0; round < 10; round += 1) {
    collect();
    await nextTick();
    used = Math.min(used, process.memoryUsage().heapUsed);
  }
  return used;
}

it('loses and repeats nothing in a day of tokens, cookies and replay IDs that expire, and does not grow', async () => {
  const orgClock = createClock({ manual: true, startAt: Date.now() });
  const org = await startOrg({
    clock: orgClock,
    settings: {
      publishDelayMs: 1_000,
      sessionTimeoutMs: 2 * HOUR,
      stickyCookieMs: 3 * HOUR,
      topicRetentionMs: 2 * HOUR,
    },
  });
  const clock = pollerClock(orgClock);
  const { clientId: consumerKey, clientSecret: consumerSecret } = org.credentials;
  const { tokens, rest } = connectOrg({
    org: { name: 'main', auth: 'clientCredentials', apiVersion: '66.0', dailyCallReserve: 0.1, tokenMinutes: 90 },
    secretArn: 'main',
    readSecret: async () => JSON.stringify({ consumerKey, consumerSecret, baseUri: org.instanceUrl }),
    now: clock.now,
  });
  let connects = 0;
  let held = 0;
  const bayeux = createBayeuxClient({
    tokens,
    apiVersion: '66.0',
    async fetch(url, request) {
      if (!String(request?.body).includes('/meta/connect')) return await fetch(url, request);
      connects += 1;
      held += 1;
      return await fetch(url, request).finally(() => {
        held -= 1;
      });
    },
  });
  const memory = createMemoryParts();
  // The log of a day, kept in memory by the test, would be most of what grows.
  const logger = { ...memory.logger, info: (message: string) => message !== 'counters' && memory.logger.info(message) };
  const parts = {
    ...memory,
    clock,
    logger,
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

  /** Both have nothing to do but to wait for the clock: Salesforce holds a connect, or the poller makes a pause. */
  async function settle(): Promise<void> {
    for (let idle = 0, tick = 0; idle < 3 && tick < 500; tick += 1) {
      await nextTick();
      idle = held > 0 ? idle + 1 : 0;
    }
  }
  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += STEP) {
      orgClock.advance(STEP);
      await settle();
    }
  }

  const products: string[] = [];
  const leads: string[] = [];
  const addLead = () => {
    leads.push(`lead ${leads.length}`);
    create(org, 'Lead', { LastName: leads.at(-1), Company: 'Engines' });
  };
  let heapOfFirstHour = 0;
  try {
    while (memory.logger.of('subscribed').length < 2) await pass(STEP);
    addLead();
    for (let hour = 1; hour <= 24; hour += 1) {
      for (let part = 0; part < 6; part += 1) {
        products.push(`product ${products.length}`);
        create(org, 'Product2', { Name: products.at(-1) });
        await pass(10 * MINUTE);
      }
      if (hour === 1) heapOfFirstHour = await usedHeap();
      // Quiet for longer than its events are kept.
      if (hour === 20) addLead();
    }
    await pass(2 * MINUTE);
    const heap = await usedHeap();

    const namesIn = (topic: string, field: string) =>
      memory.producer.records
        .filter((each) => each.topic === topic)
        .map((each) => JSON.parse(String(each.value))[field]);
    expect(namesIn('products', 'Name')).toEqual(products);
    expect(namesIn('leads', 'LastName')).toEqual(leads);
    // A connect is held for 110 s at most, and takes some steps of the clock on its way; a cookie lives for 3 hours and a
    // token for 2.
    expect(connects).toBeGreaterThan((24 * HOUR) / 150_000);
    expect(memory.logger.of('session lost').length).toBeGreaterThanOrEqual(7);
    expect(memory.logger.of('replay ID lost')).toEqual([]);
    expect(memory.logger.of('replay ID expired in a quiet channel; nothing was missed').length).toBeGreaterThan(0);
    expect(memory.logger.of('channel lost')).toEqual([]);
    expect(heap).toBeLessThan(1.2 * heapOfFirstHour);
  } finally {
    drain.abort();
    // What is still waited for ends with the clock.
    const ended = running.then(() => true);
    while (!(await Promise.race([ended, nextTick(false)]))) orgClock.advance(STEP);
    await org.close();
  }
}, 180_000);
