import type { Database } from './database.ts';
import type { FieldDefinition, FieldValue, ObjectDefinition, Row } from './definitions.ts';
import { type RowError, rowError } from './errors.ts';
import { missingOnCreate, type WriteMode } from './read-record.ts';
import type { Table } from './table.ts';

/** The clash of a row with another one in a unique field, if there is one. */
export function uniqueError(
  table: Table,
  row: Readonly<Record<string, FieldValue>>,
  ownId: string | undefined,
  fields: Iterable<FieldDefinition>,
): RowError | undefined {
  for (const field of fields) {
    if (!field.unique) continue;
    const other = table.idsWith(field, row[field.name] ?? null).find((id) => id !== ownId);
    if (other === undefined) continue;
    const message = `duplicate value found: ${field.name} duplicates value on record with id: ${other.slice(0, 15)}`;
    return rowError('DUPLICATE_VALUE', message);
  }
  return undefined;
}

/** Fields that must have a value and would have none. */
export function missingFields(
  object: ObjectDefinition,
  given: ReadonlyMap<FieldDefinition, FieldValue>,
  after: Readonly<Record<string, FieldValue>>,
  mode: WriteMode,
): readonly string[] {
  const isEmpty = (field: FieldDefinition): boolean => (after[field.name] ?? null) === null;
  if (mode === 'create') return missingOnCreate(object, (field) => !isEmpty(field));
  return [...given.keys()].filter((field) => !field.nillable && isEmpty(field)).map((field) => field.name);
}

/** Salesforce reports one kind of trouble at a time. */
export function sameKind(errors: readonly RowError[]): readonly RowError[] {
  return errors.filter((error) => error.statusCode === errors[0]?.statusCode);
}

const setupObjects = new Set(['User', 'Group', 'GroupMember', 'PermissionSet', 'PermissionSetAssignment', 'UserRole']);

/** Setup objects take part in no transaction that changed others (Apex guide, `apex_dml_non_mix_sobjects.htm`). */
export function mixedDml(first: ObjectDefinition | undefined, next: ObjectDefinition): RowError | undefined {
  if (first === undefined || setupObjects.has(first.name) === setupObjects.has(next.name)) return undefined;
  const message = `DML operation on setup object is not permitted after you have updated a non-setup object (or vice versa): ${next.name}, original object: ${first.name}`;
  return rowError('MIXED_DML_OPERATION', message);
}

/** Every validation rule that a row breaks (SOAP guide, StatusCode). A new row or a changed one, all its rules are looked at. */
export function brokenRules(
  { validationRules, clock }: Pick<Database, 'validationRules' | 'clock'>,
  object: ObjectDefinition,
  before: Row | undefined,
  after: Readonly<Record<string, FieldValue>>,
): readonly RowError[] {
  if (validationRules.length === 0) return [];
  const input = { before, after, now: clock.now() };
  return validationRules
    .filter((rule) => rule.object === object.name && rule.fails(input) === true)
    .map(({ message, field }) =>
      rowError('FIELD_CUSTOM_VALIDATION_EXCEPTION', message, field === undefined ? [] : [field]),
    );
}
