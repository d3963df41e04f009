import type { Database } from '../database.ts';
import { type FieldDefinition, type FieldValue, findField, type ObjectDefinition, type Row } from '../definitions.ts';
import { noSuchField, noSuchRelationship } from './query-error.ts';

/** A field of the queried object or of one of its parents. */
export interface FieldPath {
  /** Reference fields to follow, with the object each leads to; empty for a field of the object itself. */
  readonly steps: readonly { readonly reference: FieldDefinition; readonly parent: ObjectDefinition }[];
  readonly field: FieldDefinition;
  read(row: Row): FieldValue;
}

/** Resolves `Name` or `Account.Owner.Name` against an object; throws the query error of a name that does not exist. */
export function resolvePath(
  database: Database,
  object: ObjectDefinition,
  parts: readonly string[],
  query: string,
): FieldPath {
  const steps: { reference: FieldDefinition; parent: ObjectDefinition }[] = [];
  let current = object;
  for (const name of parts.slice(0, -1)) {
    const reference = current.relationshipByName.get(name.toLowerCase());
    const parent = parentOf(database, reference);
    if (reference === undefined || parent === undefined) throw noSuchRelationship(query, current, name);
    steps.push({ reference, parent });
    current = parent;
  }
  const name = parts.at(-1) ?? '';
  const field = findField(current, name);
  if (field === undefined) throw noSuchField(query, current, name);
  if (steps.length === 0) return { steps, field, read: (row) => row[field.name] ?? null };
  return { steps, field, read: (row) => followSteps(database, steps, row)?.[field.name] ?? null };
}

/** A polymorphic owner is read as a user: the org has no groups. */
function parentOf(database: Database, reference: FieldDefinition | undefined): ObjectDefinition | undefined {
  return reference?.referenceTo.map((name) => database.schema.find(name)).find((object) => object !== undefined);
}

function followSteps(database: Database, steps: FieldPath['steps'], row: Row): Row | undefined {
  let current: Row | undefined = row;
  for (const { reference, parent } of steps) {
    const id: FieldValue | undefined = current?.[reference.name];
    current = typeof id === 'string' ? database.table(parent).get(id) : undefined;
  }
  return current;
}
