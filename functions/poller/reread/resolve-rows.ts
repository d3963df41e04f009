import { createHash } from 'node:crypto';
import type { Source } from '../../../shared/bridge/bridge.ts';
import { textDiffFields } from '../../../shared/salesforce/compound-fields.ts';
import type { ReadRow } from '../../../shared/salesforce/read-rows.ts';
import type { ChangedRow } from '../../../shared/salesforce/row-record.ts';

// What an event does not say although its record is to: a long text that came as a difference, and, where a source wants
// full rows, the fields that did not change. Both are read from the org before the record is made.

/** Rows that were read, by Id. What was read for one event serves the next one of the same row, if it contains it. */
export interface RowCache {
  find(object: string, id: string): ReadRow | undefined;
  keep(object: string, rows: readonly ReadRow[]): void;
}

const CACHED_ROWS = 5000;

export function createRowCache(): RowCache {
  const rows = new Map<string, ReadRow>();
  const keyOf = (object: string, id: string) => `${object} ${id}`;
  return {
    find: (object, id) => rows.get(keyOf(object, id)),
    keep(object, read) {
      for (const row of read) {
        rows.delete(keyOf(object, row.id));
        rows.set(keyOf(object, row.id), row);
      }
      for (const oldest of rows.keys()) {
        if (rows.size <= CACHED_ROWS) break;
        rows.delete(oldest);
      }
    },
  };
}

/** True when this row of this source needs a look at the org. */
export function needsRead(row: ChangedRow, source: Pick<Source, 'fullRow' | 'format'>): boolean {
  if (row.id === undefined || row.type === 'deleted' || source.format === 'raw') return false;
  return (source.fullRow && row.type === 'updated') || textDiffFields(row.fields).length > 0;
}

/** True when a row that was read shows the change for certain; else it has to be read again. */
export function contains(read: ReadRow | undefined, row: ChangedRow): read is ReadRow {
  return read !== undefined && row.committedAt < read.stamp;
}

/**
 * The row as its record is to show it.
 *
 * @param read as it stands in the org now; undefined when it is gone.
 * @param hashesAreProven true when a difference's hash was seen to be that of the text, so that another one tells that the
 *   text was changed again since, and that change brings its own text.
 */
export function resolveRow(
  row: ChangedRow,
  source: Pick<Source, 'fullRow'>,
  read: ReadRow | undefined,
  hashesAreProven: boolean,
): ChangedRow {
  const diffs = textDiffFields(row.fields);
  if (read === undefined || read.deleted) return without(row, diffs);
  if (source.fullRow && row.type === 'updated') {
    const own = contains(read, row) ? {} : without(row, diffs).fields;
    return { ...row, fields: { ...read.fields, ...own }, complete: true, headers: withDiffs(row, []) };
  }
  const open: string[] = [];
  const texts: Record<string, unknown> = {};
  for (const field of diffs) {
    const isOther = contains(read, row) && hashesAreProven && !hasHash(row.fields[field], read.fields[field]);
    if (isOther || !(field in read.fields)) open.push(field);
    else texts[field] = read.fields[field];
  }
  const { fields } = without(row, open);
  return { ...row, fields: { ...fields, ...texts }, headers: withDiffs(row, open) };
}

/** True when a difference's second line carries the SHA-256 of this text. */
export function hasHash(difference: unknown, text: unknown): boolean {
  if (typeof text !== 'string') return false;
  const [, hash] = /^\+\+\+ ([0-9a-f]{64})\s*$/m.exec(String((difference as { diff?: unknown }).diff)) ?? [];
  return hash === createHash('sha256').update(text).digest('hex');
}

/** A difference is no value to write anywhere, so a field that stays one is left out: absent means unchanged. */
function without(row: ChangedRow, fields: readonly string[]): ChangedRow {
  const kept = Object.entries(row.fields).filter(([name]) => !fields.includes(name));
  return { ...row, fields: Object.fromEntries(kept), headers: withDiffs(row, fields) };
}

function withDiffs(row: ChangedRow, unresolved: readonly string[]): ChangedRow['headers'] {
  return { ...row.headers, 'salesforce.diff.fields': unresolved.join(',') };
}
