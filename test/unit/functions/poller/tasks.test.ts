import { describe, expect, it } from 'vitest';
import { runPoller } from '../../../../functions/poller/poller.ts';
import { BridgeError } from '../../../../shared/errors/bridge-error.ts';
import type { ReplayId } from '../../../../shared/state/channel-store.ts';
import {
  createMemoryChannels,
  createMemoryOrg,
  createMemoryParts,
  pollerOrg,
  productChannel,
  productEvent,
  source,
  startOfTime,
  until,
} from './in-memory.ts';
import { createMemoryKafka } from './memory-kafka.ts';

// Several tasks of one poller: they share the table, Kafka and the org, and nothing else.

const item = `main ${productChannel}`;

function startWorld() {
  const kafka = createMemoryKafka();
  const channels = createMemoryChannels();
  const org = createMemoryOrg();
  const startTask = (owner: string, settings: Partial<ReturnType<typeof createMemoryParts>> = {}) => {
    const parts = { ...createMemoryParts(), producers: kafka.producers, log: kafka.log, channels, owner, ...settings };
    const drain = new AbortController();
    const running = runPoller([pollerOrg(org)], parts, drain.signal);
    const stop = async () => {
      drain.abort();
      await running;
    };
    return { parts, running, stop, isSubscribed: () => parts.logger.of('subscribed').length > 0 };
  };
  const names = () => kafka.records.map((record) => JSON.parse(String(record.value)).Name);
  return { kafka, channels, org, startTask, names };
}

const stateOf = (task: { parts: { healthReports: unknown[] } }) =>
  (task.parts.healthReports.at(-1) as { state: string }).state;

describe('two tasks', () => {
  it('one reads, the other stands by without a connection, and takes over at once what a drain releases', async () => {
    const { org, channels, startTask, names } = startWorld();
    const owner = startTask('owner');
    await until(owner.isSubscribed);
    const standby = startTask('standby');
    org.add(productEvent(3));
    await until(() => channels.positions.get(item)?.replayId === '3');
    expect([stateOf(standby), org.handshakes]).toEqual(['standby', 1]);

    await owner.stop();
    expect(channels.positions.get(item)).not.toHaveProperty('owner', 'owner');
    org.add(productEvent(7));
    await until(() => channels.positions.get(item)?.replayId === '7');
    expect(standby.parts.logger.of('channel taken')).toMatchObject([{ fields: { fence: 2, replayId: '3' } }]);
    await standby.stop();
    expect(names()).toEqual(['change 3', 'change 7']);
  });

  it('an owner that can no longer renew stands down before another takes over, who repeats nothing', async () => {
    const { org, channels, startTask, names } = startWorld();
    let isCut = false;
    const cut = {
      ...channels,
      write: async (...input: Parameters<typeof channels.write>) => {
        if (isCut) throw new BridgeError('SKB_CHECKPOINT_FAILED', 'no way to the table');
        return await channels.write(...input);
      },
    };
    const owner = startTask('owner', { channels: cut });
    await until(owner.isSubscribed);
    isCut = true;
    // Published, and never committed.
    org.add(productEvent(3));
    await until(() => names().length === 1);
    await until(() => owner.parts.logger.of('channel lost').length === 1);

    const standby = startTask('standby');
    await until(standby.isSubscribed);
    org.add(productEvent(7));
    await until(() => channels.positions.get(item)?.replayId === '7');
    await Promise.all([owner.stop(), standby.stop()]);
    expect(names()).toEqual(['change 3', 'change 7']);
    expect(standby.parts.counters.read().skipped['already-published']).toBe(1);
  });

  it('an owner that stood still and wakes up after a take-over adds nothing', async () => {
    const { org, channels, kafka, startTask, names } = startWorld();
    // What it asks of others is on its way and arrives when it wakes up.
    let wake: () => void = () => undefined;
    let stillness: Promise<void> | undefined;
    const stillChannels: typeof channels = {
      ...channels,
      async read(...input) {
        await stillness;
        return await channels.read(...input);
      },
      async write(...input) {
        await stillness;
        return await channels.write(...input);
      },
    };
    let sent = 0;
    const producers: typeof kafka.producers = {
      async open(...input) {
        const producer = await kafka.producers.open(...input);
        return {
          ...producer,
          async publish(records) {
            stillness ??= new Promise<void>((resolve) => {
              wake = resolve;
            });
            await stillness;
            sent += 1;
            return await producer.publish(records);
          },
        };
      },
    };
    const owner = startTask('owner', { producers, channels: stillChannels });
    await until(owner.isSubscribed);
    org.add(productEvent(3));
    await until(() => stillness !== undefined);

    const other = startTask('other');
    await until(() => channels.positions.get(item)?.replayId === '3');
    wake();
    await until(() => sent === 1 && owner.parts.logger.of('channel lost').length === 1);
    await Promise.all([owner.stop(), other.stop()]);
    expect(names()).toEqual(['change 3']);
  });
});

describe('an item of a release without leases', () => {
  it('is taken over with its replay ID, and nothing is lost', async () => {
    const { org, channels, startTask, names } = startWorld();
    const openedAt = new Date(startOfTime - 1e6).toISOString();
    channels.positions.set(item, { openedAt, replayId: '3' as ReplayId });
    org.add(productEvent(3), productEvent(7));
    const task = startTask('task');
    await until(() => channels.positions.get(item)?.replayId === '7');
    await task.stop();
    expect(names()).toEqual(['change 7']);
    expect(org.asked).toEqual([[productChannel, '3']]);
    expect(channels.positions.get(item)).toMatchObject({ openedAt, fence: 1, orgId: '00D000000000001AAA' });
  });

  it('that never had an event owes what came since it was opened', async () => {
    const { org, channels, startTask, names } = startWorld();
    channels.positions.set(item, { openedAt: new Date(startOfTime).toISOString() });
    org.add(productEvent(3, startOfTime - 3_600_000), productEvent(7, startOfTime + 1000));
    const task = startTask('task');
    await until(() => channels.positions.get(item)?.replayId === '7');
    await task.stop();
    expect(names()).toEqual(['change 7']);
  });
});

describe('an org', () => {
  it('that is another one now is not asked for a replay ID of the former', async () => {
    const { org, channels, startTask } = startWorld();
    channels.positions.set(item, {
      openedAt: new Date(0).toISOString(),
      replayId: '3' as ReplayId,
      orgId: '00D_former',
    });
    const task = startTask('task');
    await until(task.isSubscribed);
    await task.stop();
    expect(task.parts.logger.of('replay ID lost')).toMatchObject([{ fields: { code: 'SKB_REPLAY_LOST' } }]);
    expect(org.asked).toEqual([[productChannel, 'earliest']]);
  });
});

it('keeps reading an org while Kafka is down at the start only when it is back, and says so', async () => {
  const { org, kafka, channels, startTask, names } = startWorld();
  channels.positions.set(item, { openedAt: new Date(startOfTime).toISOString() });
  let failures = 5;
  const producers: typeof kafka.producers = {
    async open(...input) {
      failures -= 1;
      if (failures >= 0) throw new BridgeError('SKB_KAFKA_UNAVAILABLE', 'connect ECONNREFUSED');
      return await kafka.producers.open(...input);
    },
  };
  const task = startTask('task', { producers });
  await until(() => failures < 3);
  expect([stateOf(task), org.handshakes]).toEqual(['waiting-for-kafka', 0]);
  org.add(productEvent(3, startOfTime + 1000));
  await until(() => names().length === 1);
  await task.stop();
  expect(task.parts.logger.of('publish waits')).toHaveLength(1);
});

it('a channel that Kafka does not take is left out of the session, and the others go on', async () => {
  const kafka = createMemoryKafka();
  const org = createMemoryOrg();
  const parts = createMemoryParts();
  const store = kafka.publish;
  let isBack = false;
  kafka.publish = async (records) => {
    if (!isBack && records.some(({ topic }) => topic === 'leads')) {
      throw new BridgeError('SKB_KAFKA_UNAVAILABLE', 'no leader');
    }
    await store(records);
  };
  const leadChannel = '/data/LeadChangeEvent';
  const lead = (replayId: number) => {
    const event = productEvent(replayId);
    const data = structuredClone(event.data) as {
      payload: { Name: string; ChangeEventHeader: { entityName: string } };
    };
    data.payload.ChangeEventHeader.entityName = 'Lead';
    // Each takes more than the third part of the buffer.
    return { ...event, channel: leadChannel, data, text: JSON.stringify(data), size: 200_000 };
  };
  const sources = [
    source({ name: 'leads', capture: { kind: 'changeDataCapture', object: 'Lead' }, topic: 'leads' }),
    source(),
  ];
  const settings = { ...parts.settings, bufferMb: 1 };
  const drain = new AbortController();
  const { producers, log } = kafka;
  const running = runPoller([pollerOrg(org, { sources })], { ...parts, producers, log, settings }, drain.signal);
  await until(() => parts.logger.of('subscribed').length === 2);
  org.add(lead(1), lead(2), lead(3), lead(4));
  await until(() => parts.logger.of('session ended on purpose').length === 1);
  org.add(lead(5), lead(6), productEvent(7));
  const names = (topic: string) =>
    kafka.records.filter((each) => each.topic === topic).map((each) => JSON.parse(String(each.value)).Name);
  await until(() => names('products').length === 1);
  // What came meanwhile stays in Salesforce.
  expect(parts.counters.read().eventsReceived).toBe(5);

  isBack = true;
  await until(() => names('leads').length === 6);
  drain.abort();
  await running;
  expect(names('leads')).toEqual([1, 2, 3, 4, 5, 6].map((n) => `change ${n}`));
  expect(org.asked.filter(([channel]) => channel === leadChannel).map(([, from]) => from)).toEqual(['latest', '4']);
});
