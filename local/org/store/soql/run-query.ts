import type { Database } from '../database.ts';
import type { ObjectDefinition, Row } from '../definitions.ts';
import { ApiError } from '../errors.ts';
import { compileFilter } from './filter.ts';
import { type GroupedResult, isGrouped, runGrouped } from './group.ts';
import { checkSortable, sortKey, sortRows } from './order.ts';
import { type ParsedQuery, parseSoql } from './parse.ts';
import { malformed, noSuchObject } from './query-error.ts';
import { matchingRows } from './rows.ts';
import { type Scope, sourceIn } from './scope.ts';
import { selectionIn } from './select.ts';
import type { Selection } from './selection.ts';
import { semiJoinMembers } from './semi-join.ts';

export type QueryResult = RowResult | CountResult | ({ readonly kind: 'groups' } & GroupedResult);

export interface RowResult {
  readonly kind: 'rows';
  readonly object: ObjectDefinition;
  readonly selection: Selection;
  /** The rows in order, LIMIT and OFFSET applied. Rows are never changed in place, so paging sees one state. */
  readonly rows: readonly Row[];
}

/** `SELECT COUNT() FROM …`: only the number is wanted. */
export interface CountResult {
  readonly kind: 'count';
  readonly count: number;
}

interface QueryOptions {
  /** `queryAll`: rows in the recycle bin too. */
  readonly includeDeleted: boolean;
}

const largestOffset = 2000;

/** A query whose names are resolved and that has not read a row yet, but for its semi-joins. */
export interface PreparedQuery {
  readonly object: ObjectDefinition;
  /** Undefined for counts and groups. */
  readonly selection: Selection | undefined;
  readonly hasOffset: boolean;
  /** The indexed field that leads to the rows; without one all rows are looked at. */
  readonly indexedField: string | undefined;
  run(): QueryResult;
}

/** Evaluates SOQL over the org's rows. Throws ApiError with Salesforce's text for what it refuses. */
export function runQuery(database: Database, text: string, options: QueryOptions): QueryResult {
  return prepareQuery(database, text, options).run();
}

export function prepareQuery(database: Database, text: string, options: QueryOptions): PreparedQuery {
  const query = parseSoql(text);
  const object = database.schema.find(query.sObject);
  if (object === undefined) throw noSuchObject(text, query.sObject);
  const { includeDeleted } = options;
  const scope: Scope = { database, object, alias: query.sObjectAlias, query: text, includeDeleted };
  if ((query.offset ?? 0) > largestOffset) {
    throw new ApiError(400, 'NUMBER_OUTSIDE_VALID_RANGE', `Maximum SOQL offset allowed is ${largestOffset}`);
  }
  const countOnly = isCountOnly(query);
  const grouped = !countOnly && isGrouped(query);
  // A name that does not exist is found in the SELECT list first.
  const selection = countOnly || grouped ? undefined : selectionIn(scope, query);
  const filter =
    query.where === undefined
      ? undefined
      : compileFilter(query.where, {
          ...scope,
          subSelect: (condition, field) => semiJoinMembers(scope, condition, field, selectionIn),
        });
  const run = (): QueryResult => {
    const matching = matchingRows(scope, filter);
    if (grouped) return { kind: 'groups', ...runGrouped(scope, query, matching) };
    const rows = inOrder(scope, query, matching);
    return selection === undefined ? { kind: 'count', count: rows.length } : { kind: 'rows', object, selection, rows };
  };
  const indexedField = filter?.candidates?.field.name;
  return { object, selection, hasOffset: query.offset !== undefined, indexedField, run };
}

function inOrder(scope: Scope, query: ParsedQuery, matching: Iterable<Row>): readonly Row[] {
  const keys = [query.orderBy ?? []].flat().map((clause) => {
    const source = sourceIn(scope, clause);
    checkSortable(source, scope.query);
    return sortKey<Row>(clause, source);
  });
  const offset = query.offset ?? 0;
  const end = query.limit === undefined ? Number.POSITIVE_INFINITY : offset + query.limit;
  if (keys.length > 0) return sortRows([...matching], keys).slice(offset, end);
  const rows: Row[] = [];
  let position = 0;
  if (end === 0) return rows;
  for (const row of matching) {
    if (position >= offset) rows.push(row);
    position += 1;
    if (position >= end) break;
  }
  return rows;
}

function isCountOnly(query: ParsedQuery): boolean {
  const fields = query.fields ?? [];
  const counts = fields.filter(
    (item) =>
      item.type === 'FieldFunctionExpression' && /^COUNT$/i.test(item.functionName) && item.parameters.length === 0,
  );
  if (counts.length === 0) return false;
  // COUNT() stands alone ("COUNT()", SOQL and SOSL Reference).
  if (fields.length > 1) throw malformed("unexpected token: ','");
  if (query.groupBy !== undefined) throw malformed('Grouped query cannot use overall count()');
  return true;
}
