import type { KafkaRecord } from '../../shared/kafka/kafka-record.ts';
import { type PartitionProgress, type ProgressStore, partitionName } from '../../shared/state/partition-progress.ts';
import { continuationOf, wasSettled } from '../../shared/state/settle-partition.ts';
import type { Logger } from '../../shared/telemetry/logger.ts';
import type { RecordHistory } from './write-rows.ts';

/** What the table says of the partitions of a batch. */
export interface BatchHistory extends RecordHistory {
  readonly orgId: string;
  isSettled(record: KafkaRecord): boolean;
  /** What was loaded, to be moved on from. */
  loaded(partition: string): PartitionProgress | undefined;
  /** The part of it that holds for these records; none when the topic was made again or the rows went to another org. */
  progress(partition: string): PartitionProgress | undefined;
}

interface HistoryParts {
  readonly progress: ProgressStore;
  readonly orgId: () => Promise<string>;
  readonly logger: Logger;
}

export async function loadHistory(
  { progress, orgId: askOrgId, logger }: HistoryParts,
  records: readonly KafkaRecord[],
): Promise<BatchHistory> {
  const partitions = Map.groupBy(records, partitionName);
  const [loaded, orgId] = await Promise.all([
    progress.load([...partitions.values()].flatMap(([first]) => first ?? [])),
    askOrgId(),
  ]);
  const valid = new Map<string, PartitionProgress | undefined>();
  for (const [name, ofPartition] of partitions) {
    const continuation = continuationOf(loaded.get(name), ofPartition, orgId);
    if (continuation.kind === 'continues') valid.set(name, continuation.progress);
    else logger.warn(`what was settled of ${name} does not hold any more`, { why: continuation.kind });
  }
  const failingOf = (record: KafkaRecord) => valid.get(partitionName(record))?.failing;
  return {
    orgId,
    isSettled: (record) => wasSettled(valid.get(partitionName(record)), record),
    loaded: (partition) => loaded.get(partition),
    progress: (partition) => valid.get(partition),
    attemptsOf: (record) => failingOf(record)?.attempts[record.offset] ?? 0,
    waitingSince: (record) => failingOf(record)?.waitingSince?.[record.offset],
  };
}
