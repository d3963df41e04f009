import type { MarkedChange, Marks } from './marked-changes.ts';
import { type PublishedRecord, readRecord, type Told } from './read-record.ts';

/** How the records of one topic compare with the changes they should tell of. */
export interface Verdict {
  readonly sent: number;
  /** Changes that were found at least once. */
  readonly published: number;
  /** Changes that are neither published nor named as missing. */
  readonly lost: readonly string[];
  /** Missing changes that a gap record names, or that no event told of and a newer version of their row replaced. */
  readonly named: readonly MarkedChange[];
  /** Records beyond the first of their change, but for rows that were read again. */
  readonly duplicated: number;
  /** Records of an older version of a row after a newer one. A repeat of what was there in order is a duplicate only. */
  readonly reordered: number;
  /** Records that tell of no change, such as ones that nobody made. */
  readonly unknown: number;
  readonly gaps: readonly Gap[];
}

type Gap = Extract<Told, { kind: 'gap' }>;

/** Clocks and seconds that were cut off; a change this close to a gap counts as inside. */
const toleranceMs = 2_000;

/** Records in offset order within each partition. */
export function judgeRecords(marks: Marks, records: readonly PublishedRecord[]): Verdict {
  const found = new Set<string>();
  const newest = new Map<string, number>();
  const gaps: Gap[] = [];
  let duplicated = 0;
  let reordered = 0;
  let unknown = 0;
  for (const record of records) {
    const told = readRecord(record);
    if (told.kind === 'gap') {
      gaps.push(told);
      continue;
    }
    const change = told.kind === 'change' ? marks.get(told.mark) : undefined;
    if (told.kind === 'nothing' || change === undefined) {
      unknown += 1;
      continue;
    }
    if (found.has(told.mark) && !told.reread) {
      duplicated += 1;
      continue;
    }
    found.add(told.mark);
    const before = newest.get(change.rowId) ?? 0;
    if (change.version < before) reordered += 1;
    newest.set(change.rowId, Math.max(before, change.version));
  }

  const lost: string[] = [];
  const named: MarkedChange[] = [];
  for (const [mark, change] of marks) {
    if (found.has(mark)) continue;
    const replaced = (newest.get(change.rowId) ?? 0) > change.version;
    const isNamed = gaps.some(({ from, to, reread }) => {
      return change.at >= from - toleranceMs && change.at <= to + toleranceMs && (replaced || !reread);
    });
    if (isNamed || (change.withoutEvent === true && replaced)) named.push(change);
    else lost.push(mark);
  }
  return { sent: marks.size, published: found.size, lost, named, duplicated, reordered, unknown, gaps };
}
