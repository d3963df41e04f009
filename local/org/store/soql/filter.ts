import type { WhereClause } from '@jetstreamapp/soql-parser-js';
import type { Database } from '../database.ts';
import type { FieldDefinition, FieldValue, ObjectDefinition, Row } from '../definitions.ts';
import { compileCondition } from './conditions.ts';
import { type Expression, expressionOf, type ParsedCondition } from './parse.ts';
import { resolvePath } from './path.ts';
import { malformed } from './query-error.ts';

export interface Filter {
  matches(row: Row): boolean;
  /** Fields of the object itself that the conditions name. */
  readonly fields: ReadonlySet<string>;
  /** When the filter can only match rows with one of these values in an indexed field: where to look instead of everywhere. */
  readonly candidates: { readonly field: FieldDefinition; readonly values: readonly FieldValue[] } | undefined;
}

export interface FilterInput {
  readonly database: Database;
  readonly object: ObjectDefinition;
  readonly alias?: string | undefined;
  readonly query: string;
  /** Runs a sub-select of IN and gives its values. */
  readonly subSelect: (condition: ParsedCondition) => readonly FieldValue[];
}

export function compileFilter(where: WhereClause, input: FilterInput): Filter {
  const fields = new Set<string>();
  const tree = expressionOf(where);
  const matches = compileExpression(tree, input, fields);
  return { matches, fields, candidates: findCandidates(tree, input) };
}

function compileExpression(tree: Expression, input: FilterInput, fields: Set<string>): (row: Row) => boolean {
  if (tree.kind === 'not') {
    const inner = compileExpression(tree.inner, input, fields);
    return (row) => !inner(row);
  }
  if (tree.kind !== 'condition') {
    const left = compileExpression(tree.left, input, fields);
    const right = compileExpression(tree.right, input, fields);
    return tree.kind === 'and' ? (row) => left(row) && right(row) : (row) => left(row) || right(row);
  }
  const { condition } = tree;
  const path = pathOf(condition, input);
  if (path.steps.length === 0) fields.add(path.field.name);
  const members = condition.valueQuery === undefined ? undefined : input.subSelect(condition);
  const test = compileCondition(path.field, condition, input.query, input.database.clock.now(), members);
  return (row) => test(path.read(row));
}

function pathOf(condition: ParsedCondition, input: FilterInput) {
  if (condition.field === undefined) throw malformed(`unexpected token: '${condition.fn?.rawValue ?? '('}'`);
  const parts = condition.field.split('.');
  const named = parts.length > 1 && parts[0]?.toLowerCase() === (input.alias ?? input.object.name).toLowerCase();
  return resolvePath(input.database, input.object, named ? parts.slice(1) : parts, input.query);
}

/** Looks for `Id = …`, `Key__c IN (…)` in the conditions that must all hold. */
function findCandidates(tree: Expression, input: FilterInput): Filter['candidates'] {
  if (tree.kind === 'and') return findCandidates(tree.left, input) ?? findCandidates(tree.right, input);
  if (tree.kind !== 'condition') return undefined;
  const { condition } = tree;
  const isEquality = condition.operator === '=' || condition.operator.toUpperCase() === 'IN';
  if (!isEquality || condition.valueQuery !== undefined) return undefined;
  const { steps, field } = pathOf(condition, input);
  const indexed = field.type === 'id' || input.database.table(input.object).isIndexed(field.name);
  const literals = Array.isArray(condition.value) ? condition.value : [condition.value ?? 'NULL'];
  const allText = literals.every((literal) => /^'(?:[^\\]*)'$/.test(String(literal)));
  if (steps.length > 0 || !indexed || !allText) return undefined;
  return { field, values: literals.map((literal) => String(literal).slice(1, -1)) };
}
