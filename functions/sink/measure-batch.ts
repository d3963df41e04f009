import type { QuotaState } from '../../shared/salesforce/quota-guard.ts';
import type { DispositionCounts } from '../../shared/state/partition-progress.ts';
import type { Measure, SinkMetric } from '../../shared/telemetry/metrics.ts';
import type { RoundEvents } from './round-events.ts';

/** What became of one batch. */
export interface BatchOutcome {
  readonly received: readonly { readonly timestamp: number }[];
  readonly handedBack: number;
  readonly counts: DispositionCounts;
  readonly events: RoundEvents;
}

export type MeasureBatch = (outcome: BatchOutcome) => void;

/**
 * @param now milliseconds since 1970, as the timestamps of records.
 * @param usage how far the org's daily calls are used up, once it is known.
 */
export function createMeasureBatch(
  measure: Measure<SinkMetric>,
  now: () => number,
  usage: () => Pick<QuotaState, 'leftPercent' | 'hoursLeft'> | undefined,
): MeasureBatch {
  return ({ received, handedBack, counts, events }) => {
    const oldest = received.reduce((least, { timestamp }) => Math.min(least, timestamp), Number.POSITIVE_INFINITY);
    const { leftPercent, hoursLeft } = usage() ?? {};
    measure({
      RecordsReceived: received.length,
      RecordsWritten: counts.written,
      RecordsFiltered: counts.filtered,
      RecordsAbsorbed: counts.absorbed,
      RecordsDeadLettered: counts.deadLettered,
      RecordsHandedBack: handedBack,
      RowsUnmerged: events.unmerged,
      RowsRetried: events.retried,
      RowsHeld: events.held,
      FieldsDropped: events.droppedFields,
      // A clock ahead of ours makes a record from the future; it is not late.
      ...(Number.isFinite(oldest) ? { RecordAge: Math.max(0, (now() - oldest) / 1000) } : {}),
      ...(leftPercent === undefined ? {} : { CallsLeft: leftPercent }),
      ...(hoursLeft === undefined ? {} : { CallsLast: hoursLeft * 3600 }),
    });
  };
}
