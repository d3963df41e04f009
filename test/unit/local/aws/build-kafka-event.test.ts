import fc from 'fast-check';
import type { KafkaMessage } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import {
  buildKafkaEvent,
  envelopeBytes,
  partitionBytes,
  partitionKey,
  recordBytes,
  toEventRecord,
} from '../../../../local/aws/build-kafka-event.ts';

function message(more: object = {}): KafkaMessage {
  const plain = {
    key: Buffer.from('k'),
    value: Buffer.from('v'),
    timestamp: '1545084650987',
    offset: '15',
    attributes: 0,
  };
  return { ...plain, ...more } as KafkaMessage;
}

describe('toEventRecord', () => {
  test('a plain record', () => {
    expect(toEventRecord('erp.prices-eu', 3, message())).toEqual({
      topic: 'erp.prices-eu',
      partition: 3,
      offset: 15,
      timestamp: 1545084650987,
      timestampType: 'CREATE_TIME',
      key: 'aw==',
      value: 'dg==',
      headers: [],
    });
  });

  test('a tombstone has no value at all', () => {
    expect(Object.keys(toEventRecord('t', 0, message({ value: null })))).not.toContain('value');
  });

  test.each([
    ['no key', { key: null }, { key: null }],
    ['an empty value', { value: Buffer.alloc(0) }, { value: '' }],
    ['append time', { batchContext: { timestampType: 1 } }, { timestampType: 'LOG_APPEND_TIME' }],
    ['create time', { batchContext: { timestampType: 0 } }, { timestampType: 'CREATE_TIME' }],
    ['signed header bytes', { headers: { h: Buffer.from('é\x00') } }, { headers: [{ h: [-61, -87, 0] }] }],
    [
      'a repeated header',
      { headers: { h: [Buffer.from('a'), Buffer.from('b')] } },
      { headers: [{ h: [97] }, { h: [98] }] },
    ],
    ['a header without a value', { headers: { h: null } }, { headers: [{ h: [] }] }],
  ])('%s', (_, more, expected) => {
    expect(toEventRecord('t', 0, message(more))).toMatchObject(expected);
  });

  test('header bytes survive the way back that Lambda functions use', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const { headers } = toEventRecord('t', 0, message({ headers: { h: Buffer.from(bytes) } }));
        expect(Buffer.from(headers[0]?.['h'] ?? [])).toEqual(Buffer.from(bytes));
      }),
    );
  });
});

describe('buildKafkaEvent', () => {
  const records = [
    toEventRecord('a-1', 0, message()),
    toEventRecord('a', 10, message()),
    toEventRecord('a-1', 0, message({ offset: '16' })),
  ];

  test('of an MSK cluster', () => {
    const event = buildKafkaEvent(records, { bootstrapServers: 'b1:9092,b2:9092', eventSourceArn: 'arn:aws:kafka:x' });
    expect(event).toMatchObject({
      eventSource: 'aws:kafka',
      eventSourceArn: 'arn:aws:kafka:x',
      bootstrapServers: 'b1:9092,b2:9092',
    });
    expect(Object.entries(event.records).map(([key, list]) => [key, list.map(({ offset }) => offset)])).toEqual([
      ['a-1-0', [15, 16]],
      ['a-10', [15]],
    ]);
  });

  test('of a self-managed Kafka', () => {
    const event = buildKafkaEvent(records, { bootstrapServers: 'b' });
    expect(Object.keys(event)).toEqual(['eventSource', 'bootstrapServers', 'records']);
    expect(event.eventSource).toBe('SelfManagedKafka');
  });

  test('its size is known before it is built', () => {
    const record = fc.record({
      topic: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
      partition: fc.nat(3),
      value: fc.option(fc.uint8Array().map((bytes) => Buffer.from(bytes))),
      headers: fc.dictionary(
        fc.string({ unit: 'grapheme' }),
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      ),
    });
    fc.assert(
      fc.property(fc.array(record), (list) => {
        const origin = { bootstrapServers: 'b:1', eventSourceArn: 'arn' };
        const built = list.map(({ topic, partition, ...more }) => toEventRecord(topic, partition, message(more)));
        const keys = new Set(built.map(partitionKey));
        const counted =
          envelopeBytes(origin) +
          [...keys].reduce((sum, key) => sum + partitionBytes(key), 0) +
          built.reduce((sum, one) => sum + recordBytes(one), 0);
        const real = Buffer.byteLength(JSON.stringify(buildKafkaEvent(built, origin)));
        expect(counted).toBeGreaterThanOrEqual(real);
        // One comma per list too many.
        expect(counted - real).toBeLessThanOrEqual(keys.size + 1);
      }),
    );
  });
});
