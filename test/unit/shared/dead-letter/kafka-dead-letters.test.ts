import { describe, expect, it } from 'vitest';
import { createKafkaDeadLetters } from '../../../../shared/dead-letter/kafka-dead-letters.ts';
import { readKafkaLetters } from '../../../../shared/dead-letter/read-letter.ts';
import { claimsOf, letterOf, topicOf } from './letters.ts';

const noClaims = () => Promise.reject(new Error('no claims'));
const storeIn = (topic: ReturnType<typeof topicOf>, claims?: ReturnType<typeof claimsOf>) =>
  createKafkaDeadLetters({ sink: 'prices', topic: 'erp.prices.dead-letter', producer: topic.producer, claims });

describe('dead letters in a topic', () => {
  it('are the record as it came, with headers that say whence and why', async () => {
    const topic = topicOf();
    const letter = letterOf(17);
    await storeIn(topic).store([letter]);
    const [stored] = topic.stored;
    expect(stored).toMatchObject({
      topic: 'erp.prices.dead-letter',
      key: letter.record.key,
      value: letter.record.value,
    });
    const headers = stored?.headers.map(({ name, value }) => `${name}: ${value.toString()}`) ?? [];
    expect(headers.slice(2)).toEqual([
      'bridge.sink: prices',
      'bridge.topic: erp.prices',
      'bridge.partition: 2',
      'bridge.offset: 17',
      'bridge.timestamp: 1700000000017',
      'bridge.error.code: SKB_ROW_REJECTED',
      `bridge.error.message: ${letter.reason.message}`,
      'bridge.salesforce.status: STRING_TOO_LONG',
      'bridge.salesforce.fields: Name,Phone',
      'bridge.attempts: 3',
    ]);
    expect(await readKafkaLetters(topic.asRead(), noClaims)).toEqual([{ ...letter, sink: 'prices' }]);
  });

  it('keep a tombstone a tombstone', async () => {
    const topic = topicOf();
    const tombstone = letterOf(1, 0, { value: null, headers: [] });
    await storeIn(topic).store([tombstone]);
    expect(topic.stored[0]?.value).toBeNull();
    expect(await readKafkaLetters(topic.asRead(), noClaims)).toMatchObject([{ record: { value: null } }]);
  });

  it('count once, however often they were stored', async () => {
    const topic = topicOf();
    await storeIn(topic).store([letterOf(1), letterOf(2), letterOf(1)]);
    expect(topic.stored).toHaveLength(3);
    expect((await readKafkaLetters(topic.asRead(), noClaims)).map(({ record }) => record.offset)).toEqual([1, 2]);
  });

  it.each([
    ['value', letterOf(5, 3_000_000)],
    ['key', letterOf(5, 8, { key: Buffer.alloc(2_000_000, 7) })],
    ['headers', letterOf(5, 8, { headers: [{ name: 'huge', value: Buffer.alloc(2_000_000, 9) }] })],
  ])('with a %s too large for the topic lie in the bucket, whole, and are named', async (_, letter) => {
    const topic = topicOf();
    const claims = claimsOf();
    await storeIn(topic, claims).store([letterOf(4), letter]);
    expect(topic.stored.map(({ value }) => value === null)).toEqual([false, true]);
    expect([...claims.objects.keys()]).toEqual(['s3://claims/prices/erp.prices/2/5.json']);
    expect(await readKafkaLetters(topic.asRead(), claims.fetch)).toEqual([
      { ...letterOf(4), sink: 'prices' },
      { ...letter, sink: 'prices' },
    ]);
  });

  it('are stored in parts where there is no bucket', async () => {
    const topic = topicOf();
    const large = letterOf(5, 3_000_000);
    await storeIn(topic).store([large]);
    expect(topic.stored.length).toBeGreaterThan(3);
    expect(await readKafkaLetters(topic.asRead().reverse(), noClaims)).toEqual([{ ...large, sink: 'prices' }]);
    expect(await readKafkaLetters(topic.asRead().slice(1), noClaims)).toEqual([]);
  });

  it('fit into a topic that takes less than a broker does', async () => {
    const topic = topicOf(100_000);
    const letters = [letterOf(1), letterOf(2, 500_000), letterOf(3, 90_000)];
    await storeIn(topic).store(letters);
    const read = await readKafkaLetters(topic.asRead(), noClaims);
    expect(read.map(({ record }) => [record.offset, record.value?.length])).toEqual([
      [1, 8],
      [2, 500_000],
      [3, 90_000],
    ]);
  });

  it('that cannot be stored are said so, and nothing else happens', async () => {
    await expect(storeIn(topicOf(100)).store([letterOf(1)])).rejects.toMatchObject({ code: 'SKB_DEAD_LETTER_FAILED' });
  });
});
