import type { Coordinates } from '../kafka/kafka-record.ts';
import { hasOffset, joinRanges, type OffsetRange, type OffsetRanges, rangesOutside } from './offset-ranges.ts';
import type { FailingPosition, PartitionMark, PartitionProgress } from './partition-progress.ts';

export type StampedRecord = Pick<Coordinates, 'offset'> & { readonly timestamp: number };

/** How a batch of one partition stands to what was settled before. */
export type Continuation =
  | { readonly kind: 'continues'; readonly progress: PartitionProgress | undefined }
  /** The topic was deleted and made again: its offsets mean other records. */
  | { readonly kind: 'recreated' }
  /** The rows were written to another org than the present one. */
  | { readonly kind: 'otherOrg'; readonly orgId: string };

/** Whether what the table says of a partition holds for these records of it; where it does not, nothing is skipped. */
export function continuationOf(
  progress: PartitionProgress | undefined,
  records: readonly StampedRecord[],
  orgId: string,
): Continuation {
  if (progress === undefined) return { kind: 'continues', progress };
  if (progress.orgId !== undefined && progress.orgId !== orgId) return { kind: 'otherOrg', orgId: progress.orgId };
  const timestamps = new Map((progress.marks ?? []).map((mark) => [mark.offset, mark.timestamp]));
  const firstSettled = progress.marks?.[0]?.offset ?? Number.NEGATIVE_INFINITY;
  const recreated = records.some(({ offset, timestamp }) => {
    const marked = timestamps.get(offset);
    if (marked !== undefined) return marked !== timestamp;
    // Nothing settled is newer than the watermark, and nothing was settled below the first mark.
    return wasSettled(progress, { offset }) && (timestamp > progress.watermarkTimestamp || offset < firstSettled);
  });
  return recreated ? { kind: 'recreated' } : { kind: 'continues', progress };
}

/** Whether an earlier delivery settled this record; ask {@link continuationOf} before. */
export function wasSettled(progress: PartitionProgress | undefined, { offset }: { readonly offset: number }): boolean {
  if (progress === undefined || offset > (progress.deliveredOffset ?? progress.settledOffset)) return false;
  return !hasOffset(progress.holes ?? [], offset);
}

export interface Settlement<Item extends StampedRecord> {
  /** All records of the batch in this partition, whether settled earlier, now or not. */
  readonly records: readonly Item[];
  readonly isSettled: (record: Item) => boolean;
  readonly orgId: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Whether a record failed for a reason nobody understands, so that the attempt counts. @default none did */
  readonly isPuzzle?: (record: Item) => boolean;
  /** Whether a record waits for a parent that Salesforce does not find. @default none does */
  readonly isWaiting?: (record: Item) => boolean;
}

/**
 * Where a partition stands after a batch of it. Pass no `from` when the batch does not continue what was settled.
 *
 * Kafka delivers a partition in order, so up to the highest offset delivered everything is settled but the holes; offsets
 * that no batch held (transaction markers, compacted records) are not missing.
 */
export function settlePartition<Item extends StampedRecord>(
  from: PartitionProgress | undefined,
  settlement: Settlement<Item>,
): PartitionProgress {
  const records = [...settlement.records].sort((a, b) => a.offset - b.offset);
  const first = records[0]?.offset;
  const last = records.at(-1)?.offset;
  if (first === undefined || last === undefined) throw new RangeError('a batch has at least one record');
  const isSettled = (record: Item) => wasSettled(from, record) || settlement.isSettled(record);
  const settled = records.filter(isSettled);
  // What lies inside the batch's span was delivered again or is gone from the topic; what lies outside stays open.
  const deliveredBefore = from?.deliveredOffset ?? from?.settledOffset ?? first - 1;
  const open = records.filter((record) => !isSettled(record)).map(({ offset }): OffsetRange => [offset, offset]);
  const holes = bounded(joinRanges(rangesOutside(from?.holes ?? [], [first, last]), open));
  const deliveredOffset = Math.max(last, deliveredBefore);
  const lowestHole = holes[0]?.[0];
  const newest = settled.reduce((latest, { timestamp }) => Math.max(latest, timestamp), 0);
  return {
    settledOffset: lowestHole === undefined ? deliveredOffset : lowestHole - 1,
    watermarkTimestamp: Math.max(newest, from?.watermarkTimestamp ?? 0),
    marks: marksOf(from?.marks ?? [], settled),
    orgId: settlement.orgId,
    ...(lowestHole === undefined
      ? {}
      : { deliveredOffset, holes, failing: failingOf(from?.failing, holes, [first, last], records, settlement) }),
  };
}

/** More than two batches of 10,000 records can leave; above it the highest become one hole, which at worst repeats rows. */
const mostHoles = 10_000;

function bounded(holes: OffsetRanges): OffsetRanges {
  const [from, to] = [holes[mostHoles - 1], holes.at(-1)];
  if (from === undefined || to === undefined || holes.length <= mostHoles) return holes;
  return [...holes.slice(0, mostHoles - 1), [from[0], to[1]]];
}

const mostMarks = 16;

/** The first record ever settled, the latest, and some between, fewer the older they are. */
function marksOf(before: readonly PartitionMark[], settled: readonly StampedRecord[]): readonly PartitionMark[] {
  const byOffset = new Map(before.map((mark) => [mark.offset, mark]));
  for (const record of [settled[0], settled.at(-1)]) {
    if (record !== undefined) byOffset.set(record.offset, { offset: record.offset, timestamp: record.timestamp });
  }
  const marks = [...byOffset.values()].sort((a, b) => a.offset - b.offset);
  while (marks.length > mostMarks) marks.splice(leastUseful(marks), 1);
  return marks;
}

/** Which mark to give up, the ends aside: the one that leaves the smallest hole for its age. */
function leastUseful(marks: readonly PartitionMark[]): number {
  const latest = marks.at(-1)?.offset ?? 0;
  let chosen = 1;
  let smallest = Number.POSITIVE_INFINITY;
  for (let index = 1; index < marks.length - 1; index += 1) {
    const hole = (marks[index + 1]?.offset ?? 0) - (marks[index - 1]?.offset ?? 0);
    const share = hole / (latest - (marks[index]?.offset ?? 0) + 1);
    if (share < smallest) {
      smallest = share;
      chosen = index;
    }
  }
  return chosen;
}

function failingOf<Item extends StampedRecord>(
  before: FailingPosition | undefined,
  holes: OffsetRanges,
  span: OffsetRange,
  records: readonly Item[],
  { now, isPuzzle, isWaiting }: Settlement<Item>,
): FailingPosition {
  const offset = holes[0]?.[0] ?? span[0];
  const attempts: Record<string, number> = {};
  for (const [key, count] of Object.entries(before?.attempts ?? {})) {
    if (hasOffset(holes, Number(key))) attempts[key] = count;
  }
  for (const record of records) {
    if (!hasOffset(holes, record.offset) || isPuzzle?.(record) !== true) continue;
    attempts[record.offset] = (attempts[record.offset] ?? 0) + 1;
  }
  const waitingSince: Record<string, number> = {};
  for (const record of records) {
    if (!hasOffset(holes, record.offset) || isWaiting?.(record) !== true) continue;
    waitingSince[record.offset] = before?.waitingSince?.[record.offset] ?? now;
  }
  return {
    offset,
    since: before?.offset === offset ? before.since : now,
    attempts,
    ...(Object.keys(waitingSince).length === 0 ? {} : { waitingSince, missedAt: now }),
  };
}
