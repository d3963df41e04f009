import { keyField, type MarkedRecord } from './marked-records.ts';

type Row = Readonly<Record<string, unknown>>;

/** How the rows and the dead letters compare with the records that were sent. */
export interface SinkVerdict {
  readonly sent: number;
  /** Good records whose values stand in their row, or were replaced there by a later good record. */
  readonly written: number;
  /** Marks of good records that are neither, and of bad ones without a dead letter. */
  readonly lost: readonly string[];
  /** Keys of rows that hold something else than applying the good records one by one gives. */
  readonly wrong: readonly string[];
  /** Rows beyond the first of their key. */
  readonly doubled: number;
  /** Marks of good records that became dead letters. */
  readonly rejectedGood: readonly string[];
}

/** @param lettered marks of the records that the dead-letter topic holds. */
export function judgeRows(
  records: readonly MarkedRecord[],
  rows: readonly Row[],
  lettered: ReadonlySet<string>,
): SinkVerdict {
  const good = records.filter(({ bad }) => bad === undefined);
  const rowsByKey = Map.groupBy(rows, (row) => String(row[keyField]));
  const expected = new Map<string, Map<string, { value: unknown; mark: string }>>();
  const deleted = new Map<string, string>();
  const parents = new Map<string, { parent: string; mark: string }>();
  for (const { key, fields, mark, deletes, parent } of good) {
    if (deletes === true) {
      expected.delete(key);
      deleted.set(key, mark);
      continue;
    }
    deleted.delete(key);
    if (parent !== undefined) parents.set(key, { parent, mark });
    const row = expected.get(key) ?? new Map<string, { value: unknown; mark: string }>();
    for (const [field, value] of Object.entries(fields)) row.set(field, { value, mark });
    expected.set(key, row);
  }

  const lost = new Set<string>();
  const wrong = new Set<string>();
  for (const [key, fields] of expected) {
    const [row] = rowsByKey.get(key) ?? [];
    for (const [field, { value, mark }] of fields) {
      if (row?.[field] === value) continue;
      wrong.add(key);
      lost.add(mark);
    }
  }
  for (const [key, { parent, mark }] of parents) {
    const [row] = rowsByKey.get(key) ?? [];
    const [parentRow] = rowsByKey.get(parent) ?? [];
    if (row?.['ParentId'] !== undefined && row['ParentId'] === parentRow?.['Id']) continue;
    wrong.add(key);
    lost.add(mark);
  }
  for (const key of rowsByKey.keys()) {
    if (expected.has(key)) continue;
    wrong.add(key);
    const deletion = deleted.get(key);
    if (deletion !== undefined) lost.add(deletion);
  }
  const rejectedGood = good.filter(({ mark }) => lettered.has(mark)).map(({ mark }) => mark);
  for (const { bad, mark } of records) if (bad !== undefined && !lettered.has(mark)) lost.add(mark);
  const lostGood = good.filter(({ mark }) => lost.has(mark)).length;
  return {
    sent: records.length,
    written: good.length - lostGood,
    lost: [...lost],
    wrong: [...wrong],
    doubled: [...rowsByKey.values()].reduce((total, { length }) => total + length - 1, 0),
    rejectedGood,
  };
}
