import { describe, expect, it } from 'vitest';
import { decodeKafkaEvent } from '../../../../shared/kafka/lambda-event.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

function event(records: Record<string, unknown[]>) {
  return { eventSource: 'aws:kafka', eventSourceArn: 'arn', bootstrapServers: 'b:9098', records };
}

const record = { topic: 'a-1', partition: 0, offset: 15, timestamp: 1_545_084_650_987, timestampType: 'CREATE_TIME' };

describe('decodeKafkaEvent', () => {
  it('reads key, value, signed header bytes and coordinates as Lambda sends them', () => {
    const headers = [{ name: [104, 101, -61, -87] }, { name: [50] }];
    const [decoded] = decodeKafkaEvent(
      event({ 'a-1-0': [{ ...record, key: base64('k'), value: base64('v'), headers }] }),
    );
    expect(decoded).toMatchObject({ topic: 'a-1', partition: 0, offset: 15, timestamp: 1_545_084_650_987 });
    expect(decoded?.key?.toString()).toBe('k');
    expect(decoded?.value?.toString()).toBe('v');
    expect(decoded?.headers.map(({ name, value }) => [name, value.toString()])).toEqual([
      ['name', 'heé'],
      ['name', '2'],
    ]);
  });

  it('reads a tombstone, whose value is missing, and a record without key and headers', () => {
    expect(
      decodeKafkaEvent(event({ 'a-1-0': [record, { ...record, offset: 16, key: null, value: null }] })),
    ).toMatchObject([
      { key: null, value: null, headers: [] },
      { key: null, value: null },
    ]);
  });

  it('puts the records of a partition in offset order', () => {
    const offsets = decodeKafkaEvent(event({ 'a-1-0': [3, 1, 2].map((offset) => ({ ...record, offset })) }));
    expect(offsets.map(({ offset }) => offset)).toEqual([1, 2, 3]);
  });

  it('accepts a self-managed cluster and refuses any other event', () => {
    expect(decodeKafkaEvent({ eventSource: 'SelfManagedKafka', bootstrapServers: 'b', records: {} })).toEqual([]);
    expect(() => decodeKafkaEvent({ Records: [] })).toThrow('Not a Kafka event');
  });

  it.each([
    ['is no record', null],
    ['has no topic', { ...record, topic: 7 }],
    ['has no partition or offset', { ...record, offset: '15' }],
    ['has no timestamp', { ...record, timestamp: undefined }],
    ['has a key or value that is no text', { ...record, value: 7 }],
    ['has headers that are no lists of bytes', { ...record, headers: [{ name: 'text' }] }],
  ])('refuses an event with a record that %s, and names its place', (problem, bad) => {
    const broken = event({ 'a-1-0': [record, bad] });
    expect(() => decodeKafkaEvent(broken)).toThrow(`Not a Kafka event: records.a-1-0.1 ${problem}`);
  });
});
