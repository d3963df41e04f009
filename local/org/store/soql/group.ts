import type { HavingClause } from '@jetstreamapp/soql-parser-js';
import type { FieldDefinition, FieldValue, Row } from '../definitions.ts';
import { ApiError } from '../errors.ts';
import { compileAggregate, isAggregate } from './aggregate.ts';
import { compileCondition } from './conditions.ts';
import { compileExpression, expressionOf, type ParsedFunction } from './expression.ts';
import { computedField } from './functions.ts';
import { groupingsOf } from './groupings.ts';
import { checkSortable, sortKey, sortRows } from './order.ts';
import type { ParsedQuery } from './parse.ts';
import type { ValueSource } from './path.ts';
import { invalidField, malformed, malformedAt } from './query-error.ts';
import { pathIn, type Scope, sourceIn, writtenPath } from './scope.ts';

/** One column of AggregateResult records. */
export interface GroupColumn {
  readonly name: string;
  readonly field: FieldDefinition;
}

export interface GroupedResult {
  readonly columns: readonly GroupColumn[];
  /** The values of the columns, a row per group. */
  readonly records: readonly (readonly FieldValue[])[];
}

interface Group {
  readonly keys: readonly FieldValue[];
  /** The keys it goes by; the others are subtotals, with null for a key. */
  readonly round: ReadonlySet<number>;
  readonly rows: Row[];
}

interface GroupValue {
  readonly field: FieldDefinition;
  read(group: Group): FieldValue;
}

const largestAnswer = 2000;

export function isGrouped(query: ParsedQuery): boolean {
  const overall = (query.fields ?? []).some(
    (item) => item.type === 'FieldFunctionExpression' && isAggregate(item) && item.parameters.length > 0,
  );
  return overall || query.groupBy !== undefined || query.having !== undefined;
}

/** Evaluates a query with aggregates or GROUP BY over the rows that its WHERE let through. */
export function runGrouped(scope: Scope, query: ParsedQuery, rows: Iterable<Row>): GroupedResult {
  const { items, rounds } = groupingsOf(query);
  const grouping = items.map((item) => groupable(scope, sourceIn(scope, item)));
  if (grouping.length === 0 && query.limit !== undefined) {
    throw malformed('Non-grouped query that uses overall aggregate functions cannot also use LIMIT');
  }
  const groupValue = (item: { readonly field?: string; readonly fn?: ParsedFunction }): GroupValue =>
    compileValue(scope, grouping, item);
  const { columns, values } = compileColumns(query, scope, groupValue);
  const having = query.having === undefined ? undefined : compileHaving(query.having, scope, groupValue);
  const keys = [query.orderBy ?? []].flat().map((clause) => sortKey<Group>(clause, groupValue(clause)));
  const kept = rounds.length > 1 ? [...rows] : rows;
  let groups = rounds.flatMap((round) => groupRows(grouping, round, kept));
  if (having !== undefined) groups = groups.filter(having);
  const offset = query.offset ?? 0;
  const end = query.limit === undefined ? undefined : offset + query.limit;
  const chosen = sortRows(groups, keys).slice(offset, end);
  if (chosen.length > largestAnswer) {
    const message = 'Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch';
    throw new ApiError(400, 'EXCEEDED_ID_LIMIT', message);
  }
  return { columns, records: chosen.map((group) => values.map((value) => value.read(group))) };
}

function groupable(scope: Scope, source: ValueSource): ValueSource {
  const { type, length, name } = source.field;
  const ungroupable =
    ['datetime', 'double', 'currency', 'percent', 'address', 'location', 'multipicklist', 'time'].includes(type) ||
    (type === 'textarea' && length > 255);
  if (ungroupable) throw invalidField(scope.query, source.label, `field '${name}' can not be grouped in a query call`);
  return source;
}

function compileColumns(
  query: ParsedQuery,
  scope: Scope,
  groupValue: (item: { readonly field?: string; readonly fn?: ParsedFunction }) => GroupValue,
): { readonly columns: readonly GroupColumn[]; readonly values: readonly GroupValue[] } {
  const columns: GroupColumn[] = [];
  const values: GroupValue[] = [];
  let unnamed = 0;
  for (const item of query.fields ?? []) {
    const written = writtenPath(item);
    let value: GroupValue;
    let name: string;
    if (written !== undefined) {
      value = groupValue({ field: written });
      name = ('alias' in item && item.alias) || value.field.name;
    } else if (item.type === 'FieldFunctionExpression') {
      value = groupValue({ fn: item });
      name = item.alias ?? `expr${unnamed}`;
      if (item.alias === undefined) unnamed += 1;
    } else {
      throw malformed('Grouped queries cannot have nested selects');
    }
    if (columns.some((column) => column.name === name))
      throw malformedAt(scope.query, name, `duplicate alias: ${name}`);
    columns.push({ name, field: value.field });
    values.push(value);
  }
  return { columns, values };
}

/** A grouped field, or an aggregate; anything else has no one value in a group. */
function compileValue(
  scope: Scope,
  grouping: readonly ValueSource[],
  item: { readonly field?: string; readonly fn?: ParsedFunction },
): GroupValue {
  if (item.fn !== undefined && isAggregate(item.fn)) {
    const aggregate = compileAggregate(scope, item.fn);
    return { field: aggregate.field, read: (group) => aggregate.compute(group.rows) };
  }
  const [parameter] = item.fn?.parameters ?? [];
  if (item.fn?.functionName?.toUpperCase() === 'GROUPING' && typeof parameter === 'string') {
    const index = indexIn(grouping, pathIn(scope, parameter));
    const field = computedField(item.fn.rawValue ?? '', 'int');
    return { field, read: (group) => (group.round.has(index) ? 0 : 1) };
  }
  const source = sourceIn(scope, item);
  const index = indexIn(grouping, source);
  if (index < 0) {
    const written = item.field ?? item.fn?.rawValue ?? '';
    throw malformedAt(scope.query, written, `Field must be grouped or aggregated: ${written}`);
  }
  checkSortable(source, scope.query);
  return { field: source.field, read: (group) => group.keys[index] ?? null };
}

function indexIn(grouping: readonly ValueSource[], { label }: ValueSource): number {
  return grouping.findIndex((item) => item.label.toLowerCase() === label.toLowerCase());
}

function compileHaving(
  having: HavingClause,
  scope: Scope,
  groupValue: (item: { readonly field?: string; readonly fn?: ParsedFunction }) => GroupValue,
): (group: Group) => boolean {
  return compileExpression<Group>(expressionOf(having, scope.query), (condition) => {
    const value = groupValue(condition);
    const test = compileCondition(value.field, condition, scope.query, scope.database.clock.now());
    return (group) => test(value.read(group));
  });
}

/** Groups in the order in which their first row comes. Text groups without regard to case, under its first spelling. */
function groupRows(grouping: readonly ValueSource[], round: ReadonlySet<number>, rows: Iterable<Row>): Group[] {
  const groups = new Map<string, Group>();
  if (grouping.length === 0) groups.set('', { keys: [], round, rows: [] });
  for (const row of rows) {
    const keys = grouping.map((source, index) => (round.has(index) ? source.read(row) : null));
    const id = keys.length === 0 ? '' : JSON.stringify(keys).toLowerCase();
    const group = groups.get(id);
    if (group === undefined) groups.set(id, { keys, round, rows: [row] });
    else group.rows.push(row);
  }
  return [...groups.values()];
}
