import { stringify } from 'csv-stringify/sync';
import type { RowError } from './collections.ts';
import { isJsonObject } from './exact-json.ts';

type Row = Readonly<Record<string, unknown>>;

/** What CSV writes for null; an empty cell leaves the field alone. */
const nullCell = '#N/A';

// https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/bulk_common_limits.htm
const mostCharactersOfField = 131_072;
const mostCharactersOfRow = 400_000;

/** Whether a row means the same in CSV; one that has the very text of a null does not, and some are too large. */
export function fitsCsv(row: Row): boolean {
  let characters = 0;
  for (const [, value] of valuesOf(row)) {
    const { length } = textOf(value);
    characters += length;
    if (value === nullCell || length > mostCharactersOfField) return false;
  }
  return characters <= mostCharactersOfRow;
}

/** Rows as the data of an ingest job: parents as columns of their own, `Account.ErpKey__c` or `User:Owner.Key__c`. */
export function toCsv(rows: readonly Row[]): string {
  const columns = new Map<string, number>();
  const cellsByRow = rows.map((row) => cellsOf(row));
  for (const cells of cellsByRow) {
    for (const [name] of cells) if (!columns.has(name)) columns.set(name, columns.size);
  }
  const lines = cellsByRow.map((cells) => {
    const line = new Array<string>(columns.size).fill('');
    for (const [name, text] of cells) line[columns.get(name) ?? 0] = text;
    return line;
  });
  return stringify([[...columns.keys()], ...lines], { quoted: true, quoted_empty: false, record_delimiter: '\n' });
}

function cellsOf(row: Row): [string, string][] {
  return valuesOf(row).map(([column, value]) => [column, textOf(value)]);
}

/** By column. */
function valuesOf(row: Row): [string, unknown][] {
  return Object.entries(row).flatMap(([name, value]): [string, unknown][] => {
    if (name === 'attributes' || value === undefined) return [];
    if (!isJsonObject(value)) return [[name, value]];
    const type = (value['attributes'] as { readonly type?: unknown } | undefined)?.type;
    return Object.entries(value)
      .filter(([key]) => key !== 'attributes')
      .map(([key, inner]) => [`${typeof type === 'string' ? `${type}:` : ''}${name}.${key}`, inner]);
  });
}

function textOf(value: unknown): string {
  if (value === null) return nullCell;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * Reads `sf__Error`: `CODE:message:Field1,Field2 --`, or `CODE:message:--` where no field is to blame. Messages have colons
 * of their own.
 */
export function parseRowError(text: string): RowError {
  const body = text.replace(/\s*--\s*$/, '');
  const first = body.indexOf(':');
  const last = body.lastIndexOf(':');
  if (first === -1) return { statusCode: 'UNKNOWN_EXCEPTION', message: text, fields: [] };
  const fields = last === first ? '' : body.slice(last + 1);
  return {
    statusCode: body.slice(0, first).trim(),
    message: body.slice(first + 1, last === first ? undefined : last).trim(),
    fields: fields.split(/[, ]+/).filter((field) => field !== ''),
  };
}
