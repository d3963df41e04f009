import type { Sink } from '../../shared/bridge/bridge.ts';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import { describeCoordinates, type KafkaRecord } from '../../shared/kafka/kafka-record.ts';
import { isJsonObject } from '../../shared/salesforce/exact-json.ts';
import { openEnvelope } from '../../shared/transform/connect-json.ts';
import { utf8TextOf } from '../../shared/transform/decode.ts';
import type { RowFields } from '../../shared/transform/row-fields.ts';

/** What is known of a record before its value is decoded. */
export type Screened =
  | { readonly kind: 'value' }
  /** Says that a source has a hole, or is a tombstone that is to be ignored. */
  | { readonly kind: 'filtered'; readonly step: string }
  /** A tombstone that deletes the row of its key. */
  | { readonly kind: 'delete'; readonly object: string; readonly fields: RowFields }
  | { readonly kind: 'rejected'; readonly error: BridgeError };

const value: Screened = { kind: 'value' };

/** Sorts out records that no transform is asked about: tombstones, and the gap records of a source. */
export function screenRecord(record: KafkaRecord, { targets, tombstones }: Sink): Screened {
  if (record.value !== null) return isGap(record.value) ? { kind: 'filtered', step: 'gap' } : value;
  if (tombstones === 'ignore') return { kind: 'filtered', step: 'tombstones' };
  if (tombstones === 'reject') return rejected(record, 'is a tombstone, which this sink rejects');
  const [target, ...others] = targets.filter(({ operation }) => operation !== 'create' && operation !== 'publish');
  if (target === undefined || others.some(({ object }) => object.toLowerCase() !== target.object.toLowerCase())) {
    return rejected(record, 'is a tombstone and does not say of which object');
  }
  const fields = fieldsOfKey(record.key, target.externalId ?? 'Id', target.operation === 'fromRecord');
  if (fields === undefined) return rejected(record, 'is a tombstone whose key names no row');
  return { kind: 'delete', object: target.object, fields };
}

// A source's word for a hole in its stream, found without decoding every value.
const gapMark = Buffer.from('"gap"');

function isGap(bytes: Buffer): boolean {
  if (!bytes.includes(gapMark)) return false;
  try {
    const value = openEnvelope(JSON.parse(bytes.toString('utf8')));
    return isJsonObject(value) && value['_EventType'] === 'gap';
  } catch {
    return false;
  }
}

/** The key is the key field's value, or JSON with it, such as `{"Id":"00Q…"}`. */
function fieldsOfKey(key: Buffer | null, keyField: string, isCopied: boolean): RowFields | undefined {
  const text = key === null ? '' : (utf8TextOf(key) ?? '');
  if (text === '') return undefined;
  let parsed: unknown = text;
  try {
    parsed = openEnvelope(JSON.parse(text));
  } catch {
    // A bare text.
  }
  if (isJsonObject(parsed)) {
    const id = parsed[keyField] ?? (isCopied ? parsed['Id'] : undefined);
    return typeof id === 'string' || typeof id === 'number' ? { [keyField]: id } : undefined;
  }
  // A bare number keeps its digits: leading zeros belong to a key.
  return { [keyField]: typeof parsed === 'string' ? parsed : text };
}

function rejected(record: KafkaRecord, what: string): Screened {
  const { topic, partition, offset } = record;
  const error = new BridgeError('SKB_DECODE_FAILED', `Record ${describeCoordinates(record)} ${what}`, {
    context: { topic, partition, offset },
  });
  return { kind: 'rejected', error };
}
