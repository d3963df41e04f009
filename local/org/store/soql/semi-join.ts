import type { FieldDefinition, FieldValue } from '../definitions.ts';
import type { ParsedCondition } from './expression.ts';
import { compileFilter } from './filter.ts';
import { invalidField, malformed, malformedAt, noSuchObject } from './query-error.ts';
import { matchingRows } from './rows.ts';
import type { Scope } from './scope.ts';
import type { SelectionIn } from './selection.ts';

/**
 * The values of `Id IN (SELECT AccountId FROM Contact …)`, checked as "Comparison Operators" of the SOQL reference asks.
 *
 * @param selectionIn reads the SELECT list of any query.
 */
export function semiJoinMembers(
  outer: Scope,
  condition: ParsedCondition,
  left: FieldDefinition,
  selectionIn: SelectionIn,
): readonly FieldValue[] {
  const inner = condition.valueQuery;
  const { database, query } = outer;
  const name = inner?.sObject ?? '';
  const object = database.schema.find(name);
  if (inner === undefined || object === undefined) throw noSuchObject(query, name);
  const scope: Scope = { ...outer, object, alias: inner.sObjectAlias };
  const { paths, columns } = selectionIn(scope, inner);
  const [path] = paths;
  if (path === undefined || columns.length !== 1) throw malformed('The inner select list must have exactly one field');
  if (object === outer.object) {
    throw malformedAt(query, name, 'The inner and outer selects should not be on the same object type');
  }
  if (!isId(left)) {
    throw invalidField(query, left.name, `Semi join sub-selects can only query id fields, cannot use: '${left.name}'`);
  }
  if (!isId(path.field)) {
    const message = `Semi join sub-selects can only query id fields, cannot use: '${path.field.name}'`;
    throw invalidField(query, path.field.name, message);
  }
  if (!targetsOf(left, outer.object.name).some((target) => targetsOf(path.field, object.name).includes(target))) {
    const message = `The selected field '${path.field.name}' in the subquery and the left operand field in the where expression in the outer query '${left.name}' should point to the same object type`;
    throw malformedAt(query, path.field.name, message);
  }
  const filter =
    inner.where === undefined
      ? undefined
      : compileFilter(inner.where, {
          ...scope,
          subSelect: () => {
            throw malformed('Nesting of semi join sub-selects is not supported');
          },
        });
  const members = new Set<FieldValue>();
  for (const row of matchingRows(scope, filter)) members.add(path.read(row));
  // A row that refers to nothing is in no relationship, so it does not take part.
  members.delete(null);
  return [...members];
}

function isId(field: FieldDefinition): boolean {
  return field.type === 'id' || field.type === 'reference';
}

function targetsOf(field: FieldDefinition, own: string): readonly string[] {
  return field.type === 'id' ? [own] : field.referenceTo;
}
