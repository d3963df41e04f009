import { decodeRanges, encodeRanges } from './offset-ranges.ts';
import type { FailingPosition, PartitionMark, PartitionProgress } from './partition-progress.ts';

// The attributes of a partition's item. Ranges are text, since there may be thousands and an item holds 400 KB.

interface ProgressItem {
  readonly settledOffset: number;
  readonly watermarkTimestamp: number;
  readonly deliveredOffset?: number;
  readonly holes?: string;
  /** Offsets and timestamps in turn. */
  readonly marks?: readonly number[];
  readonly orgId?: string;
  readonly failing?: FailingPosition;
  readonly version?: number;
}

/** What an item may hold besides the settled offset and the watermark; absent ones are removed by a write. */
export const optionalAttributes = ['deliveredOffset', 'holes', 'marks', 'orgId', 'failing'] as const;

export function toItem(progress: PartitionProgress): ProgressItem {
  const { holes, marks, failing, settledOffset, watermarkTimestamp, deliveredOffset, orgId } = progress;
  return {
    settledOffset,
    watermarkTimestamp,
    ...(deliveredOffset === undefined ? {} : { deliveredOffset }),
    ...(holes === undefined || holes.length === 0 ? {} : { holes: encodeRanges(holes) }),
    ...(marks === undefined ? {} : { marks: marks.flatMap(({ offset, timestamp }) => [offset, timestamp]) }),
    ...(orgId === undefined ? {} : { orgId }),
    ...(failing === undefined ? {} : { failing }),
  };
}

/** Items from before holes, marks and orgs were stored have none of them. */
export function fromItem(item: Readonly<Record<string, unknown>>): PartitionProgress {
  const { holes, marks, failing, ...stored } = item as unknown as ProgressItem;
  return {
    settledOffset: stored.settledOffset,
    watermarkTimestamp: stored.watermarkTimestamp,
    ...(stored.deliveredOffset === undefined ? {} : { deliveredOffset: stored.deliveredOffset }),
    ...(holes === undefined ? {} : { holes: decodeRanges(holes) }),
    ...(marks === undefined ? {} : { marks: toMarks(marks) }),
    ...(stored.orgId === undefined ? {} : { orgId: stored.orgId }),
    ...(failing === undefined ? {} : { failing }),
    ...(stored.version === undefined ? {} : { version: stored.version }),
  };
}

function toMarks(numbers: readonly number[]): PartitionMark[] {
  const marks: PartitionMark[] = [];
  for (let at = 0; at + 1 < numbers.length; at += 2) {
    marks.push({ offset: numbers[at] as number, timestamp: numbers[at + 1] as number });
  }
  return marks;
}
