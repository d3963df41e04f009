import type { FieldFunctionExpression, FieldTypeOf, Query } from '@jetstreamapp/soql-parser-js';
import type { Database } from '../database.ts';
import type { ObjectDefinition } from '../definitions.ts';
import { compileChildren } from './children.ts';
import { type FieldPath, resolvePath } from './path.ts';
import { invalidField, malformed, malformedAt, noSuchRelationship } from './query-error.ts';
import { functionIn, pathIn, type Scope, writtenPath } from './scope.ts';
import type { Column, Selection, TypeChoice } from './selection.ts';

/** Resolves a SELECT list without aggregates. */
export function compileSelection(
  database: Database,
  object: ObjectDefinition,
  query: Pick<Query, 'fields' | 'limit' | 'sObjectAlias'>,
  text: string,
): Selection {
  return selectionIn({ database, object, alias: query.sObjectAlias, query: text, includeDeleted: false }, query);
}

export function selectionIn(scope: Scope, query: Pick<Query, 'fields' | 'limit'>): Selection {
  const columns: Column[] = [];
  let functions = 0;
  for (const item of query.fields ?? []) {
    const written = writtenPath(item);
    if (written !== undefined) {
      if ('alias' in item && item.alias !== undefined)
        throw malformedAt(scope.query, item.alias, 'only aggregate expressions use field aliasing');
      columns.push({ kind: 'field', path: pathIn(scope, written) });
    } else if (item.type === 'FieldSubquery') {
      columns.push({ kind: 'children', children: compileChildren(scope, item.subquery, selectionIn) });
    } else if (item.type === 'FieldTypeof') {
      columns.push({ kind: 'typeof', choice: typeChoice(scope, item) });
    } else if (item.type === 'FieldFunctionExpression' && item.functionName.toUpperCase() === 'FIELDS') {
      for (const path of fieldGroup(scope, item, query.limit)) columns.push({ kind: 'field', path });
    } else if (item.type === 'FieldFunctionExpression') {
      const source = functionIn(scope, item);
      const plain =
        item.functionName.toLowerCase() === 'tolabel' || item.functionName.toLowerCase() === 'convertcurrency';
      const name = item.alias ?? (plain ? source.field.name : `expr${functions}`);
      if (item.alias === undefined && !plain) functions += 1;
      columns.push({ kind: 'function', name, source });
    }
  }
  checkDuplicates(columns, scope);
  return { columns, paths: columns.flatMap((column) => (column.kind === 'field' ? column.path : [])) };
}

function checkDuplicates(columns: readonly Column[], scope: Scope): void {
  const seen = new Set<string>();
  for (const column of columns) {
    if (column.kind !== 'field') continue;
    const { label } = column.path;
    if (seen.has(label)) throw invalidField(scope.query, label, `duplicate field selected: ${label}`);
    seen.add(label);
  }
}

const largestFieldsLimit = 200;

/** `FIELDS()` of the SOQL and SOSL Reference: custom fields have no bound in number, so asking for them needs a small LIMIT. */
function fieldGroup(scope: Scope, item: FieldFunctionExpression, limit: number | undefined): readonly FieldPath[] {
  const group = String(item.parameters[0] ?? '').toUpperCase();
  if (!['ALL', 'STANDARD', 'CUSTOM'].includes(group)) {
    throw malformedAt(
      scope.query,
      String(item.parameters[0] ?? ')'),
      `unexpected token: '${group === '' ? ')' : group}'`,
    );
  }
  if (group !== 'STANDARD' && (limit ?? Number.POSITIVE_INFINITY) > largestFieldsLimit) {
    throw malformed(`The SOQL FIELDS function must have a LIMIT of at most ${largestFieldsLimit}`);
  }
  return scope.object.fields
    .filter((field) => group === 'ALL' || field.custom === (group === 'CUSTOM'))
    .map((field) => pathIn(scope, field.name));
}

function typeChoice({ database, object, query }: Scope, item: FieldTypeOf): TypeChoice {
  const reference = object.relationshipByName.get(item.field.toLowerCase());
  if (reference === undefined) throw noSuchRelationship(query, object, item.field);
  const parents = reference.referenceTo.flatMap((name) => database.schema.find(name) ?? []);
  const paths = new Map<string, readonly FieldPath[]>();
  for (const parent of parents) {
    const when = item.conditions.find(({ objectType }) => objectType?.toLowerCase() === parent.name.toLowerCase());
    const chosen = when ?? item.conditions.find(({ type }) => type === 'ELSE');
    const fields = chosen?.fieldList ?? [];
    paths.set(
      parent.name,
      fields.map((field) => resolvePath(database, parent, field.split('.'), query)),
    );
  }
  return { step: { reference, parents }, paths };
}
