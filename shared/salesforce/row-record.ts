import type * as z from 'zod/mini';
import { BridgeError } from '../errors/bridge-error.ts';
import { toHeaders } from '../kafka/headers.ts';
import type { OutgoingRecord } from '../kafka/record-producer.ts';
import type { BayeuxEvent } from './bayeux-client.ts';

// The record format `row`: key {"Id": …}, value = fields by API name (null = cleared), `_ObjectType` and `_EventType`.
// What a source writes a sink accepts, so two bridges can be chained.

export type EventType = 'created' | 'updated' | 'deleted' | 'undeleted' | 'gap';

/** A record before it is known which topics it goes to. */
export type RowRecord = Omit<OutgoingRecord, 'topic'> & { readonly timestamp: number; readonly type: EventType };

/** One changed row of an event. */
export interface ChangedRow {
  readonly event: BayeuxEvent;
  readonly orgId: string;
  readonly id: string;
  readonly object: string;
  readonly type: EventType;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Place of the row in its event, from 0. */
  readonly fanOutIndex: number;
  /** When the change was committed, in milliseconds since the epoch. */
  readonly committedAt: number;
  /** Headers besides those that every record has; empty and absent ones are left out. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export function toRowRecord(row: ChangedRow): RowRecord {
  // Salesforce sends all fields that hold something when a row appears; a reader may take the absent ones as empty.
  const complete = row.type === 'created' || row.type === 'undeleted' ? 'true' : undefined;
  return {
    key: JSON.stringify({ Id: row.id }),
    value: JSON.stringify({ ...row.fields, Id: row.id, _ObjectType: row.object, _EventType: row.type }),
    timestamp: row.committedAt,
    type: row.type,
    headers: toHeaders({
      ...coordinateHeaders(row.event, row.orgId),
      'salesforce.fan.out.index': String(row.fanOutIndex),
      'salesforce.complete': complete,
      ...row.headers,
    }),
  };
}

/** Where in Salesforce a record comes from. */
export function coordinateHeaders(event: BayeuxEvent, orgId: string): Record<string, string | undefined> {
  return {
    'salesforce.org.id': orgId,
    'salesforce.channel': event.channel,
    'salesforce.replay.id': event.replayId,
  };
}

/** The error for an event whose shape is not what Salesforce documents: it names the places, never the values. */
export function undecodable(event: BayeuxEvent, error: z.core.$ZodError): BridgeError {
  const places = error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  return new BridgeError('SKB_DECODE_FAILED', `Event of ${event.channel} cannot be decoded: ${places}`, {
    context: { channel: event.channel, replayId: event.replayId },
  });
}
