import { randomUUID } from 'node:crypto';
import type { Sink } from '../../shared/bridge/bridge.ts';
import { asBridgeError } from '../../shared/errors/bridge-error.ts';
import type { KafkaRecord } from '../../shared/kafka/kafka-record.ts';
import { errorFields, type Logger } from '../../shared/telemetry/logger.ts';
import type { AggregateStore } from '../../shared/transform/aggregate-store.ts';
import type { Invocation, Transform } from '../../shared/transform/step.ts';
import {
  type OwedRow,
  type OwedRowEnd,
  tickAggregates,
  writeOwedRows,
} from '../../shared/transform/write-owed-rows.ts';
import type { Disposition } from './settle-records.ts';
import type { TimeBudget } from './time-budget.ts';
import type { RecordHistory } from './write-rows.ts';

interface OwedRowsParts {
  readonly sink: Pick<Sink, 'name' | 'transform' | 'parentWaitSeconds'>;
  readonly aggregates?: AggregateStore;
  readonly logger: Logger;
  /** Takes the age of the oldest owed row at each tick, in seconds; 0 when none is owed. @default nothing is measured */
  readonly measureOwed?: (seconds: number) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Settles stand-ins for rows by the steps behind the aggregate. */
type SettleStandIns = (
  rest: Transform,
  history: RecordHistory,
  standIns: readonly KafkaRecord[],
) => Promise<ReadonlyMap<KafkaRecord, Disposition>>;

export function startInvocation(budget: TimeBudget, now: () => number): Invocation {
  return { id: randomUUID(), endsAt: now() + budget.remainingMs(), owed: new Set() };
}

/** The rows that a sink's aggregate owes. What goes wrong here leaves them owed, and the records they are made of absorbed. */
export function createOwedRows(
  { sink, aggregates, logger, measureOwed, now }: OwedRowsParts,
  invocation: Invocation,
  settleStandIns: SettleStandIns,
) {
  async function guarded(work: (owed: Parameters<typeof writeOwedRows>[0]) => Promise<unknown>): Promise<void> {
    if (aggregates === undefined) return;
    try {
      await work({
        transform: sink.transform,
        aggregates,
        invocation,
        parentWaitMs: sink.parentWaitSeconds * 1000,
        now,
        async settle(rest, rows) {
          const standIns = rows.map(({ record }) => record);
          const dispositions = await settleStandIns(rest, historyOf(rows), standIns);
          return (standIn) => endOf(dispositions.get(standIn));
        },
      });
    } catch (thrown) {
      const error = asBridgeError(thrown);
      logger.error(`Rows of ${sink.name} stay owed until the next tick: ${error.message}`, errorFields(error));
      if (error.code === 'SKB_BUG') throw thrown;
    }
  }
  return {
    /** After a batch: the rows that its records left owing. */
    write: () => guarded(writeOwedRows),
    /** On a tick: silent windows, and rows that nobody else writes. */
    tick: () =>
      guarded((owed) => tickAggregates(owed, (since = now()) => measureOwed?.(Math.max(0, (now() - since) / 1000)))),
  };
}

function endOf(disposition: Disposition | undefined): OwedRowEnd {
  if (disposition?.kind !== 'handedBack') return 'settled';
  if (disposition.reason === 'puzzle') return 'puzzle';
  return disposition.reason === 'parent' ? 'parentMissing' : 'nothingLearnt';
}

/** Attempts and waiting of owed rows are kept with them in the table, as those of records are with their partition. */
function historyOf(rows: readonly OwedRow[]): RecordHistory {
  const byRecord = new Map(rows.map((each) => [each.record, each]));
  return {
    attemptsOf: (record) => byRecord.get(record)?.attempts ?? 0,
    waitingSince: (record) => byRecord.get(record)?.since,
  };
}
