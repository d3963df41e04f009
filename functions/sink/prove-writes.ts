import type { QueriedRow } from '../../shared/salesforce/answer-shapes.ts';
import type { ObjectDescribe } from '../../shared/salesforce/describe.ts';
import { isJsonObject, scalarText } from '../../shared/salesforce/exact-json.ts';
import { createFieldIndex } from '../../shared/salesforce/field-index.ts';
import { lookUpRows, type Query, withinBudget } from './look-up-rows.ts';
import { rowKey } from './row-identity.ts';
import type { RowWrite } from './row-write.ts';
import type { TimeBudget } from './time-budget.ts';

interface ProveParts {
  readonly query: Query;
  readonly describe: (object: string) => Promise<ObjectDescribe>;
  /** How long a query may take until it counts as unanswered. */
  readonly callTimeoutMs: number;
}

/**
 * Reads back rows whose call was not answered. A write took effect when the row holds what was sent and was changed since;
 * a delete, when the row is gone; an undelete, when it is there. Then no late end of the call is to be feared. A create
 * without a key is found by a unique field, where it has one. Where reading fails, or there is no time for it, nothing is proven:
 * what is in doubt has to be held before the invocation ends.
 */
export function createProveWrites({ query: ask, describe, callTimeoutMs }: ProveParts) {
  return async (writes: readonly RowWrite[], sentAt: number, budget: TimeBudget): Promise<ReadonlySet<RowWrite>> => {
    const query = withinBudget(ask, budget, callTimeoutMs);
    const proven = new Set<RowWrite>();
    try {
      for (const ofObject of Map.groupBy(writes, ({ object }) => object).values()) {
        const description = await describe(ofObject[0]?.object ?? '');
        const find = createFieldIndex(description).find;
        const wanted = new Map(ofObject.flatMap((write) => findable(write, description).map((each) => [each, write])));
        for (const group of Map.groupBy(wanted.keys(), ({ keyField }) => keyField ?? '').values()) {
          const paths = [...new Set(group.flatMap(({ fields }) => pathsOf(fields).map(([path]) => path)))];
          const isCaseSensitive = find(group[0]?.keyField ?? '')?.caseSensitive === true;
          const found = await lookUpRows(query, group, ['SystemModstamp', ...paths], isCaseSensitive);
          for (const each of group) {
            const [row, second] = found.get(each.key ?? '') ?? [];
            const write = wanted.get(each);
            if (write !== undefined && second === undefined && tookEffect(each, row, sentAt)) proven.add(write);
          }
        }
      }
    } catch {
      // The org is in trouble, and nobody knows; the rows are held.
      return proven;
    }
    return proven;
  };
}

/** The write with a key to find its row by; none for a create without a unique value, and for events, which are no rows. */
function findable(write: RowWrite, { name, fields }: ObjectDescribe): RowWrite[] {
  if (write.key !== undefined) return [write];
  if (write.operation !== 'create') return [];
  for (const field of fields) {
    if (!field.unique) continue;
    const key = rowKey(name, field.name, write.fields[field.name], field.caseSensitive);
    if (key !== undefined) return [{ ...write, keyField: field.name, key }];
  }
  return [];
}

function tookEffect(write: RowWrite, row: QueriedRow | undefined, sentAt: number): boolean {
  if (write.operation === 'delete') return row === undefined;
  if (row === undefined) return false;
  // This query finds no row in the recycle bin.
  if (write.operation === 'undelete') return true;
  // Salesforce's stamps are whole seconds; one of the second before cannot be told from this call's.
  if (Date.parse(String(row['SystemModstamp'])) < Math.floor(sentAt / 1000) * 1000) return false;
  // The key found the row, in whatever case it is written there.
  return pathsOf(write.fields).every(([path, sent]) => path === write.keyField || isSame(sent, valueAt(row, path)));
}

/** Field by field, a parent's external ID through its relationship. */
function pathsOf(fields: RowWrite['fields']): [path: string, value: unknown][] {
  return Object.entries(fields).flatMap(([name, value]): [string, unknown][] =>
    isJsonObject(value)
      ? Object.entries(value)
          .filter(([field]) => field !== 'attributes')
          .map(([field, inner]) => [`${name}.${field}`, inner])
      : [[name, value]],
  );
}

function valueAt(row: QueriedRow, path: string): unknown {
  let value: unknown = row;
  for (const part of path.split('.')) value = (value as QueriedRow | null | undefined)?.[part];
  return value;
}

function isSame(sent: unknown, read: unknown): boolean {
  const empty = (value: unknown) => value === null || value === undefined || value === '';
  if (empty(sent) || empty(read)) return empty(sent) && empty(read);
  if (sent === read) return true;
  const [a, b] = [scalarText(sent)?.trim(), scalarText(read)?.trim()];
  if (a === undefined || b === undefined) return false;
  if (a === b) return true;
  // Texts that amount to one number, such as 1e3 and 1000, are two texts.
  if (typeof read === 'number') return Number(a) === read;
  // A moment may be written in several ways; a bare number is none.
  return /^\d{4}-\d\d-\d\d/.test(a) && Date.parse(a) === Date.parse(b);
}
