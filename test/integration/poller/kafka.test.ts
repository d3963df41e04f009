import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTopics } from '../../../local/broker/create-topics.ts';
import { toHeaders } from '../../../shared/kafka/headers.ts';
import { createKafkajsChannelProducers } from '../../../shared/kafka/kafkajs-channel-producer.ts';
import { createKafkajs } from '../../../shared/kafka/kafkajs-client.ts';
import { createKafkajsPublishedLog } from '../../../shared/kafka/kafkajs-published-log.ts';
import { isReread, publishedIdentity } from '../../../shared/kafka/published-log.ts';
import type { OutgoingRecord } from '../../../shared/kafka/record-producer.ts';
import { recordingLogger } from '../../fixtures/records.ts';
import { startTestBroker, type TestBroker } from '../local/local-broker.ts';

// The poller's two ports to Kafka on a real broker: transactions that fence, and a log that is read without a group.

const channel = '/data/Product2ChangeEvent';
const topics = ['products', 'products.dead-letter'];
let broker: TestBroker;
const kafka = async (requestTimeoutMs?: number) =>
  createKafkajs({ brokers: [broker.bootstrapServers], clientId: 'test', logger: recordingLogger(), requestTimeoutMs });
const producers = createKafkajsChannelProducers({ kafka, leaseMs: 10_000 });
const log = createKafkajsPublishedLog({ kafka, now: () => performance.now(), patienceMs: 5_000 });

beforeAll(async () => {
  broker = await startTestBroker();
  await createTopics(
    broker.bootstrapServers,
    [...topics, 'others'].map((topic) => ({ topic, partitions: 3 })),
  );
});
afterAll(() => broker.stop());

function recordOf(replayId: number, { topic = 'products', of = channel, timestamp = 1_000 * replayId } = {}) {
  return {
    topic,
    key: `{"Id":"${replayId}"}`,
    value: `change ${replayId}`,
    timestamp,
    headers: toHeaders({
      'salesforce.org.id': '00D000000000001AAA',
      'salesforce.channel': of,
      'salesforce.replay.id': String(replayId),
      'salesforce.fan.out.index': '0',
    }),
  } satisfies OutgoingRecord;
}
const records = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => recordOf(from + n));
const identities = (each: readonly OutgoingRecord[]) => new Set(each.map(publishedIdentity));
const find = (from = {}, since?: Date) => log.findPublished({ channel, topics, from, ...(since && { since }) });

describe('the producer of a channel', () => {
  it('says where the log stands behind its records, and the log finds what came later and nothing else', async () => {
    const producer = await producers.open('bridge.main.one', 'exactlyOnce');
    await producer.publish([...records(1, 20), recordOf(19, { of: '/data/LeadChangeEvent' })]);
    const positions = await producer.publish(records(20, 40));
    await producer.publish([...records(40, 60), recordOf(60, { topic: 'products.dead-letter' })]);
    await producer.close();

    const ends = await log.ends(topics);
    expect(Object.keys(ends).sort()).toEqual(topics);
    expect(await find(ends)).toEqual(new Set());
    const later = [...records(40, 60), recordOf(60, { topic: 'products.dead-letter' })];
    expect(await find({ ...positions, 'products.dead-letter': ends['products.dead-letter'] ?? {} })).toEqual(
      identities(later.slice(0, -1)),
    );
    expect(await find(positions)).toEqual(identities(later));
    // A commit marker bears the broker's time, so looking by time may begin early, never late.
    const since = await find(ends, new Date(50_000));
    expect([...since]).toEqual(expect.arrayContaining([...identities(later.slice(10))]));
    expect(since).not.toContain([...identities([recordOf(1)])][0]);
  });

  it('leaves rows that were read in the log, where they are known by their re-read and their key', async () => {
    const rows = ['snapshot#a', 'snapshot#b'].map((reread, n) => {
      const { headers, ...record } = recordOf(200 + n);
      const own = headers.filter(({ name }) => name !== 'salesforce.replay.id');
      return { ...record, headers: [...own, ...toHeaders({ 'bridge.reread.id': reread })] };
    });
    const before = await log.ends(topics);
    const producer = await producers.open('bridge.main.rows', 'exactlyOnce');
    await producer.publish(rows);
    await producer.close();
    const found = await find(before);
    expect(found).toEqual(identities(rows));
    expect([...found].map((each) => isReread(each, 'snapshot#a'))).toEqual([true, false]);
  });

  it('is refused as soon as another one has its ID, and what it left open is not there', async () => {
    const former = await producers.open('bridge.main.two', 'exactlyOnce');
    const before = await log.ends(topics);
    await former.publish([recordOf(100)]);
    // A transaction that is never ended, as by a task that is killed in the middle of one.
    const dying = (await kafka()).producer({
      transactionalId: 'bridge.main.two',
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await dying.connect();
    const open = await dying.transaction();
    const { topic, key, value, headers } = recordOf(101);
    await open.send({
      topic,
      messages: [{ key, value, headers: Object.fromEntries(headers.map((each) => [each.name, each.value])) }],
    });

    const newer = await producers.open('bridge.main.two', 'exactlyOnce');
    expect(await find(before)).toEqual(identities([recordOf(100)]));
    await expect(former.publish([recordOf(102)])).rejects.toMatchObject({ code: 'SKB_PRODUCER_FENCED' });
    await newer.publish([recordOf(103)]);
    expect(await find(before)).toEqual(identities([recordOf(100), recordOf(103)]));
    await Promise.all([former.close(), newer.close(), dying.disconnect()]);
  });

  it('waits for the transaction of somebody else that hides what lies behind it, and not for ever', async () => {
    const before = await log.ends(['others']);
    const other = (await kafka()).producer({
      transactionalId: 'somebody.else',
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await other.connect();
    const open = await other.transaction();
    await open.send({ topic: 'others', messages: Array.from({ length: 30 }, (_, n) => ({ key: `${n}`, value: 'x' })) });
    const producer = await producers.open('bridge.main.three', 'exactlyOnce');
    const behind = Array.from({ length: 30 }, (_, n) => recordOf(200 + n, { topic: 'others' }));
    await producer.publish(behind);
    const search = { channel, topics: ['others'], from: before };

    await expect(log.findPublished(search)).rejects.toMatchObject({ code: 'SKB_KAFKA_UNAVAILABLE' });
    const found = log.findPublished(search);
    await open.commit();
    expect(await found).toEqual(identities(behind));
    await Promise.all([producer.close(), other.disconnect()]);
  });

  it('refuses a record that is too large, and is denied a topic that does not exist', async () => {
    const producer = await producers.open('bridge.main.four', 'exactlyOnce');
    await expect(producer.publish([{ ...recordOf(300), value: 'x'.repeat(2_000_000) }])).rejects.toMatchObject({
      code: 'SKB_RECORD_TOO_LARGE',
    });
    await producer.close();
    const next = await producers.open('bridge.main.four', 'exactlyOnce');
    await expect(next.publish([recordOf(301, { topic: 'mistyped' })])).rejects.toMatchObject({
      code: 'SKB_KAFKA_DENIED',
    });
    await next.close();
  });

  it('works without transactions as well', async () => {
    const before = await log.ends(topics);
    const producer = await producers.open('bridge.main.five', 'atLeastOnce');
    await producer.publish(records(400, 420));
    await producer.close();
    expect(await find(before)).toEqual(identities(records(400, 420)));
  });

  it('is unavailable, not broken, while the broker is down', async () => {
    const nowhere = createKafkajsChannelProducers({
      kafka: async () => new Kafka({ brokers: ['127.0.0.1:1'], logLevel: logLevel.NOTHING, retry: { retries: 0 } }),
      leaseMs: 10_000,
    });
    await expect(nowhere.open('bridge.main.six', 'exactlyOnce')).rejects.toMatchObject({
      code: 'SKB_KAFKA_UNAVAILABLE',
    });
  });
});
