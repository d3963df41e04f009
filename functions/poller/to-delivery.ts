import { setImmediate } from 'node:timers/promises';
import type { Source } from '../../shared/bridge/bridge.ts';
import { capturedObjects } from '../../shared/bridge/captured-objects.ts';
import { asBridgeError } from '../../shared/errors/bridge-error.ts';
import type { OutgoingRecord } from '../../shared/kafka/record-producer.ts';
import type { BayeuxEvent } from '../../shared/salesforce/bayeux-client.ts';
import { decodeChangeEvent } from '../../shared/salesforce/change-event.ts';
import type { ConnectSchema } from '../../shared/salesforce/connect-schema.ts';
import type { ConnectSchemas } from '../../shared/salesforce/connect-schemas.ts';
import { decodeGenericEvent } from '../../shared/salesforce/generic-event.ts';
import { decodePlatformEvent } from '../../shared/salesforce/platform-event.ts';
import { decodePushTopicEvent } from '../../shared/salesforce/push-topic-event.ts';
import type { ChangedRow, DecodedEvent, Gap } from '../../shared/salesforce/row-record.ts';
import { toSourceRecords } from '../../shared/salesforce/source-record.ts';
import type { SkipReason } from './counters.ts';
import { toEventDeadLetter } from './dead-letters.ts';
import type { EventOrigin, RoutedSource } from './routed-source.ts';

/** An event with everything that has to be acknowledged before its position may be committed. */
export interface Delivery {
  readonly event: BayeuxEvent;
  readonly orgId: string;
  readonly subscription: EventOrigin;
  readonly records: readonly OutgoingRecord[];
  readonly deadLetters: readonly OutgoingRecord[];
  /** Why sources are not to get it, one reason for each that is not. */
  readonly skipped: readonly SkipReason[];
  /** Set when Salesforce said that something changed but not what. */
  readonly gap?: Gap;
}

/** What each source of an event's channel is to get of it, before records are made. */
export interface Draft {
  readonly event: BayeuxEvent;
  readonly orgId: string;
  readonly subscription: EventOrigin;
  readonly shares: readonly { readonly source: Source; readonly rows: readonly ChangedRow[] }[];
  readonly deadLetters: readonly OutgoingRecord[];
  readonly skipped: readonly SkipReason[];
  readonly gap?: Gap;
}

export interface DecodeContext {
  readonly orgId: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The platform event that a schema ID stands for: messages of a custom channel name theirs by it only. */
  readonly eventOfSchema: (schemaId: string) => Promise<string>;
}

/** A moment's work for one look at thousands of events; then what came from Kafka and Salesforce meanwhile has its turn. */
const eventsAtOnce = 250;

export async function toDrafts(
  events: readonly { readonly event: BayeuxEvent; readonly subscription: EventOrigin }[],
  context: DecodeContext,
): Promise<Draft[]> {
  const drafts: Draft[] = [];
  for (const { event, subscription } of events) {
    drafts.push(await toDraft(event, subscription, context));
    if (drafts.length % eventsAtOnce === 0) await setImmediate();
  }
  return drafts;
}

/** @param schemaOf for sources of format `connect`. */
export async function toDeliveries(drafts: readonly Draft[], schemaOf: ConnectSchemas['of']): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  for (const draft of drafts) {
    deliveries.push(toDelivery(draft, schemaOf));
    if (deliveries.length % eventsAtOnce === 0) await setImmediate();
  }
  return deliveries;
}

/** Decides what becomes of an event: rows for each source, or a dead letter where it cannot be decoded. */
export async function toDraft(event: BayeuxEvent, subscription: EventOrigin, context: DecodeContext): Promise<Draft> {
  const shares: { source: Source; rows: readonly ChangedRow[] }[] = [];
  const deadLetters: OutgoingRecord[] = [];
  const skipped: SkipReason[] = [];
  let gap: Gap | undefined;
  for (const routed of subscription.sources) {
    const { source } = routed;
    try {
      const decoding = decode(event, routed, context);
      // Nearly always known at once, and a turn of the queue for each of thousands of events is not free.
      const decoded = decoding instanceof Promise ? await decoding : decoding;
      const reason = reasonToSkip(decoded, source, subscription);
      if (reason !== undefined) skipped.push(reason);
      else {
        // A gap event says nothing of its rows, so they are read; a topic of raw events shows what Salesforce sent.
        const rows = source.format === 'raw' ? decoded.rows : decoded.rows.filter(({ type }) => type !== 'gap');
        shares.push({ source, rows });
        if (source.format === 'raw') continue;
        gap ??= decoded.gap;
        if (decoded.gap !== undefined && rows.length === 0) skipped.push('gap');
      }
    } catch (error) {
      const reason = asBridgeError(error);
      // What Salesforce could not be asked for now is no fault of the event.
      if (reason.disposition !== 'reject') throw reason;
      deadLetters.push(toEventDeadLetter(event, source, context.orgId, reason));
    }
  }
  const draft = { event, orgId: context.orgId, subscription, shares, deadLetters, skipped };
  return gap === undefined ? draft : { ...draft, gap };
}

/**
 * The records of an event; a dead letter in place of a source's records when one of them cannot be made.
 *
 * @param schemaOf for sources of format `connect`.
 */
export function toDelivery(draft: Draft, schemaOf: ConnectSchemas['of'] = () => undefined): Delivery {
  const { event, orgId, subscription, skipped } = draft;
  const records: OutgoingRecord[] = [];
  let { deadLetters } = draft;
  for (const { source, rows } of draft.shares) {
    const first = records.length;
    try {
      for (const row of rows) {
        const text = source.format === 'raw' ? event.text : null;
        const made = toSourceRecords(row, source, records.length - first, text, schemaOf(row.object));
        for (const record of made) records.push(record);
      }
    } catch (error) {
      const reason = asBridgeError(error);
      if (reason.disposition !== 'reject') throw reason;
      records.length = first;
      deadLetters = [...deadLetters, toEventDeadLetter(event, source, orgId, reason)];
    }
  }
  const delivery = { event, orgId, subscription, records, deadLetters, skipped };
  return draft.gap === undefined ? delivery : { ...delivery, gap: draft.gap };
}

/** The records of a row that was read from the org; a dead letter where none can be made. */
export function toRowRecords(row: ChangedRow, source: Source, schema: ConnectSchema | undefined): OutgoingRecord[] {
  try {
    return toSourceRecords(row, source, 0, null, schema);
  } catch (error) {
    const reason = asBridgeError(error);
    if (reason.disposition !== 'reject') throw reason;
    const text = JSON.stringify({ ...row.fields, Id: row.id, _ObjectType: row.object, _EventType: row.type });
    return [toEventDeadLetter({ ...row, text }, source, row.orgId, reason)];
  }
}

function decode(
  event: BayeuxEvent,
  routed: RoutedSource,
  context: DecodeContext,
): DecodedEvent | Promise<DecodedEvent> {
  const { orgId, now } = context;
  const { capture } = routed.source;
  switch (routed.captured.capturedThrough) {
    case 'changeDataCapture':
      return decodeChangeEvent(event, orgId);
    case 'pushTopic':
      return decodePushTopicEvent(event, orgId, capture.kind === 'pushTopic' ? capture.object : '');
    case 'platformEvent':
      return platformEventName(event, routed, context).then((name) => decodePlatformEvent(event, orgId, name, now));
    case 'generic':
      return decodeGenericEvent(event, orgId);
  }
}

async function platformEventName(
  event: BayeuxEvent,
  { source: { capture } }: RoutedSource,
  { eventOfSchema }: DecodeContext,
): Promise<string> {
  const name = capture.kind === 'platformEvent' ? capture.event : '';
  const schemaId = (event.data as { schema?: unknown } | undefined)?.schema;
  return name.endsWith('__chn') && typeof schemaId === 'string' ? eventOfSchema(schemaId) : name;
}

function reasonToSkip({ rows, gap }: DecodedEvent, source: Source, subscription: EventOrigin): SkipReason | undefined {
  const objects = capturedObjects(source.capture);
  const [first] = rows;
  const object = first?.object ?? gap?.object ?? '';
  const committedAt = first?.committedAt ?? gap?.committedAt ?? 0;
  if (objects !== undefined && !objects.some((each) => each.toLowerCase() === object.toLowerCase())) {
    return 'not-selected';
  }
  return subscription.isBeforeStart(source, committedAt) ? 'before-start' : undefined;
}

/** The rows that each event brought, as the source sees them that got most of them. */
export function rowsOfEach(drafts: readonly Draft[]): (readonly ChangedRow[])[] {
  return drafts.map(({ shares }) => {
    let most: readonly ChangedRow[] = [];
    for (const { rows } of shares) if (rows.length > most.length) most = rows;
    return most;
  });
}

/** When the first and the last change of some events were committed; undefined when none has a record. */
export function commitTimes(
  deliveries: readonly Delivery[],
): { readonly earliest: number; readonly latest: number } | undefined {
  let earliest = Number.POSITIVE_INFINITY;
  let latest = Number.NEGATIVE_INFINITY;
  for (const { records } of deliveries) {
    for (const { timestamp } of records) {
      if (timestamp === undefined) continue;
      earliest = Math.min(earliest, timestamp);
      latest = Math.max(latest, timestamp);
    }
  }
  return latest < earliest ? undefined : { earliest, latest };
}
