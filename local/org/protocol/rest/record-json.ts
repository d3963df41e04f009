import type { FieldDefinition, FieldValue, ObjectDefinition, Row } from '../../store/definitions.ts';
import { compoundAddress, compoundLocation } from '../../store/derived-values.ts';

export type RecordJson = Record<string, unknown>;

/** A value as REST and query answers print it: datetimes with `+0000`. */
export function valueJson(field: FieldDefinition, row: Row): unknown {
  if (field.type === 'address') return compoundAddress(row, field.name);
  if (field.type === 'location') return compoundLocation(row, field.name);
  const value: FieldValue = row[field.name] ?? null;
  return field.type === 'datetime' && typeof value === 'string' ? value.replace(/Z$/, '+0000') : value;
}

export function attributesOf(object: ObjectDefinition, id: string, base: string) {
  return { type: object.name, url: `${base}/sobjects/${object.name}/${id}` };
}

/** A whole record, or the named fields of it. */
export function recordJson(
  object: ObjectDefinition,
  row: Row,
  fields: readonly FieldDefinition[],
  base: string,
): RecordJson {
  const record: RecordJson = { attributes: attributesOf(object, row.Id, base) };
  for (const field of fields) record[field.name] = valueJson(field, row);
  return record;
}
