import type { Source } from '../bridge/bridge.ts';
import { topicOfRecord } from '../bridge/topics-of-source.ts';
import { BridgeError } from '../errors/bridge-error.ts';
import { toHeaders } from '../kafka/headers.ts';
import type { OutgoingRecord } from '../kafka/record-producer.ts';
import type { BayeuxEvent } from './bayeux-client.ts';
import { type ConnectSchema, inEnvelope } from './connect-schema.ts';
import type { ChangedRow } from './row-record.ts';

// The record format `row`: key {"Id": …}, value = fields by API name (null = cleared), `_ObjectType` and `_EventType`;
// `connect` is the same as a worker of Kafka Connect writes it. What a source writes a sink accepts, so two bridges can be
// chained. docs/record-format.md says it in full.

export type RecordSettings = Pick<
  Source,
  'name' | 'topic' | 'lowerCaseTopic' | 'capture' | 'format' | 'envelope' | 'key' | 'tombstoneOnDelete'
>;

/**
 * The records of one row: its own, and a tombstone after a deletion where the source asks for it.
 *
 * @param firstIndex place among the records of the event, from 0.
 * @param text the event as it arrived, for sources of format `raw`.
 * @param schema of the row's object, for sources of format `connect`.
 * @throws BridgeError SKB_DECODE_FAILED in format `connect`, when a value is not of the type that its field has.
 */
export function toSourceRecords(
  row: ChangedRow,
  source: RecordSettings,
  firstIndex: number,
  text: string | null,
  schema?: ConnectSchema,
): OutgoingRecord[] {
  const topic = topicOfRecord(source, { _ObjectType: row.object, _EventType: row.type });
  // Salesforce sends all fields that hold something when a row appears; a reader may take the absent ones as empty.
  const complete = row.complete ?? (row.type === 'created' || row.type === 'undeleted' || row.type === 'snapshot');
  const headersOf = (index: number) => {
    const common = {
      'bridge.source': source.name,
      'salesforce.org.id': row.orgId,
      'salesforce.channel': row.channel,
      'salesforce.replay.id': row.replayId,
      'salesforce.fan.out.index': String(index),
      'salesforce.complete': complete ? 'true' : undefined,
    };
    return toHeaders(common, row.headers);
  };
  const form = source.format === 'connect' ? connectForm(row, source, schema) : plainForm(row, source, text);
  const record: OutgoingRecord = {
    topic,
    ...form,
    timestamp: row.committedAt,
    headers: headersOf(firstIndex),
  };
  if (row.type !== 'deleted' || !source.tombstoneOnDelete) return [record];
  return [record, { ...record, value: null, headers: headersOf(firstIndex + 1) }];
}

type RecordForm = Pick<OutgoingRecord, 'key' | 'value'>;

function plainForm(row: ChangedRow, source: RecordSettings, text: string | null): RecordForm {
  return { key: keyOf(row, source), value: source.format === 'raw' ? text : jsonOf(row, row.fields) };
}

function connectForm(row: ChangedRow, source: RecordSettings, schema: ConnectSchema | undefined): RecordForm {
  if (schema === undefined) throw new BridgeError('SKB_BUG', `${row.object} has no schema`);
  const envelope = envelopeOf(source);
  const key = keyOf(row, source);
  const value = jsonOf(row, schema.encode(row.fields));
  return {
    key: envelope.key ? inEnvelope(schema.keySchema, key) : key,
    value: envelope.value ? inEnvelope(schema.valueSchema, value) : value,
  };
}

/** Where a source of format `connect` puts schemas: beside both, as JsonConverter does unless told otherwise. */
export function envelopeOf({ envelope = true }: Pick<Source, 'envelope'>): {
  readonly key: boolean;
  readonly value: boolean;
} {
  return typeof envelope === 'boolean' ? { key: envelope, value: envelope } : envelope;
}

function jsonOf(row: ChangedRow, fields: Readonly<Record<string, unknown>>): string {
  const id = row.id === undefined ? {} : { Id: row.id };
  return JSON.stringify({ ...fields, ...id, _ObjectType: row.object, _EventType: row.type });
}

/** Rows by Id, so that all changes of one go to one partition; other events in the order of their channel unless told otherwise. */
function keyOf(row: ChangedRow, source: RecordSettings): string {
  if (row.id !== undefined) return `{"Id":${JSON.stringify(row.id)}}`;
  if (source.key === undefined) return JSON.stringify({ channel: row.channel });
  return JSON.stringify({ [source.key]: row.fields[source.key] ?? null });
}

/** Where in Salesforce a record comes from. */
export function coordinateHeaders(
  { channel, replayId }: Pick<BayeuxEvent, 'channel'> & { readonly replayId: string | undefined },
  orgId: string,
): Record<string, string | undefined> {
  return { 'salesforce.org.id': orgId, 'salesforce.channel': channel, 'salesforce.replay.id': replayId };
}
