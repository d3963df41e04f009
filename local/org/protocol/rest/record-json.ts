import type { Database } from '../../store/database.ts';
import type { FieldDefinition, FieldValue, ObjectDefinition, Row } from '../../store/definitions.ts';
import { compoundAddress } from '../../store/derived-values.ts';
import type { FieldPath } from '../../store/soql/path.ts';

export type RecordJson = Record<string, unknown>;

/** A value as REST and query answers print it: datetimes with `+0000`. */
export function valueJson(field: FieldDefinition, row: Row): unknown {
  if (field.type === 'address') return compoundAddress(row, field.name);
  const value: FieldValue = row[field.name] ?? null;
  return field.type === 'datetime' && typeof value === 'string' ? value.replace(/Z$/, '+0000') : value;
}

function attributesOf(object: ObjectDefinition, id: string, base: string) {
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

/** A query's row: selected fields in order, parents as nested objects, null where there is no parent. */
export function projectedJson(
  database: Database,
  object: ObjectDefinition,
  row: Row,
  paths: readonly FieldPath[],
  base: string,
): RecordJson {
  const record: RecordJson = { attributes: attributesOf(object, row.Id, base) };
  for (const path of paths) {
    let target: RecordJson = record;
    let current: Row = row;
    let missing = false;
    for (const { reference, parent } of path.steps) {
      const name = reference.relationshipName ?? reference.name;
      const id = current[reference.name];
      const next = typeof id === 'string' ? database.table(parent).get(id) : undefined;
      if (next === undefined) {
        target[name] = null;
        missing = true;
        break;
      }
      const nested = (target[name] ?? { attributes: attributesOf(parent, next.Id, base) }) as RecordJson;
      target[name] = nested;
      target = nested;
      current = next;
    }
    if (!missing) target[path.field.name] = valueJson(path.field, current);
  }
  return record;
}
