import { z } from 'zod';
import type { Database } from '../store/database.ts';
import type { FieldDefinition, ObjectDefinition, Row } from '../store/definitions.ts';
import { withDerivedValues } from '../store/derived-values.ts';
import { ApiError } from '../store/errors.ts';
import { objectWithFields } from '../store/field-table.ts';
import { coerceValue } from '../store/values.ts';
import { customFieldSchema, customFields } from './custom-field.ts';
import { compileRules, validationRuleSchema } from './validation-rules.ts';

/** A change of one object's metadata while the org runs, as an administrator would make it. */
export const metadataChangeSchema = z.strictObject({
  object: z.string(),
  /** Adds a custom field, or changes the one of this name; values that the new type cannot hold are lost. */
  setField: customFieldSchema.optional(),
  /** Deletes a custom field with its values. */
  removeField: z.string().optional(),
  /** Selects the object for Change Data Capture, or no longer. */
  changeEvents: z.boolean().optional(),
  /** Adds a validation rule, or changes the one of this name. */
  setRule: validationRuleSchema.omit({ object: true }).optional(),
  removeRule: z.string().optional(),
});

export type MetadataChange = z.input<typeof metadataChangeSchema>;

/** Applies a change at once; sessions, rows and subscriptions stay. Answers the object's field names. */
export function changeMetadata(database: Database, change: MetadataChange): { readonly fields: readonly string[] } {
  const { object: name, setField, removeField, changeEvents, setRule, removeRule } = metadataChangeSchema.parse(change);
  const object = database.schema.find(name);
  if (object === undefined) throw new ApiError(404, 'NOT_FOUND', `There is no object ${name}`);
  let fields = object.fields;
  if (setField !== undefined) fields = customFields(setField).reduce(withField, fields);
  if (removeField !== undefined) {
    const gone = fields.find((field) => field.custom && field.name.toLowerCase() === removeField.toLowerCase());
    if (gone === undefined) throw new ApiError(404, 'NOT_FOUND', `There is no custom field ${removeField} on ${name}`);
    // The parts of a geolocation go with it.
    fields = fields.filter((field) => field !== gone && field.compoundFieldName !== gone.name);
  }
  const changed = { ...objectWithFields(object, fields), changeEvents: changeEvents ?? object.changeEvents };
  const now = database.clock.now();
  database.defineObject(changed, (row) => withDerivedValues(changed, fitted(row, object, changed), now));
  if (setRule !== undefined || removeRule !== undefined) {
    const replaced = setRule?.name ?? removeRule;
    const others = database.validationRules.filter((rule) => rule.object !== object.name || rule.name !== replaced);
    const added = setRule === undefined ? [] : compileRules([{ ...setRule, object: object.name }]);
    database.validationRules = [...others, ...added];
  }
  return { fields: changed.fields.map((field) => field.name) };
}

function withField(fields: readonly FieldDefinition[], field: FieldDefinition): readonly FieldDefinition[] {
  const at = fields.findIndex((candidate) => candidate.name.toLowerCase() === field.name.toLowerCase());
  return at < 0 ? [...fields, field] : fields.with(at, field);
}

/** The row as the changed object holds it: without values of fields that are gone, the others in their new type. */
function fitted(row: Row, before: ObjectDefinition, after: ObjectDefinition): Row {
  const values: Record<string, Row[string]> = { ...row };
  for (const old of before.fields) {
    const field = after.fieldByName.get(old.name.toLowerCase());
    if (field === old) continue;
    const value = values[old.name] ?? null;
    delete values[old.name];
    if (field !== undefined) values[field.name] = converted(field, value);
  }
  for (const field of after.fields) {
    if (!before.fieldByName.has(field.name.toLowerCase()) && field.type === 'boolean') {
      values[field.name] = field.defaultValue;
    }
  }
  return { ...values, Id: row.Id };
}

function converted(field: FieldDefinition, value: Row[string]): Row[string] {
  try {
    const coerced = coerceValue(field, field.type === 'string' && value !== null ? String(value) : value);
    return 'value' in coerced ? coerced.value : null;
  } catch {
    return null;
  }
}
