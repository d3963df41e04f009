import type { WhereClause } from '@jetstreamapp/soql-parser-js';
import type { Database } from '../database.ts';
import type { FieldDefinition, FieldValue, ObjectDefinition, Row } from '../definitions.ts';
import { compileCondition, unquote, type ValueTest } from './conditions.ts';
import { compileExpression, conditionsOf, type Expression, expressionOf, type ParsedCondition } from './expression.ts';
import type { ValueSource } from './path.ts';
import { malformed } from './query-error.ts';
import { type Scope, sourceIn } from './scope.ts';

export interface Filter {
  matches(row: Row): boolean;
  /** Fields of the object itself that the conditions name. */
  readonly fields: ReadonlySet<string>;
  /** When the filter can only match rows with one of these values in an indexed field: where to look instead of everywhere. */
  readonly candidates: Candidates | undefined;
}

export interface Candidates {
  readonly field: FieldDefinition;
  readonly values: readonly FieldValue[];
}

export interface FilterInput {
  readonly database: Database;
  readonly object: ObjectDefinition;
  readonly alias?: string | undefined;
  readonly query: string;
  /** Runs a sub-select of IN and gives its values; `field` is the one they are compared with. */
  readonly subSelect: (condition: ParsedCondition, field: FieldDefinition) => readonly FieldValue[];
}

/** One condition with its names resolved and its sub-select run. */
interface Resolved {
  readonly source: ValueSource;
  readonly members: readonly FieldValue[] | undefined;
  readonly test: ValueTest;
}

export function compileFilter(where: WhereClause, input: FilterInput): Filter {
  const scope: Scope = { includeDeleted: false, ...input, alias: input.alias };
  const tree = expressionOf(where, input.query);
  checkSemiJoins(tree);
  const now = input.database.clock.now();
  const resolved = new Map<ParsedCondition, Resolved>();
  for (const condition of conditionsOf(tree)) {
    const source = sourceIn(scope, condition);
    const members = condition.valueQuery === undefined ? undefined : input.subSelect(condition, source.field);
    const test = compileCondition(source.field, condition, input.query, now, members);
    resolved.set(condition, { source, members, test });
  }
  const matches = compileExpression<Row>(tree, (condition) => {
    const { source, test } = get(resolved, condition);
    return (row) => test(source.read(row));
  });
  const own = [...resolved.values()].map(({ source }) => source.field.name);
  return { matches, fields: new Set(own), candidates: findCandidates(tree, input, resolved) };
}

function get(resolved: ReadonlyMap<ParsedCondition, Resolved>, condition: ParsedCondition): Resolved {
  const found = resolved.get(condition);
  if (found === undefined) throw new Error('A condition was not resolved');
  return found;
}

/** Sub-selects stand at the top, joined by AND ("Comparison Operators", semi-joins and anti-joins). */
function checkSemiJoins(tree: Expression): void {
  if (tree.kind === 'and') {
    checkSemiJoins(tree.left);
    checkSemiJoins(tree.right);
    return;
  }
  if (tree.kind !== 'or') return;
  for (const { valueQuery } of conditionsOf(tree)) {
    if (valueQuery === undefined) continue;
    throw malformed(
      'Semi join sub-selects are only allowed at the top level WHERE expressions and not in nested WHERE expressions.',
    );
  }
}

/** Looks for `Id = …`, `Key__c IN (…)` in the conditions that must all hold. */
function findCandidates(
  tree: Expression,
  input: FilterInput,
  resolved: ReadonlyMap<ParsedCondition, Resolved>,
): Candidates | undefined {
  if (tree.kind === 'and') {
    return findCandidates(tree.left, input, resolved) ?? findCandidates(tree.right, input, resolved);
  }
  if (tree.kind === 'or') {
    const left = findCandidates(tree.left, input, resolved);
    const right = left === undefined ? undefined : findCandidates(tree.right, input, resolved);
    if (left === undefined || right === undefined || left.field !== right.field) return undefined;
    return { field: left.field, values: [...left.values, ...right.values] };
  }
  if (tree.kind !== 'condition') return undefined;
  const { condition } = tree;
  if (condition.operator !== '=' && condition.operator.toUpperCase() !== 'IN') return undefined;
  const { source, members } = get(resolved, condition);
  const { field } = source;
  const own = input.object.fieldByName.get(source.label.toLowerCase()) === field;
  if (!own || (field.type !== 'id' && !input.database.table(input.object).isIndexed(field.name))) return undefined;
  if (members !== undefined) return { field, values: members };
  const literals = Array.isArray(condition.value) ? condition.value : [condition.value ?? ''];
  const texts = literals.map(String);
  if (texts.some((literal) => !/^[-\d']/.test(literal))) return undefined;
  return { field, values: texts.map((literal) => (literal.startsWith("'") ? unquote(literal) : Number(literal))) };
}
