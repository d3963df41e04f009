import { describeCoordinates, type KafkaRecord } from '../kafka/kafka-record.ts';
import { utf8TextOf } from './decode.ts';
import type { LookupKey } from './lookups.ts';

// What steps take from a record unless they are told otherwise.

export function recordKey(_value: unknown, record: KafkaRecord): string {
  if (record.key === null) throw new Error(`${describeCoordinates(record)} has no key`);
  // A number or Avro as bytes: read as text, many of them would be the same.
  return utf8TextOf(record.key) ?? `bytes ${record.key.toString('hex')}`;
}

export function recordTime(_value: unknown, record: KafkaRecord): number {
  return record.timestamp;
}

/**
 * DynamoDB takes 2,048 bytes of partition key, some of which name the sink and the step, and 1,024 bytes of sort key, where
 * that of an aggregate stands behind a time.
 */
export function usableKey(key: LookupKey): LookupKey {
  if (Buffer.byteLength(String(key)) > 1000) throw new RangeError('A remembered key may have 1,000 bytes');
  return key;
}
