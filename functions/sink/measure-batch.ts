import type { QuotaState } from '../../shared/salesforce/quota-guard.ts';
import type { DispositionCounts } from '../../shared/state/partition-progress.ts';
import type { Measure, SinkMetric } from '../../shared/telemetry/metrics.ts';
import type { RoundEvents } from './round-events.ts';

/** What became of one batch. */
export interface BatchOutcome {
  readonly received: readonly { readonly timestamp: number }[];
  readonly handedBack: number;
  readonly counts: DispositionCounts;
  /** How many records each step filtered. */
  readonly filteredBy: Readonly<Record<string, number>>;
  /** Of those, how many came after the windows of their key were closed. */
  readonly late: number;
  readonly events: RoundEvents;
}

export type MeasureBatch = (outcome: BatchOutcome) => void;

interface MeasureParts {
  /** Milliseconds since 1970, as the timestamps of records. */
  readonly now: () => number;
  /** Whether records can come late. */
  readonly hasAggregate: boolean;
  /** How far the org's daily calls are used up, once it is known. */
  readonly usage: () => Pick<QuotaState, 'leftPercent' | 'hoursLeft'> | undefined;
}

export function createMeasureBatch(
  measure: Measure<SinkMetric>,
  { now, hasAggregate, usage }: MeasureParts,
): MeasureBatch {
  return ({ received, handedBack, counts, filteredBy, late, events }) => {
    // A record without a timestamp has -1, and no age.
    const stamps = received.map(({ timestamp }) => timestamp).filter((timestamp) => timestamp >= 0);
    const oldest = stamps.reduce((least, timestamp) => Math.min(least, timestamp), Number.POSITIVE_INFINITY);
    const { leftPercent, hoursLeft } = usage() ?? {};
    const values = {
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
      ReportsMissed: events.unreported,
      // A clock ahead of ours makes a record from the future; it is not late.
      ...(Number.isFinite(oldest) ? { RecordAge: Math.max(0, (now() - oldest) / 1000) } : {}),
      ...(leftPercent === undefined ? {} : { CallsLeft: leftPercent }),
      ...(hoursLeft === undefined ? {} : { CallsLast: hoursLeft * 3600 }),
      ...(hasAggregate ? { RecordsLate: late } : {}),
    };
    // As a property: CloudWatch bills every value of a dimension as a metric of its own.
    measure(values, counts.filtered === 0 ? {} : { FilteredBy: filteredBy });
  };
}
