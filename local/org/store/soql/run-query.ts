import type { OrderByClause } from '@jetstreamapp/soql-parser-js';
import type { Database } from '../database.ts';
import type { FieldValue, ObjectDefinition, Row } from '../definitions.ts';
import { compileFilter, type Filter } from './filter.ts';
import { type ParsedCondition, parseSoql } from './parse.ts';
import { resolvePath } from './path.ts';
import { malformed, noSuchObject } from './query-error.ts';
import { compileSelection, type Selection } from './select.ts';

export interface QueryResult {
  readonly object: ObjectDefinition;
  readonly selection: Selection;
  /** The rows in order, LIMIT and OFFSET applied. Rows are never changed in place, so paging sees one state. */
  readonly rows: readonly Row[];
}

interface QueryOptions {
  /** `queryAll`: rows in the recycle bin too. */
  readonly includeDeleted: boolean;
}

/** Evaluates SOQL over the org's rows. Throws ApiError with Salesforce's text for what it refuses. */
export function runQuery(database: Database, text: string, options: QueryOptions): QueryResult {
  const query = parseSoql(text);
  const object = database.schema.find(query.sObject);
  if (object === undefined) throw noSuchObject(text, query.sObject);
  if (query.groupBy !== undefined || query.having !== undefined) throw malformed("unexpected token: 'GROUP'");
  const selection = compileSelection(database, object, query, text);
  const filter =
    query.where === undefined
      ? undefined
      : compileFilter(query.where, {
          database,
          object,
          alias: query.sObjectAlias,
          query: text,
          subSelect: (condition) => runSubSelect(database, condition, options),
        });
  const rows = [...matchingRows(database, object, filter, options)];
  const order = query.orderBy === undefined ? [] : [query.orderBy].flat();
  if (order.length > 0) sortRows(database, object, rows, order, text);
  const offset = query.offset ?? 0;
  if (offset > 2000) throw malformed('Maximum SOQL offset allowed is 2000');
  const end = query.limit === undefined ? undefined : offset + query.limit;
  return { object, selection, rows: offset === 0 && end === undefined ? rows : rows.slice(offset, end) };
}

function* matchingRows(
  database: Database,
  object: ObjectDefinition,
  filter: Filter | undefined,
  options: QueryOptions,
): Generator<Row> {
  for (const row of candidateRows(database, object, filter, options)) {
    if (!options.includeDeleted && row['IsDeleted'] === true) continue;
    if (filter === undefined || filter.matches(row)) yield row;
  }
}

/** Index entries leave out deleted rows, so `queryAll` looks at every row unless it asks by Id. */
function* candidateRows(
  database: Database,
  object: ObjectDefinition,
  filter: Filter | undefined,
  options: QueryOptions,
): Generator<Row> {
  const table = database.table(object);
  const candidates = filter?.candidates;
  if (candidates === undefined || (options.includeDeleted && candidates.field.type !== 'id')) {
    yield* table.all();
    return;
  }
  const { field, values } = candidates;
  const ids = values.flatMap((value) => (field.type === 'id' ? [String(value)] : table.idsWith(field, value)));
  const rows = new Set(ids.map((id) => database.row(object, id)));
  for (const row of rows) if (row !== undefined) yield row;
}

function runSubSelect(database: Database, condition: ParsedCondition, options: QueryOptions): readonly FieldValue[] {
  const inner = condition.valueQuery;
  const object = inner?.sObject === undefined ? undefined : database.schema.find(inner.sObject);
  if (inner === undefined || object === undefined) throw noSuchObject('', inner?.sObject ?? '');
  const { paths } = compileSelection(database, object, inner, '');
  const path = paths[0];
  if (path === undefined || paths.length !== 1) throw malformed("unexpected token: ','");
  const filter =
    inner.where === undefined
      ? undefined
      : compileFilter(inner.where, { database, object, alias: inner.sObjectAlias, query: '', subSelect: () => [] });
  return [...matchingRows(database, object, filter, options)].map((row) => path.read(row));
}

function sortRows(
  database: Database,
  object: ObjectDefinition,
  rows: Row[],
  order: readonly OrderByClause[],
  text: string,
): void {
  const keys = order.map((clause) => {
    if (!('field' in clause)) throw malformed("unexpected token: '('");
    const path = resolvePath(database, object, clause.field.split('.'), text);
    const descending = clause.order === 'DESC';
    const nullsFirst = clause.nulls === undefined ? !descending : clause.nulls === 'FIRST';
    return { path, descending, nullsFirst };
  });
  rows.sort((a, b) => {
    for (const { path, descending, nullsFirst } of keys) {
      const order = compare(path.read(a), path.read(b), nullsFirst, descending);
      if (order !== 0) return order;
    }
    return 0;
  });
}

function compare(a: FieldValue, b: FieldValue, nullsFirst: boolean, descending: boolean): number {
  if (a === null || b === null) return a === b ? 0 : (a === null) === nullsFirst ? -1 : 1;
  const left = typeof a === 'string' ? a.toLowerCase() : a;
  const right = typeof b === 'string' ? b.toLowerCase() : b;
  const order = left < right ? -1 : left > right ? 1 : 0;
  return descending ? -order : order;
}
