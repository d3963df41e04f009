import { type FieldDefinition, type FieldValue, findField, type ObjectDefinition } from './definitions.ts';
import { type RowError, rowError } from './errors.ts';
import { coerceValue } from './values.ts';

/** A parent named by an external ID: `{"Account":{"Ext__c":"A-1"}}`. */
export interface ParentByKey {
  readonly field: FieldDefinition;
  readonly relationship: string;
  /** Type named in the nested object's attributes; needed where the field may refer to several objects. */
  readonly type: string | undefined;
  readonly keyField: string;
  readonly keyValue: unknown;
}

/** What a JSON record asks to write, after the checks that need nothing but the definition. */
export interface WriteRequest {
  readonly values: ReadonlyMap<FieldDefinition, FieldValue>;
  readonly parents: readonly ParentByKey[];
  readonly errors: readonly RowError[];
  /** Names that no field has. Whether they refuse the row or the request is the caller's business. */
  readonly unknownFields: readonly string[];
}

export type WriteMode = 'create' | 'update';

/**
 * Checks a JSON record against the object's definition. Keys may be in any case; `attributes` and `Id` are left out.
 * `keyField` is the external ID of an upsert, which is written like any other field.
 * Throws ValueMismatch for a value whose JSON type the field cannot take.
 */
export function readRecord(
  object: ObjectDefinition,
  record: Readonly<Record<string, unknown>>,
  mode: WriteMode,
): WriteRequest {
  const values = new Map<FieldDefinition, FieldValue>();
  const parents: ParentByKey[] = [];
  const errors: RowError[] = [];
  const unknownFields: string[] = [];
  const refused: string[] = [];
  for (const [key, input] of Object.entries(record)) {
    if (key === 'attributes') continue;
    const field = findField(object, key);
    if (field?.type === 'id') continue;
    if (field !== undefined) {
      if (!(mode === 'create' ? field.createable : field.updateable)) {
        refused.push(field.name);
        continue;
      }
      const coerced = coerceValue(field, input);
      if ('error' in coerced) errors.push(coerced.error);
      else values.set(field, coerced.value);
      continue;
    }
    const reference = object.relationshipByName.get(key.toLowerCase());
    if (reference === undefined || (typeof input !== 'object' && input !== undefined)) {
      unknownFields.push(key);
    } else if (!(mode === 'create' ? reference.createable : reference.updateable)) {
      refused.push(reference.name);
    } else if (input === null) {
      values.set(reference, null);
    } else {
      const parent = readParent(reference, key, input as Readonly<Record<string, unknown>>);
      if ('statusCode' in parent) errors.push(parent);
      else parents.push(parent);
    }
  }
  if (refused.length > 0) errors.unshift(notWritable(refused));
  return { values, parents, errors, unknownFields };
}

function readParent(
  field: FieldDefinition,
  key: string,
  input: Readonly<Record<string, unknown>>,
): ParentByKey | RowError {
  const keys = Object.keys(input).filter((name) => name !== 'attributes');
  const keyField = keys[0];
  if (keyField === undefined || keys.length > 1) {
    const message = `The relationship ${key} must name its parent by exactly one external ID field.`;
    return rowError('INVALID_FIELD', message, [field.name]);
  }
  const attributes = input['attributes'] as { readonly type?: unknown } | undefined;
  const type = typeof attributes?.type === 'string' ? attributes.type : undefined;
  return { field, relationship: key, type, keyField, keyValue: input[keyField] };
}

function notWritable(fields: readonly string[]): RowError {
  const message = `Unable to create/update fields: ${fields.join(', ')}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`;
  return rowError('INVALID_FIELD_FOR_INSERT_UPDATE', message, fields);
}

/** The text of a column that does not exist, the same for a refused row and a refused request. */
export function noSuchColumn(object: ObjectDefinition, name: string): string {
  return `No such column '${name}' on sobject of type ${object.name}`;
}

/** Required fields of a new row that have no value yet; a field is required when it is createable, not nillable and not defaulted. */
export function missingOnCreate(object: ObjectDefinition, has: (field: FieldDefinition) => boolean): readonly string[] {
  return object.fields
    .filter((field) => field.createable && !field.nillable && !field.defaultedOnCreate && !has(field))
    .map((field) => field.name);
}

export function requiredMissing(fields: readonly string[]): RowError {
  return rowError('REQUIRED_FIELD_MISSING', `Required fields are missing: [${fields.join(', ')}]`, fields);
}
