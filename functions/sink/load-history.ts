import type { Sink } from '../../shared/bridge/bridge.ts';
import type { KafkaRecord } from '../../shared/kafka/kafka-record.ts';
import { resumeWaits } from '../../shared/state/parent-wait.ts';
import {
  groupByPartition,
  type PartitionProgress,
  type ProgressStore,
  partitionName,
} from '../../shared/state/partition-progress.ts';
import { continuationOf, wasSettled } from '../../shared/state/settle-partition.ts';
import type { Logger } from '../../shared/telemetry/logger.ts';
import type { RecordHistory } from './write-rows.ts';

/** What the table says of the partitions of a batch. */
export interface BatchHistory extends RecordHistory {
  readonly orgId: string;
  /** The batch's records by partition name, in order. */
  readonly partitions: ReadonlyMap<string, readonly KafkaRecord[]>;
  isSettled(record: KafkaRecord): boolean;
  /** What was loaded, to be moved on from. */
  loaded(partition: string): PartitionProgress | undefined;
  /** The part of it that holds for these records; none when the topic was made again or the rows went to another org. */
  progress(partition: string): PartitionProgress | undefined;
}

interface HistoryParts {
  readonly sink: Pick<Sink, 'parentWaitSeconds'>;
  readonly progress: ProgressStore;
  readonly orgId: () => Promise<string>;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export async function loadHistory(
  { sink, progress, orgId: askOrgId, logger, now }: HistoryParts,
  records: readonly KafkaRecord[],
): Promise<BatchHistory> {
  const partitions = groupByPartition(records);
  const [loaded, orgId] = await Promise.all([
    progress.load([...partitions.values()].flatMap(([first]) => first ?? [])),
    askOrgId(),
  ]);
  const valid = new Map<string, PartitionProgress | undefined>();
  const settled = new Set<KafkaRecord>();
  for (const [name, ofPartition] of partitions) {
    const continuation = continuationOf(loaded.get(name), ofPartition, orgId);
    if (continuation.kind !== 'continues') {
      logger.warn(`what was settled of ${name} does not hold any more`, { why: continuation.kind });
      continue;
    }
    const { progress: known } = continuation;
    valid.set(
      name,
      known?.failing === undefined
        ? known
        : { ...known, failing: resumeWaits(known.failing, now(), sink.parentWaitSeconds * 1000) },
    );
    for (const record of ofPartition) if (wasSettled(known, record)) settled.add(record);
  }
  const failingOf = (record: KafkaRecord) => valid.get(partitionName(record))?.failing;
  return {
    orgId,
    partitions,
    isSettled: (record) => settled.has(record),
    loaded: (partition) => loaded.get(partition),
    progress: (partition) => valid.get(partition),
    attemptsOf: (record) => failingOf(record)?.attempts[record.offset] ?? 0,
    waitingSince: (record) => failingOf(record)?.waitingSince?.[record.offset],
  };
}
