import type { FieldDescribe, ObjectDescribe } from './describe.ts';

/** Finds a field by its own name or, for a nested parent, by its relationship's. */
export type FindField = (name: string) => FieldDescribe | undefined;

/** Finds fields as Salesforce does: names in any case, parents by the name of their relationship, compounds by their parts. */
export interface FieldIndex {
  readonly object: string;
  field(name: string): FieldDescribe | undefined;
  /** The reference field of a relationship: `Account` or `Parent__r` for `AccountId` and `Parent__c`. */
  reference(relationship: string): FieldDescribe | undefined;
  readonly find: FindField;
  /** The writable parts of a compound, by the name of the part in lower case: `street` for `BillingStreet`. */
  parts(compound: FieldDescribe): ReadonlyMap<string, FieldDescribe>;
}

const noParts: ReadonlyMap<string, FieldDescribe> = new Map();

export function createFieldIndex(describe: ObjectDescribe): FieldIndex {
  const fields = new Map(describe.fields.map((field) => [field.name.toLowerCase(), field]));
  const exact = new Map(describe.fields.map((field) => [field.name, field]));
  const references = new Map<string, FieldDescribe>();
  const partsOf = new Map<string, Map<string, FieldDescribe>>();
  for (const field of describe.fields) {
    if (field.relationshipName !== null) references.set(field.relationshipName.toLowerCase(), field);
    const compound = field.compoundFieldName === null ? undefined : fields.get(field.compoundFieldName.toLowerCase());
    // An account's plain Name says that it is its own compound.
    if (compound === undefined || compound === field) continue;
    const parts = partsOf.get(compound.name) ?? new Map<string, FieldDescribe>();
    partsOf.set(compound.name, parts.set(partName(compound.name, field.name), field));
  }
  // Most names come in Salesforce's own case.
  const field: FindField = (name) => exact.get(name) ?? fields.get(name.toLowerCase());
  const reference: FindField = (relationship) => references.get(relationship.toLowerCase());
  return {
    object: describe.name,
    field,
    reference,
    find: (name) => field(name) ?? reference(name),
    parts: (compound) => partsOf.get(compound.name) ?? noParts,
  };
}

/**
 * `BillingCity` of `BillingAddress` is its `city`, `Home__Street__s` of `Home__c` its `street`, `LastName` of `Name` its
 * `lastname`: https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/compound_fields.htm
 */
function partName(compound: string, field: string): string {
  const custom = /^(.+)__c$/i.exec(compound)?.[1];
  if (custom !== undefined)
    return field
      .slice(custom.length + 2)
      .replace(/__s$/i, '')
      .toLowerCase();
  const prefix = /^(.*)Address$/i.exec(compound)?.[1];
  return (prefix === undefined ? field : field.slice(prefix.length)).toLowerCase();
}
