import type { OrderByClause } from '@jetstreamapp/soql-parser-js';
import { type FieldDefinition, type FieldValue, isCompound } from '../definitions.ts';
import type { ValueSource } from './path.ts';
import { invalidField } from './query-error.ts';

interface SortKey<T> {
  read(row: T): FieldValue;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
  /** IDs sort as they were handed out; text sorts without regard to case. */
  readonly exact: boolean;
}

/** Sorts in place. Nulls come first unless told otherwise, in descending order too ("ORDER BY", SOQL and SOSL Reference). */
export function sortRows<T>(rows: T[], keys: readonly SortKey<T>[]): T[] {
  return rows.sort((a, b) => {
    for (const key of keys) {
      const order = compare(key.read(a), key.read(b), key);
      if (order !== 0) return order;
    }
    return 0;
  });
}

export function sortKey<T>(
  clause: OrderByClause,
  { field, read }: { readonly field: FieldDefinition; read(row: T): FieldValue },
): SortKey<T> {
  const descending = clause.order === 'DESC';
  const exact = field.type === 'id' || field.type === 'reference';
  return { read, descending, nullsFirst: clause.nulls !== 'LAST', exact };
}

export function checkSortable({ field, label }: ValueSource, query: string): void {
  const long = field.type === 'textarea' && field.length > 255;
  if (!long && !isCompound(field) && field.type !== 'multipicklist') return;
  throw invalidField(query, label, `field '${field.name}' can not be sorted in a query call`);
}

function compare(
  a: FieldValue,
  b: FieldValue,
  { nullsFirst, descending, exact }: Pick<SortKey<unknown>, 'nullsFirst' | 'descending' | 'exact'>,
): number {
  if (a === null || b === null) return a === b ? 0 : (a === null) === nullsFirst ? -1 : 1;
  const left = typeof a === 'string' && !exact ? a.toLowerCase() : a;
  const right = typeof b === 'string' && !exact ? b.toLowerCase() : b;
  const order = left < right ? -1 : left > right ? 1 : 0;
  return descending ? -order : order;
}
