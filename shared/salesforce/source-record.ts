import type { Source } from '../bridge/bridge.ts';
import { topicOfRecord } from '../bridge/topics-of-source.ts';
import { toHeaders } from '../kafka/headers.ts';
import type { OutgoingRecord } from '../kafka/record-producer.ts';
import type { BayeuxEvent } from './bayeux-client.ts';
import type { ChangedRow } from './row-record.ts';

// The record format `row`: key {"Id": …}, value = fields by API name (null = cleared), `_ObjectType` and `_EventType`.
// What a source writes a sink accepts, so two bridges can be chained. docs/record-format.md says it in full.

export type RecordSettings = Pick<
  Source,
  'name' | 'topic' | 'lowerCaseTopic' | 'capture' | 'format' | 'key' | 'tombstoneOnDelete'
>;

/**
 * The records of one row: its own, and a tombstone after a deletion where the source asks for it.
 *
 * @param firstIndex place among the records of the event, from 0.
 * @param text the event as it arrived, for sources of format `raw`.
 */
export function toSourceRecords(
  row: ChangedRow,
  source: RecordSettings,
  firstIndex: number,
  text: string | null,
): OutgoingRecord[] {
  const topic = topicOfRecord(source, { _ObjectType: row.object, _EventType: row.type });
  // Salesforce sends all fields that hold something when a row appears; a reader may take the absent ones as empty.
  const complete = row.complete ?? (row.type === 'created' || row.type === 'undeleted' || row.type === 'snapshot');
  const headers = {
    'bridge.source': source.name,
    ...coordinateHeaders({ channel: row.channel, replayId: row.replayId }, row.orgId),
    'salesforce.fan.out.index': String(firstIndex),
    'salesforce.complete': complete ? 'true' : undefined,
    ...row.headers,
  };
  const key = keyOf(row, source);
  const record: OutgoingRecord = {
    topic,
    key,
    value: source.format === 'raw' ? text : jsonOf(row),
    timestamp: row.committedAt,
    headers: toHeaders(headers),
  };
  if (row.type !== 'deleted' || !source.tombstoneOnDelete) return [record];
  const tombstoneHeaders = toHeaders({ ...headers, 'salesforce.fan.out.index': String(firstIndex + 1) });
  return [record, { ...record, value: null, headers: tombstoneHeaders }];
}

function jsonOf(row: ChangedRow): string {
  const id = row.id === undefined ? {} : { Id: row.id };
  return JSON.stringify({ ...row.fields, ...id, _ObjectType: row.object, _EventType: row.type });
}

/** Rows by Id, so that all changes of one go to one partition; other events in the order of their channel unless told otherwise. */
function keyOf(row: ChangedRow, source: RecordSettings): string {
  if (row.id !== undefined) return JSON.stringify({ Id: row.id });
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
