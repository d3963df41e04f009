import type { Coordinates } from '../kafka/kafka-record.ts';

/** How records ended; every record ends in exactly one of these. */
export interface DispositionCounts {
  readonly written: number;
  readonly filtered: number;
  readonly absorbed: number;
  readonly deadLettered: number;
}

/** How far one sink has settled one partition. */
export interface PartitionProgress {
  /** Everything at or below it is settled. */
  readonly settledOffset: number;
  /** Latest timestamp among the settled records, in milliseconds. */
  readonly watermarkTimestamp: number;
}

export interface PartitionKey {
  readonly topic: string;
  readonly partition: number;
}

export interface PartitionAdvance extends PartitionKey, PartitionProgress {
  /** What the caller loaded before; the table refuses to move from anywhere else. */
  readonly from: PartitionProgress | undefined;
  readonly counts: DispositionCounts;
}

/** Settled offsets and counts of one sink, one item per partition. */
export interface ProgressStore {
  load(partitions: readonly PartitionKey[]): Promise<ReadonlyMap<string, PartitionProgress>>;
  /**
   * Moves one partition forward and adds its counts, in one conditional write.
   *
   * @throws BridgeError SKB_CHECKPOINT_FAILED, also when somebody else moved the partition meanwhile.
   */
  advance(advance: PartitionAdvance): Promise<void>;
}

export function partitionName({ topic, partition }: PartitionKey): string {
  return `${topic}-${partition}`;
}

/**
 * True when an earlier delivery settled this record. A record below the settled offset but newer than everything settled
 * belongs to a topic that was deleted and made again, and must not be skipped.
 */
export function isSettled(
  progress: PartitionProgress | undefined,
  record: Coordinates & { timestamp: number },
): boolean {
  if (progress === undefined) return false;
  return record.offset <= progress.settledOffset && record.timestamp <= progress.watermarkTimestamp;
}
