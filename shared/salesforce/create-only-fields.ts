import type { RowFields } from '../transform/row-fields.ts';
import type { FieldDescribe, ObjectDescribe } from './describe.ts';

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

/** Finds a field of the describe by its own name or, for a nested parent, by its relationship's name. */
export function createFieldFinder(describe: ObjectDescribe): (name: string) => FieldDescribe | undefined {
  const byName = new Map<string, FieldDescribe>();
  for (const field of describe.fields) {
    // Most names come in Salesforce's own case.
    for (const name of [field.name, field.relationshipName]) {
      if (name !== null) byName.set(name, field).set(name.toLowerCase(), field);
    }
  }
  return (name) => byName.get(name) ?? byName.get(name.toLowerCase());
}

/** @returns undefined when no field is for creating only. */
export function splitCreateOnly(
  fields: RowFields,
  find: (name: string) => FieldDescribe | undefined,
): SplitFields | undefined {
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
