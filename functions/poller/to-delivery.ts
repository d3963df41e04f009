import type { Source } from '../../shared/bridge/define-bridge.ts';
import { asBridgeError, type BridgeError } from '../../shared/errors/bridge-error.ts';
import { toHeaders } from '../../shared/kafka/headers.ts';
import type { OutgoingRecord } from '../../shared/kafka/record-producer.ts';
import type { BayeuxEvent } from '../../shared/salesforce/bayeux-client.ts';
import { changeEventToRecords } from '../../shared/salesforce/change-event.ts';
import { pushTopicEventToRecords } from '../../shared/salesforce/push-topic-event.ts';
import { coordinateHeaders, type RowRecord } from '../../shared/salesforce/row-record.ts';
import type { ChannelSubscription, RoutedSource } from './channel-subscription.ts';

/** An event with everything that has to be acknowledged before its position may be committed. */
export interface Delivery {
  readonly event: BayeuxEvent;
  readonly subscription: ChannelSubscription;
  readonly records: readonly OutgoingRecord[];
  readonly deadLetters: readonly OutgoingRecord[];
  /** Sources that are not to get it, because it is older than their start. */
  readonly skipped: number;
  /** True when Salesforce said that something changed but not what. */
  readonly gap: boolean;
}

/** Decides what becomes of an event: records for each source's topic, or a dead letter where it cannot be decoded. */
export function toDelivery(event: BayeuxEvent, subscription: ChannelSubscription, orgId: string): Delivery {
  const records: OutgoingRecord[] = [];
  const deadLetters: OutgoingRecord[] = [];
  let skipped = 0;
  let gap = false;
  for (const routed of subscription.sources) {
    const { source } = routed;
    try {
      const rows = decode(event, routed, orgId);
      if (rows.some((row) => subscription.isBeforeStart(source, row.timestamp))) {
        skipped += 1;
        continue;
      }
      gap ||= rows.some((row) => row.type === 'gap');
      records.push(...rows.map(({ type: _type, ...row }) => ({ topic: source.topic, ...row })));
    } catch (error) {
      deadLetters.push(toEventDeadLetter(event, source, orgId, asBridgeError(error)));
    }
  }
  return { event, subscription, records, deadLetters, skipped, gap };
}

function decode(event: BayeuxEvent, { source, captured }: RoutedSource, orgId: string): RowRecord[] {
  return captured.capturedThrough === 'pushTopic'
    ? pushTopicEventToRecords(event, orgId, source.capture.object)
    : changeEventToRecords(event, orgId);
}

/** An event that no record can be made of, stored with its original text, so that it can be decoded later. */
export function toEventDeadLetter(
  event: BayeuxEvent,
  source: Source,
  orgId: string,
  reason: BridgeError,
): OutgoingRecord {
  return {
    topic: `${source.topic}.dead-letter`,
    key: null,
    value: event.text,
    headers: toHeaders({
      'bridge.source': source.name,
      'bridge.error.code': reason.code,
      'bridge.error.message': reason.message,
      ...coordinateHeaders(event, orgId),
    }),
  };
}
