import type { RecordReport, ReportTopics } from '../../shared/dead-letter/dead-letter-store.ts';
import { asBridgeError, BridgeError } from '../../shared/errors/bridge-error.ts';
import { inTime } from '../../shared/errors/in-time.ts';
import type { KafkaRecord } from '../../shared/kafka/kafka-record.ts';
import type { DispositionCounts, ProgressStore } from '../../shared/state/partition-progress.ts';
import { settlePartition } from '../../shared/state/settle-partition.ts';
import { errorFields, type Logger } from '../../shared/telemetry/logger.ts';
import type { BatchHistory } from './load-history.ts';
import type { Disposition } from './settle-records.ts';
import { afterReportsMs, type TimeBudget } from './time-budget.ts';

interface OutcomeParts {
  readonly progress: ProgressStore;
  readonly reports?: ReportTopics;
  readonly logger: Logger;
  readonly now: () => number;
}

export interface StoredOutcome {
  /** Records of partitions whose state was not stored; they go back, since a repeat must find what they came to. */
  readonly failed: ReadonlySet<KafkaRecord>;
  /** Reports that Kafka did not take. */
  readonly unreported: number;
}

/**
 * Makes durable what became of a batch: the reports first, then for each partition what is settled and what is known of the
 * rest. A report that fails is missed and counted: records that are written must not be written again for its sake.
 */
export async function storeOutcome(
  { progress, reports, logger, now }: OutcomeParts,
  history: BatchHistory,
  dispositions: ReadonlyMap<KafkaRecord, Disposition>,
  budget: TimeBudget,
): Promise<StoredOutcome> {
  const unreported = await publishReports(reports, toReports(dispositions), logger, budget);
  const failed = new Set<KafkaRecord>();
  const advance = async (name: string, ofPartition: readonly KafkaRecord[]) => {
    const [first] = ofPartition;
    const isNew = ofPartition.some((record) => isWorthStoring(dispositions.get(record)));
    if (first === undefined || !isNew) return;
    const reasonOf = (record: KafkaRecord) => {
      const disposition = dispositions.get(record);
      return disposition?.kind === 'handedBack' ? disposition.reason : undefined;
    };
    try {
      await progress.advance({
        topic: first.topic,
        partition: first.partition,
        ...settlePartition(history.progress(name), {
          records: ofPartition,
          isSettled: (record) => isSettled(dispositions.get(record)),
          orgId: history.orgId,
          now: now(),
          isPuzzle: (record) => reasonOf(record) === 'puzzle',
          isWaiting: (record) => reasonOf(record) === 'parent',
        }),
        from: history.loaded(name),
        restarts: history.loaded(name) !== undefined && history.progress(name) === undefined,
        counts: countDispositions(ofPartition, dispositions),
      });
    } catch (thrown) {
      const error = asBridgeError(thrown);
      if (error.code === 'SKB_BUG') throw thrown;
      logger.error(`what became of ${name} was not stored`, errorFields(error));
      for (const record of ofPartition) failed.add(record);
    }
  };
  await Promise.all([...history.partitions].map(([name, each]) => advance(name, each)));
  return { failed, unreported };
}

export function isSettled(disposition: Disposition | undefined): boolean {
  return disposition !== undefined && disposition.kind !== 'handedBack';
}

/** While the org is down nothing is learnt about a record, nor from what comes before it. */
function isWorthStoring(disposition: Disposition | undefined): boolean {
  if (disposition?.kind !== 'handedBack') return isSettled(disposition);
  return disposition.reason !== 'org' && disposition.reason !== 'behind';
}

/** How records ended in this delivery; those that an earlier one settled are in no count. */
export function countDispositions(
  records: readonly KafkaRecord[],
  dispositions: ReadonlyMap<KafkaRecord, Disposition>,
): DispositionCounts {
  const counts = { written: 0, filtered: 0, absorbed: 0, deadLettered: 0 };
  for (const record of records) {
    const kind = dispositions.get(record)?.kind;
    if (kind !== undefined && kind !== 'handedBack') counts[kind] += 1;
  }
  return counts;
}

/** @returns how many were missed. */
async function publishReports(
  topics: ReportTopics | undefined,
  reports: readonly RecordReport[],
  logger: Logger,
  budget: TimeBudget,
): Promise<number> {
  if (topics === undefined || reports.length === 0) return 0;
  try {
    const late = () => new BridgeError('SKB_KAFKA_UNAVAILABLE', 'Reports were not taken in time');
    await inTime(topics.publish(reports), budget.remainingMs() - afterReportsMs, late);
    return 0;
  } catch (thrown) {
    const error = asBridgeError(thrown);
    if (error.code === 'SKB_BUG') throw thrown;
    logger.error(`${reports.length} records were not reported: ${error.message}`, errorFields(error));
    return reports.length;
  }
}

function toReports(dispositions: ReadonlyMap<KafkaRecord, Disposition>): RecordReport[] {
  return [...dispositions].flatMap(([record, disposition]): RecordReport[] => {
    if (disposition.kind === 'written') {
      const { id = '', created } = disposition;
      return [{ record, outcome: { kind: 'written', id, created } }];
    }
    if (disposition.kind !== 'deadLettered') return [];
    return [{ record, outcome: { kind: 'rejected', reason: disposition.reason } }];
  });
}
