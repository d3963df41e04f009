import type { RowFields } from '../transform/row-fields.ts';
import type { FieldDescribe, ObjectDescribe } from './describe.ts';

/**
 * Some fields may be set when a row is created and never again, such as the product and price book of a PricebookEntry.
 * An upsert that carries them fails on an existing row, one without them cannot create it.
 */
export interface SplitFields {
  /** What may be sent to a row that exists already. */
  readonly updateable: RowFields;
  readonly hasCreateOnly: boolean;
  /** A create without the create-only fields is certain to fail, so sending the rest first cannot create half a row. */
  readonly createNeedsThem: boolean;
}

/** Finds a field of the describe by its own name or, for a nested parent, by its relationship's name. */
export function createFieldFinder(describe: ObjectDescribe): (name: string) => FieldDescribe | undefined {
  const byName = new Map<string, FieldDescribe>();
  for (const field of describe.fields) {
    byName.set(field.name.toLowerCase(), field);
    if (field.relationshipName !== null) byName.set(field.relationshipName.toLowerCase(), field);
  }
  return (name) => byName.get(name.toLowerCase());
}

export function splitCreateOnly(fields: RowFields, find: (name: string) => FieldDescribe | undefined): SplitFields {
  const updateable: Record<string, RowFields[string]> = {};
  let hasCreateOnly = false;
  let createNeedsThem = false;
  for (const [name, value] of Object.entries(fields)) {
    const field = find(name);
    if (field === undefined || !field.createable || field.updateable) {
      updateable[name] = value;
      continue;
    }
    hasCreateOnly = true;
    createNeedsThem ||= !field.nillable && !field.defaultedOnCreate;
  }
  return { updateable, hasCreateOnly, createNeedsThem };
}
