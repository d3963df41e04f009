import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../functions/poller/clock.ts';
import { runPoller } from '../../../functions/poller/poller.ts';
import { createClock } from '../../../local/org/clock.ts';
import { type StartedOrg, startOrg } from '../../../local/org/org.ts';
import type { Source } from '../../../shared/bridge/bridge.ts';
import { createBayeuxClient } from '../../../shared/salesforce/bayeux-client.ts';
import { connectOrg } from '../../../shared/salesforce/connect-org.ts';
import { createMemoryParts, productChannel, source, until } from '../../unit/functions/poller/in-memory.ts';

// The whole poller against the org over HTTP; Kafka and the table are in memory.

type Parts = ReturnType<typeof createMemoryParts>;

/** With a past, the org's clock starts behind the poller's and waits to be moved on. */
async function startAll({ pastMs = 0 } = {}) {
  const clock = createClock({ startAt: Date.now() - pastMs });
  const org = await startOrg({ clock, settings: { publishDelayMs: 5, connectHoldMs: 300 } });
  return { org, parts: { ...createMemoryParts(), clock: systemClock }, [Symbol.asyncDispose]: () => org.close() };
}

/** Runs a poller while the story is told, then drains it. */
async function whileRunning(
  { org, parts }: { org: StartedOrg; parts: Omit<Parts, 'clock'> & { clock: typeof systemClock } },
  story: () => Promise<void>,
  sources: readonly Source[] = [source()],
  consumerSecret = org.credentials.clientSecret,
): Promise<void> {
  const credentials = { consumerKey: org.credentials.clientId, consumerSecret, baseUri: org.instanceUrl };
  const { tokens, rest } = connectOrg({
    org: { name: 'main', auth: 'clientCredentials', apiVersion: '66.0', dailyCallReserve: 0.1, tokenMinutes: 120 },
    secretArn: 'main',
    readSecret: async () => JSON.stringify(credentials),
    now: systemClock.now,
  });
  const bayeux = createBayeuxClient({ tokens, apiVersion: '66.0' });
  const drain = new AbortController();
  const seen = parts.logger.of('subscribed').length;
  const running = runPoller([{ name: 'main', apiVersion: '66.0', sources, bayeux, rest }], parts, drain.signal);
  try {
    const channels = new Set(sources.map((each) => JSON.stringify(each.capture))).size;
    if (consumerSecret === org.credentials.clientSecret) {
      await Promise.race([until(() => parts.logger.of('subscribed').length >= seen + channels), running]);
    }
    await Promise.race([story(), running]);
  } finally {
    drain.abort();
    await running;
  }
}

function create(org: StartedOrg, object: string, fields: object): string {
  const { create: results } = org.control.changeRows({ create: [{ attributes: { type: object }, ...fields }] });
  const [result] = results;
  if (result?.success !== true) throw new Error(`the org refused the row: ${JSON.stringify(result)}`);
  return result.id;
}

const valuesOf = (parts: Pick<Parts, 'producer'>) =>
  parts.producer.records.map((record) => JSON.parse(String(record.value)));
const marksOf = (parts: Pick<Parts, 'producer'>) => new Set(valuesOf(parts).map((value) => value.Name));

describe('changes of a product', () => {
  it('become records in their order: created, updated, deleted, undeleted', async () => {
    await using all = await startAll();
    let id = '';
    await whileRunning(all, async () => {
      id = create(all.org, 'Product2', { Name: 'Bolt', Description: 'M8' });
      all.org.control.changeRows({ update: [{ Id: id, Description: null }] });
      all.org.control.changeRows({ delete: [id] });
      all.org.control.changeRows({ undelete: [id] });
      await until(() => all.parts.producer.records.length === 4);
    });
    expect(all.parts.producer.records.map(({ key, topic }) => [topic, key])).toEqual(
      Array(4).fill(['products', JSON.stringify({ Id: id })]),
    );
    expect(valuesOf(all.parts)).toMatchObject([
      { Id: id, Name: 'Bolt', Description: 'M8', _ObjectType: 'Product2', _EventType: 'created' },
      { Id: id, Description: null, _EventType: 'updated' },
      { Id: id, _EventType: 'deleted' },
      { Id: id, Name: 'Bolt', _EventType: 'undeleted' },
    ]);
    const { eventsReceived, recordsPublished, commits } = all.parts.counters.read();
    expect({ eventsReceived, recordsPublished }).toEqual({ eventsReceived: 4, recordsPublished: 4 });
    expect(commits).toBeGreaterThan(0);
  });

  it('that happen while the poller is down arrive after it is up again, before and after its first event', async () => {
    const pastMs = 60_000;
    await using all = await startAll({ pastMs });
    create(all.org, 'Product2', { Name: 'before the bridge' });
    all.org.control.advanceClock(pastMs);
    await whileRunning(all, async () => undefined);
    create(all.org, 'Product2', { Name: 'first' });
    await whileRunning(all, () => until(() => marksOf(all.parts).has('first')));
    create(all.org, 'Product2', { Name: 'second' });
    await whileRunning(all, () => until(() => marksOf(all.parts).has('second')));
    expect(valuesOf(all.parts).map((value) => value.Name)).toEqual(['first', 'second']);
  });

  it('arrive once each when nothing goes wrong', async () => {
    await using all = await startAll();
    const marks = Array.from({ length: 50 }, (_, n) => `product ${n}`);
    await whileRunning(all, async () => {
      for (const Name of marks) create(all.org, 'Product2', { Name });
      await until(() => marksOf(all.parts).size === marks.length);
    });
    expect(valuesOf(all.parts).map((value) => value.Name)).toEqual(marks);
  });
});

describe('no change is lost when', () => {
  it.each([
    ['the token expires', { kind: 'expire-tokens' }],
    ['the org forgets the client', { kind: 'forget-clients' }],
    ['the server disconnects', { kind: 'server-disconnect' }],
    [
      'a page of HTML comes',
      { kind: 'respond', match: { pathPrefix: '/cometd' }, times: 1, status: 200, body: '<html/>' },
    ],
    ['503 comes', { kind: 'respond', match: { pathPrefix: '/cometd' }, times: 1, status: 503 }],
    [
      'an answer is lost on its way',
      { kind: 'reset-connection', match: { pathPrefix: '/cometd' }, times: 1, when: 'after' },
    ],
  ] as const)('%s', async (_, fault) => {
    await using all = await startAll();
    await whileRunning(all, async () => {
      create(all.org, 'Product2', { Name: 'before' });
      await until(() => marksOf(all.parts).has('before'));
      all.org.control.addFault(fault);
      create(all.org, 'Product2', { Name: 'during' });
      await until(() => all.parts.logger.of('session lost').length > 0);
      create(all.org, 'Product2', { Name: 'after' });
      await until(() => marksOf(all.parts).size === 3);
    });
    expect(valuesOf(all.parts).map((value) => value.Name)).toEqual(['before', 'during', 'after']);
  });

  it('the session is lost again and again, and nothing comes more often for that', async () => {
    await using all = await startAll();
    const marks = Array.from({ length: 10 }, (_, n) => `change ${n}`);
    await whileRunning(all, async () => {
      for (const Name of marks) {
        create(all.org, 'Product2', { Name });
        await until(() => marksOf(all.parts).has(Name));
        const lost = all.parts.logger.of('session lost').length;
        all.org.control.addFault({ kind: 'forget-clients' });
        await until(() => all.parts.logger.of('session lost').length > lost);
      }
    });
    expect(valuesOf(all.parts).map((value) => value.Name)).toEqual(marks);
  });

  const refuseAfterRestart = async (healthy: 'lately' | 'who knows when') => {
    const all = await startAll();
    await whileRunning(all, async () => {
      create(all.org, 'Product2', { Name: 'before' });
      await until(() => marksOf(all.parts).has('before'));
    });
    if (healthy === 'who knows when') {
      const [[name, { coveredUntil: _, ...item }] = ['', {}]] = all.parts.channels.positions;
      all.parts.channels.positions.set(name, item);
    }
    create(all.org, 'Product2', { Name: 'down' });
    all.org.control.addFault({ kind: 'refuse-replay', channel: productChannel, times: 1 });
    await whileRunning(all, () => until(() => marksOf(all.parts).has('down')));
    expect(all.parts.logger.of('subscribed').at(-1)?.fields).toMatchObject({ replayFrom: 'earliest' });
    return all;
  };

  it('the replay ID is refused and onReplayLost says earliest', async () => {
    await using all = await refuseAfterRestart('who knows when');
    expect(all.parts.logger.of('replay ID lost')).toHaveLength(1);
  });

  it('the replay ID is refused although the channel was healthy a moment ago, and nothing comes twice', async () => {
    await using all = await refuseAfterRestart('lately');
    expect(all.parts.logger.of('replay ID lost')).toHaveLength(0);
    expect(valuesOf(all.parts).map((value) => value.Name)).toEqual(['before', 'down']);
  });
});

describe('a PushTopic', () => {
  const leads = source({
    name: 'leads',
    capture: { kind: 'pushTopic', object: 'Lead', name: 'LeadUpdates', create: true },
  });

  it('is made from the describe and streams in the shape of a change event', async () => {
    await using all = await startAll();
    await whileRunning(all, async () => {
      create(all.org, 'Lead', { LastName: 'Lovelace', Company: 'Engines' });
      await until(() => all.parts.producer.records.length === 1);
    }, [leads]);
    expect(all.org.control.rows('PushTopic')).toMatchObject([{ Name: 'LeadUpdates', ApiVersion: 66 }]);
    expect(valuesOf(all.parts)).toMatchObject([{ LastName: 'Lovelace', _ObjectType: 'Lead', _EventType: 'created' }]);
  });

  it('of Product2 is replaced by Change Data Capture, and says so', async () => {
    await using all = await startAll();
    const products = source({
      capture: { kind: 'pushTopic', object: 'Product2', name: 'ProductUpdates', create: true },
    });
    await whileRunning(all, async () => {
      create(all.org, 'Product2', { Name: 'Bolt' });
      await until(() => marksOf(all.parts).has('Bolt'));
    }, [products]);
    const note = 'Product2 has no PushTopic support in Salesforce and is captured through Change Data Capture instead';
    expect(all.parts.logger.of(note)).toHaveLength(1);
    expect(all.org.control.rows('PushTopic')).toEqual([]);
  });
});

it('asks once with wrong credentials, says so in one line and waits', async () => {
  await using all = await startAll();
  await whileRunning(
    all,
    () =>
      until(() => all.parts.healthReports.some((report) => JSON.stringify(report).includes('waiting-for-credentials'))),
    [source()],
    'wrong',
  );
  const waits = all.parts.logger.of('org waits');
  expect(waits).toMatchObject([{ level: 'error', fields: { code: 'SKB_AUTH_REJECTED' } }]);
  expect(waits[0]?.fields['retryInMs']).toBeGreaterThanOrEqual(60_000);
  expect(all.org.control.counters().apiCallsByKind.token).toBe(1);
});
