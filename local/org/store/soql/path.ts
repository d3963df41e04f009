import type { Database } from '../database.ts';
import { type FieldDefinition, type FieldValue, findField, type ObjectDefinition, type Row } from '../definitions.ts';
import { fieldFromLine } from '../field-table.ts';
import { noSuchField, noSuchRelationship } from './query-error.ts';

/** Something a query selects, filters, groups or sorts by: a field, a parent's field, or a function of one. */
export interface ValueSource {
  /** Type and flags; a function has a field of its own kind. */
  readonly field: FieldDefinition;
  read(row: Row): FieldValue;
  /** `Account.Owner.Name` in canonical case, or the function as written. */
  readonly label: string;
}

/** A field of the queried object or of one of its parents. */
export interface FieldPath extends ValueSource {
  /** Reference fields to follow; empty for a field of the object itself. */
  readonly steps: readonly PathStep[];
}

export interface PathStep {
  readonly reference: FieldDefinition;
  /** What the reference may lead to, of the objects that this org has. */
  readonly parents: readonly ObjectDefinition[];
}

export interface Located {
  readonly object: ObjectDefinition;
  readonly row: Row;
}

const maxSteps = 5;

/** Resolves `Name` or `Account.Owner.Name` against an object; throws the query error of a name that does not exist. */
export function resolvePath(
  database: Database,
  object: ObjectDefinition,
  parts: readonly string[],
  query: string,
): FieldPath {
  const steps: PathStep[] = [];
  const whole = parts.join('.');
  let current: readonly ObjectDefinition[] = [object];
  for (const name of parts.slice(0, -1)) {
    const reference = firstOf(current, (candidate) => candidate.relationshipByName.get(name.toLowerCase()));
    const parents = (reference?.referenceTo ?? []).flatMap((target) => database.schema.find(target) ?? []);
    if (reference === undefined || parents.length === 0 || steps.length === maxSteps)
      throw noSuchRelationship(query, object, name, whole);
    steps.push({ reference, parents });
    current = parents;
  }
  const name = parts.at(-1) ?? '';
  const field = firstOf(current, (candidate) => findField(candidate, name)) ?? typeField(current, name);
  if (field === undefined) throw noSuchField(query, current[0] ?? object, name, whole);
  const label = [...steps.map(({ reference }) => reference.relationshipName ?? reference.name), field.name].join('.');
  // A checkbox is never null, not even in a row that was made without it.
  const empty = field.type === 'boolean' ? false : null;
  if (steps.length === 0) return { steps, field, label, read: (row) => row[field.name] ?? empty };
  const read = (row: Row): FieldValue => {
    const end = follow(database, steps, row);
    if (end === undefined) return null;
    return field === entityType ? end.object.name : (end.row[field.name] ?? empty);
  };
  return { steps, field, label, read };
}

/** The row at the end of a chain of references. */
export function follow(database: Database, steps: readonly PathStep[], row: Row): Located | undefined {
  let current: Located | undefined;
  let from = row;
  for (const { reference, parents } of steps) {
    current = parentRow(database, reference, parents, from);
    if (current === undefined) return undefined;
    from = current.row;
  }
  return current;
}

export function parentRow(
  database: Database,
  reference: FieldDefinition,
  parents: readonly ObjectDefinition[],
  row: Row,
): Located | undefined {
  const id = row[reference.name];
  if (typeof id !== 'string') return undefined;
  const object = parents.length === 1 ? parents[0] : parents.find(({ keyPrefix }) => id.startsWith(keyPrefix));
  const parent = object === undefined ? undefined : database.table(object).get(id);
  return object === undefined || parent === undefined ? undefined : { object, row: parent };
}

/** `Who.Type`: the name of the object that a polymorphic reference leads to. */
const entityType: FieldDefinition = fieldFromLine(['Type', 'Type', 'picklist 40', 'readonly']);

function typeField(objects: readonly ObjectDefinition[], name: string): FieldDefinition | undefined {
  return objects.length > 1 && name.toLowerCase() === 'type' ? entityType : undefined;
}

function firstOf<T>(
  objects: readonly ObjectDefinition[],
  find: (object: ObjectDefinition) => T | undefined,
): T | undefined {
  for (const object of objects) {
    const found = find(object);
    if (found !== undefined) return found;
  }
  return undefined;
}
