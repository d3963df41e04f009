import type * as z from 'zod/mini';
import { BridgeError } from '../errors/bridge-error.ts';
import type { BayeuxEvent } from './bayeux-client.ts';

/** What happened to a row. `snapshot`: it was read, not changed. `gap`: something is missing, and the record says what. */
export type EventType = 'created' | 'updated' | 'deleted' | 'undeleted' | 'snapshot' | 'gap';

/** One row of an event, or one that was read; not yet a record of any topic. */
export interface ChangedRow {
  readonly channel: string;
  readonly replayId: string | undefined;
  readonly orgId: string;
  /** The row's Id; absent for events that stand for no row. */
  readonly id?: string;
  readonly object: string;
  readonly type: EventType;
  readonly fields: Readonly<Record<string, unknown>>;
  /** True when absent fields are empty ones; else they are unchanged ones. @default true when a row appears */
  readonly complete?: boolean;
  /** When the change was committed, in milliseconds since the epoch. */
  readonly committedAt: number;
  /** Headers besides those that every record has; empty and absent ones are left out. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** An event of rows that Salesforce does not name one by one, or whose change it does not tell: only a re-read can. */
export interface Gap {
  readonly object: string;
  /** Such as `GAP_UPDATE`. */
  readonly changeType: string;
  /** The rows concerned; undefined when it may be any row of the object. */
  readonly ids: readonly string[] | undefined;
  readonly committedAt: number;
}

export interface DecodedEvent {
  readonly rows: readonly ChangedRow[];
  readonly gap?: Gap;
}

/** The error for an event whose shape is not what Salesforce documents: it names the places, never the values. */
export function undecodable(event: BayeuxEvent, error: z.core.$ZodError): BridgeError {
  const places = error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  return new BridgeError('SKB_DECODE_FAILED', `Event of ${event.channel} cannot be decoded: ${places}`, {
    context: { channel: event.channel, replayId: event.replayId },
  });
}
