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
  /** Changes that events brought although a gap record counts them among those that may be missing. */
  readonly namedWrongly: readonly string[];
  /** Records beyond the first of their change, of a row in a re-read, or of a gap. */
  readonly duplicated: number;
  /** Records of an older version of a row after a newer one. A repeat of what was there in order is a duplicate only. */
  readonly reordered: number;
  /** Records that tell of no change, such as ones that nobody made. */
  readonly unknown: number;
  /** Records that show another value of the field that comes and goes than their change gave it. */
  readonly wrongValues: number;
  /** The types in which the topic showed that field. */
  readonly driftingAs: ReadonlySet<string>;
  readonly gaps: readonly Gap[];
}

type Gap = Extract<Told, { kind: 'gap' }>;
export type CaptureKind = 'changeDataCapture' | 'pushTopic';

/** A change's time is taken when the org has answered, a little after its commit. */
const answerMs = 1_000;
/** What a killed poller had published and not yet committed; it counts as uncertain, so a hole may begin so much earlier. */
const uncommittedMs = 3_000;

/** Records in offset order within each partition. */
export function judgeRecords(marks: Marks, records: readonly PublishedRecord[], capture: CaptureKind): Verdict {
  const found = new Set<string>();
  const byEvent = new Set<string>();
  const rereads = new Set<string>();
  const newest = new Map<string, number>();
  const driftingAs = new Set<string>();
  const gaps: Gap[] = [];
  let duplicated = 0;
  let reordered = 0;
  let unknown = 0;
  let wrongValues = 0;
  for (const record of records) {
    const told = readRecord(record);
    if (told.kind === 'gap') {
      if (gaps.some(({ identity }) => identity === told.identity)) duplicated += 1;
      gaps.push(told);
      continue;
    }
    const change = told.kind === 'change' ? marks.get(told.mark) : undefined;
    if (told.kind === 'nothing' || change === undefined) {
      unknown += 1;
      continue;
    }
    if (told.drifting !== undefined) driftingAs.add(typeof told.drifting);
    if (told.drifting !== undefined && told.drifting !== change.drifting) wrongValues += 1;
    if (told.reread === undefined ? found.has(told.mark) : rereads.has(told.reread)) {
      duplicated += 1;
      continue;
    }
    found.add(told.mark);
    if (told.reread === undefined) byEvent.add(told.mark);
    else rereads.add(told.reread);
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
      return change.at >= from && change.at <= to + answerMs && (replaced || !reread);
    });
    const isUntold =
      change.withoutEvent === 'anywhere' || (change.withoutEvent === 'changeEvents' && capture === 'changeDataCapture');
    if (isNamed || (isUntold && replaced)) named.push(change);
    else lost.push(mark);
  }
  const namedWrongly = [...byEvent].filter((mark) => {
    const { at = 0 } = marks.get(mark) ?? {};
    return gaps.some(({ from, to }) => at >= from + uncommittedMs && at <= to - answerMs);
  });
  const counts = { sent: marks.size, published: found.size, duplicated, reordered, unknown, wrongValues };
  return { ...counts, lost, named, namedWrongly, driftingAs, gaps };
}
