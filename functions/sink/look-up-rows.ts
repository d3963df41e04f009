import type { QueriedRow } from '../../shared/salesforce/answer-shapes.ts';
import { scalarText } from '../../shared/salesforce/exact-json.ts';
import { soqlLiteral } from '../../shared/salesforce/soql.ts';
import { rowKey } from './row-identity.ts';
import type { RowWrite } from './row-write.ts';
import { mayCall, outOfTime, type TimeBudget } from './time-budget.ts';

export type Query = (soql: string) => Promise<readonly QueriedRow[]>;

/** A query that is begun only if its answer comes before the invocation ends; it throws instead. */
export function withinBudget(query: Query, budget: TimeBudget, callTimeoutMs: number): Query {
  return async (soql) => {
    if (!mayCall(budget, callTimeoutMs)) throw outOfTime();
    return query(soql);
  };
}

const keysPerQuery = 200;
/** A query travels in the URL, of which Salesforce takes 16,384 bytes. */
const charactersPerQuery = 12_000;

/**
 * Reads fields of rows by their keys, 200 at a time. The writes must be of one object and key field.
 *
 * @returns the rows found, by key; several where the key field is not unique.
 */
export async function lookUpRows(
  query: Query,
  writes: readonly RowWrite[],
  fields: readonly string[],
  isCaseSensitive: boolean,
): Promise<ReadonlyMap<string, readonly QueriedRow[]>> {
  const found = new Map<string, QueriedRow[]>();
  const [first] = writes;
  if (first?.keyField === undefined) return found;
  const { object, keyField } = first;
  const selected = [...new Set([keyField, ...fields])].join(', ');
  for (const literals of cutLiterals(writes.map(({ fields: row }) => literalOf(row[keyField])))) {
    const soql = `SELECT ${selected} FROM ${object} WHERE ${keyField} IN (${literals.join(',')})`;
    for (const row of await query(soql)) {
      const key = rowKey(object, keyField, row[keyField], isCaseSensitive) ?? '';
      const same = found.get(key);
      if (same === undefined) found.set(key, [row]);
      else same.push(row);
    }
  }
  return found;
}

/** A number stands bare, a text in quotes. */
function literalOf(value: unknown): string {
  const text = scalarText(value) ?? '';
  return typeof value === 'string' ? soqlLiteral(text) : text;
}

function cutLiterals(literals: readonly string[]): string[][] {
  const parts: string[][] = [];
  let characters = Number.POSITIVE_INFINITY;
  for (const literal of literals) {
    const part = parts.at(-1);
    const length = encodeURIComponent(literal).length + 3;
    if (part === undefined || part.length === keysPerQuery || characters + length > charactersPerQuery) {
      parts.push([literal]);
      characters = length;
    } else {
      part.push(literal);
      characters += length;
    }
  }
  return parts;
}
