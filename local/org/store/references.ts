import { type FieldDefinition, findField, type ObjectDefinition } from './definitions.ts';
import { type RowError, rowError } from './errors.ts';
import { toId18 } from './ids.ts';
import type { ParentByKey } from './read-record.ts';
import type { Schema } from './schema.ts';
import type { Table } from './table.ts';

interface ReferenceStore {
  readonly schema: Schema;
  table(object: ObjectDefinition): Table;
}

/** The ID of a parent that a record names by external ID, or the error its row gets. */
export function resolveParent(store: ReferenceStore, parent: ParentByKey): string | RowError {
  const { field, keyField, keyValue } = parent;
  const typeName = parent.type ?? (field.referenceTo.length === 1 ? field.referenceTo[0] : undefined);
  const object = typeName === undefined ? undefined : store.schema.find(typeName);
  if (object === undefined || !field.referenceTo.includes(object.name)) {
    const message = `A polymorphic relationship must name the type of its parent in attributes: ${parent.relationship}`;
    return rowError('INVALID_FIELD', message, [field.name]);
  }
  const key = findField(object, keyField);
  if (key === undefined || !key.idLookup) {
    const message = `Field name provided, ${keyField} is not an External ID or indexed field for ${object.name}`;
    return rowError('INVALID_FIELD', message, [field.name]);
  }
  const ids = idsByKey(store.table(object), key, keyValue);
  if (ids.length > 1) return moreThanOne(key, ids);
  const id = ids[0];
  if (id !== undefined) return id;
  const message = `Foreign key external ID: ${String(keyValue)} not found for field ${key.name} in entity ${object.name}`;
  return rowError('INVALID_FIELD', message);
}

/** IDs of the live rows that an external ID or the record ID names. */
export function idsByKey(table: Table, key: FieldDefinition, value: unknown): readonly string[] {
  if (value === null || value === undefined || typeof value === 'object') return [];
  if (key.type !== 'id') return table.idsWith(key, typeof value === 'number' ? value : String(value));
  const id = toId18(String(value));
  const row = id === undefined ? undefined : table.get(id);
  return row === undefined || row['IsDeleted'] === true ? [] : [row.Id];
}

export function moreThanOne(key: FieldDefinition, ids: readonly string[]): RowError {
  const message = `${key.name}: more than one record found for external id field: [${ids.join(', ')}]`;
  return rowError('DUPLICATE_EXTERNAL_ID', message, [key.name]);
}

/** Checks that a reference by ID points to a live row of an object it may point to. */
export function checkReference(
  store: ReferenceStore,
  owner: ObjectDefinition,
  field: FieldDefinition,
  id: string,
): RowError | undefined {
  const object = store.schema.findByPrefix(id);
  if (field.referenceTo[0] === 'RecordType' && !isRecordType(owner, id)) {
    const message = `${field.label}: this ID value isn't valid for the user: ${id}`;
    return rowError('INVALID_CROSS_REFERENCE_KEY', message, [field.name]);
  }
  if (object !== undefined && !field.referenceTo.includes(object.name)) {
    return rowError('FIELD_INTEGRITY_EXCEPTION', `${field.label}: id value of incorrect type: ${id}`, [field.name]);
  }
  const row = object === undefined ? undefined : store.table(object).get(id);
  if (row === undefined) return rowError('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', [field.name]);
  if (field.name === 'OwnerId' && row['IsActive'] === false) {
    const message = `operation performed with inactive user [${id}] as owner of ${owner.label.toLowerCase()}`;
    return rowError('INACTIVE_OWNER_OR_USER', message, ['OwnerId']);
  }
  return row['IsDeleted'] === true ? rowError('ENTITY_IS_DELETED', 'entity is deleted') : undefined;
}

/** An active record type of the object the record belongs to. */
function isRecordType({ recordTypes }: ObjectDefinition, id: string): boolean {
  return recordTypes.some((type) => type.id === id && type.active);
}
