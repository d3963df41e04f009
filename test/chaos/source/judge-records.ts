import type { ReadRecord } from '../../../local/dev/topic-reader.ts';
import { type Marks, markOf } from './marked-changes.ts';

/** How the records of one topic compare with the changes they should tell of. */
export interface Verdict {
  readonly sent: number;
  /** Changes that were found at least once. */
  readonly published: number;
  readonly lost: readonly string[];
  /** Records beyond the first of their change. */
  readonly duplicated: number;
  /** Records of an older version of a row after a newer one. A repeat of what was there in order is a duplicate only. */
  readonly reordered: number;
  /** Records that tell of no change, such as ones that nobody made. */
  readonly unknown: number;
}

/** Records in offset order within each partition. */
export function judgeRecords(marks: Marks, records: readonly Pick<ReadRecord, 'value'>[]): Verdict {
  const found = new Set<string>();
  const newest = new Map<string, number>();
  let duplicated = 0;
  let reordered = 0;
  let unknown = 0;
  for (const record of records) {
    const mark = markOf(record.value);
    const change = mark === undefined ? undefined : marks.get(mark);
    if (mark === undefined || change === undefined) {
      unknown += 1;
      continue;
    }
    if (found.has(mark)) {
      duplicated += 1;
      continue;
    }
    found.add(mark);
    const before = newest.get(change.rowId) ?? 0;
    if (change.version < before) reordered += 1;
    newest.set(change.rowId, Math.max(before, change.version));
  }
  const lost = [...marks.keys()].filter((mark) => !found.has(mark));
  return { sent: marks.size, published: found.size, lost, duplicated, reordered, unknown };
}
