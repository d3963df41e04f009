import type { Coordinates } from '../kafka/kafka-record.ts';
import type { OffsetRanges } from './offset-ranges.ts';

/** How records ended; every record ends in exactly one of these. */
export interface DispositionCounts {
  readonly written: number;
  readonly filtered: number;
  readonly absorbed: number;
  readonly deadLettered: number;
}

/** How far one sink has settled one partition. */
export interface PartitionProgress {
  /** Everything at or below it is settled; one less than the first offset while nothing is. */
  readonly settledOffset: number;
  /** Latest timestamp among the settled records, in milliseconds. */
  readonly watermarkTimestamp: number;
  /** Highest offset that was delivered: up to it everything is settled but the holes. @default settledOffset */
  readonly deliveredOffset?: number;
  /** Delivered, but not settled; what lies between them above the settled offset is settled. @default none */
  readonly holes?: OffsetRanges;
  /** Offset and timestamp of some settled records, to tell a topic that was deleted and made again. */
  readonly marks?: readonly PartitionMark[];
  /** The org the rows were written to. @default unknown: stored before orgs were */
  readonly orgId?: string;
  /** What stands in the way, while something does. */
  readonly failing?: FailingPosition;
  /** Grows with each write. @default stored before versions were */
  readonly version?: number;
}

export interface PartitionMark {
  readonly offset: number;
  readonly timestamp: number;
}

/** The lowest record that could not be settled, and what is known of those that failed with it. */
export interface FailingPosition {
  readonly offset: number;
  /** When it was first seen failing, in milliseconds since the epoch. */
  readonly since: number;
  /** Our own attempts by offset, of records whose failure nobody understands; others do not count towards poison. */
  readonly attempts: Readonly<Record<string, number>>;
  /** Since when records wait for a parent that Salesforce does not find, by offset, in milliseconds since the epoch. */
  readonly waitingSince?: Readonly<Record<string, number>>;
  /** When their parents were last found missing. @default unknown: stored before this was */
  readonly missedAt?: number;
}

export interface PartitionKey {
  readonly topic: string;
  readonly partition: number;
}

export interface PartitionAdvance extends PartitionKey, PartitionProgress {
  /** What the caller loaded before; the table refuses to move from anywhere else. */
  readonly from: PartitionProgress | undefined;
  readonly counts: DispositionCounts;
  /** True when the topic was made again or the org is another one; only then may the settled offset fall. */
  readonly restarts?: boolean;
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

/** By name, in order. Items come in runs of one partition, and making a name costs more than the rest. */
export function groupByPartition<Item extends PartitionKey>(
  items: readonly Item[],
): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  let run: Item[] = [];
  for (const item of items) {
    const [first] = run;
    if (first === undefined || first.partition !== item.partition || first.topic !== item.topic) {
      const name = partitionName(item);
      run = groups.get(name) ?? [];
      groups.set(name, run);
    }
    run.push(item);
  }
  return groups;
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
