import { modifiedBy } from './audit.ts';
import type { Change, Database } from './database.ts';
import { type FieldDefinition, type FieldValue, findField, type ObjectDefinition, type Row } from './definitions.ts';
import { withDerivedValues } from './derived-values.ts';

/** The changes of masters whose roll-up summaries have another value after these changes of their details. */
export function rollUpChanges(database: Database, changes: readonly Change[], userId: string): readonly Change[] {
  const stale = new Map<string, ObjectDefinition>();
  for (const { object, before, after } of changes) {
    for (const { parent, field } of database.schema.rollUpsOver(object.name)) {
      const relation = field.rollUp?.relation ?? '';
      for (const id of [before?.[relation], after[relation]]) if (typeof id === 'string') stale.set(id, parent);
    }
  }
  return [...stale].flatMap(([id, object]) => {
    const before = database.table(object).get(id);
    if (before === undefined || before['IsDeleted'] === true) return [];
    const values = object.fields.flatMap((field) => {
      const value = field.rollUp === null ? undefined : summary(database, field, id);
      return value === undefined || value === (before[field.name] ?? null) ? [] : [[field.name, value] as const];
    });
    if (values.length === 0) return [];
    const now = database.clock.now();
    const row: Row = { ...before, ...Object.fromEntries(values), ...modifiedBy(userId, now), Id: id };
    return [{ object, kind: 'updated' as const, before, after: withDerivedValues(object, row, now) }];
  });
}

/** Over the live details of one master; without any a count is 0 and everything else empty. */
function summary(database: Database, { rollUp }: FieldDefinition, parentId: string): FieldValue {
  const child = rollUp === null ? undefined : database.schema.find(rollUp.child);
  const relation = child === undefined || rollUp === null ? undefined : findField(child, rollUp.relation);
  if (rollUp === null || child === undefined || relation === undefined) return null;
  const table = database.table(child);
  const rows = table.isIndexed(relation.name)
    ? table.idsWith(relation, parentId).flatMap((id) => table.get(id) ?? [])
    : [...table.all()].filter((row) => row[relation.name] === parentId && row['IsDeleted'] !== true);
  if (rollUp.operation === 'count') return rows.length;
  const values = rows.map((row) => row[rollUp.field ?? ''] ?? null).filter((value) => value !== null);
  if (values.length === 0) return rollUp.operation === 'sum' ? 0 : null;
  if (rollUp.operation === 'sum') return values.reduce<number>((total, value) => total + Number(value), 0);
  // Dates are kept as texts that sort by time.
  const [first, ...others] = values.toSorted((a, b) => (a < b ? -1 : 1));
  return (rollUp.operation === 'min' ? first : (others.at(-1) ?? first)) ?? null;
}
