import type { RowFields } from '../transform/row-fields.ts';
import type { FieldDescribe } from './describe.ts';
import type { FindField } from './field-index.ts';

/**
 * Some fields may be set when a row is created and never again, such as the product and price book of a PricebookEntry.
 * An upsert that carries them fails on an existing row, one without them cannot create it.
 */
export interface SplitFields {
  /** What may be sent to a row that exists already. */
  readonly updateable: RowFields;
  /** A create without the create-only fields is certain to fail, so sending the rest first cannot create half a row. */
  readonly createNeedsThem: boolean;
}

/** @returns undefined when no field is for creating only. */
export function splitCreateOnly(fields: RowFields, find: FindField): SplitFields | undefined {
  const names = Object.keys(fields);
  if (!names.some((name) => isCreateOnly(find(name)))) return undefined;
  const createOnly = names.filter((name) => isCreateOnly(find(name)));
  const updateable: Record<string, RowFields[string]> = {};
  for (const name of names) if (!createOnly.includes(name)) updateable[name] = fields[name] ?? null;
  const createNeedsThem = createOnly.some((name) => {
    const field = find(name);
    return field?.nillable === false && !field.defaultedOnCreate;
  });
  return { updateable, createNeedsThem };
}

function isCreateOnly(field: FieldDescribe | undefined): boolean {
  return field?.createable === true && !field.updateable;
}
