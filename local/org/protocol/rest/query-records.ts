import type { Database } from '../../store/database.ts';
import { isCompound, type ObjectDefinition, type Row } from '../../store/definitions.ts';
import type { GroupedResult } from '../../store/soql/group.ts';
import { type FieldPath, parentRow } from '../../store/soql/path.ts';
import type { Column, Selection } from '../../store/soql/selection.ts';
import { attributesOf, type RecordJson, valueJson } from './record-json.ts';

/** What the records of one answer have in common. */
export interface RecordContext {
  readonly database: Database;
  /** `/services/data/v66.0`. */
  readonly base: string;
  /** The page of a row's children that an answer carries. */
  childPage(object: ObjectDefinition, selection: Selection, rows: readonly Row[]): unknown;
}

/** A query's row: selected fields in order, parents as nested objects, null where there is no parent. */
export function selectedRecord(
  context: RecordContext,
  object: ObjectDefinition,
  selection: Selection,
  row: Row,
): RecordJson {
  const record: RecordJson = { attributes: attributesOf(object, row.Id, context.base) };
  for (const column of selection.columns) addColumn(context, column, record, row);
  return record;
}

function addColumn(context: RecordContext, column: Column, record: RecordJson, row: Row): void {
  switch (column.kind) {
    case 'field':
      addPath(context, column.path, record, row);
      return;
    case 'function': {
      const { source, name } = column;
      record[name] = printed(source.field.type, source.read(row));
      return;
    }
    case 'children': {
      const { name, object, selection, rowsOf } = column.children;
      const children = rowsOf(row);
      record[name] = children.length === 0 ? null : context.childPage(object, selection, children);
      return;
    }
    case 'typeof': {
      const { step, paths } = column.choice;
      const parent = parentRow(context.database, step.reference, step.parents, row);
      const name = step.reference.relationshipName ?? step.reference.name;
      record[name] = null;
      if (parent === undefined) return;
      const nested: RecordJson = { attributes: attributesOf(parent.object, parent.row.Id, context.base) };
      for (const path of paths.get(parent.object.name) ?? []) addPath(context, path, nested, parent.row);
      record[name] = nested;
    }
  }
}

function addPath({ database, base }: RecordContext, path: FieldPath, record: RecordJson, row: Row): void {
  if (path.steps.length === 0) {
    record[path.field.name] = valueJson(path.field, row);
    return;
  }
  let target = record;
  let current = row;
  for (const { reference, parents } of path.steps) {
    const name = reference.relationshipName ?? reference.name;
    const parent = parentRow(database, reference, parents, current);
    if (parent === undefined) {
      target[name] = null;
      return;
    }
    const nested = (target[name] ?? { attributes: attributesOf(parent.object, parent.row.Id, base) }) as RecordJson;
    target[name] = nested;
    target = nested;
    current = parent.row;
  }
  // Only the path knows `Type` of a polymorphic parent, which is no field of the row.
  target[path.field.name] =
    current[path.field.name] === undefined && !isCompound(path.field) ? path.read(row) : valueJson(path.field, current);
}

function printed(type: string, value: unknown): unknown {
  return type === 'datetime' && typeof value === 'string' ? value.replace(/Z$/, '+0000') : value;
}

/** The records of an aggregate query: no Id, no URL. */
export function aggregateRecords({ columns, records }: GroupedResult): readonly RecordJson[] {
  return records.map((values) => {
    const record: RecordJson = { attributes: { type: 'AggregateResult' } };
    for (const [index, column] of columns.entries())
      record[column.name] = printed(column.field.type, values[index] ?? null);
    return record;
  });
}
