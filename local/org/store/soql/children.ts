import type { Subquery } from '@jetstreamapp/soql-parser-js';
import type { FieldDefinition, Row } from '../definitions.ts';
import { childRelationshipName, findChildren } from './child-relationships.ts';
import { compileFilter, type Filter } from './filter.ts';
import { checkSortable, sortKey, sortRows } from './order.ts';
import { noSuchChildren } from './query-error.ts';
import { matchingRows } from './rows.ts';
import { type Scope, sourceIn } from './scope.ts';
import type { ChildRows, SelectionIn } from './selection.ts';
import { semiJoinMembers } from './semi-join.ts';

/** Compiles a sub-select; how its SELECT list is read is the caller's, since that list is of the same kind as the caller's own. */
export function compileChildren(parentScope: Scope, query: Subquery, selectionIn: SelectionIn): ChildRows {
  const { database } = parentScope;
  const found = findChildren(database.schema, parentScope.object, query.relationshipName);
  if (found === undefined) throw noSuchChildren(parentScope.query, query.relationshipName);
  const { child, field } = found;
  const scope: Scope = { ...parentScope, object: child, alias: query.sObjectAlias };
  const selection = selectionIn(scope, query);
  const filter =
    query.where === undefined
      ? undefined
      : compileFilter(query.where, {
          ...scope,
          subSelect: (condition, left) => semiJoinMembers(scope, condition, left, selectionIn),
        });
  const keys = [query.orderBy ?? []].flat().map((clause) => {
    const source = sourceIn(scope, clause);
    checkSortable(source, scope.query);
    return sortKey<Row>(clause, source);
  });
  const lookUp = childLookUp(scope, field, filter);
  const offset = query.offset ?? 0;
  const end = query.limit === undefined ? undefined : offset + query.limit;
  return {
    name: childRelationshipName(child, field) ?? query.relationshipName,
    object: child,
    selection,
    rowsOf: (parent) => sortRows([...lookUp(parent.Id)], keys).slice(offset, end),
  };
}

/** By index where there is one; otherwise all children are sorted to their parents once, at the first look. */
function childLookUp(scope: Scope, field: FieldDefinition, filter: Filter | undefined): (id: string) => readonly Row[] {
  const table = scope.database.table(scope.object);
  if (table.isIndexed(field.name) && !scope.includeDeleted) {
    return (id) =>
      [...table.idsWith(field, id)]
        .sort()
        .flatMap((childId) => table.get(childId) ?? [])
        .filter((row) => filter?.matches(row) ?? true);
  }
  let byParent: Map<unknown, Row[]> | undefined;
  return (id) => {
    byParent ??= Map.groupBy(matchingRows(scope, filter), (row) => row[field.name]);
    return byParent.get(id) ?? [];
  };
}
