import type { FieldDefinition, ObjectDefinition } from '../definitions.ts';
import type { ChildReference, Schema } from '../schema.ts';

/** Relationships whose name is not the plural of the child (Object Reference, each object's page). */
const namedOtherwise: Readonly<Record<string, string>> = {
  'Account.ParentId': 'ChildAccounts',
  'Campaign.ParentId': 'ChildCampaigns',
  'Case.ParentId': 'Cases',
  'PricebookEntry.Pricebook2Id': 'PricebookEntries',
  'PricebookEntry.Product2Id': 'PricebookEntries',
};

const withoutChildren = /^(?:CreatedBy|LastModifiedBy|Owner|MasterRecord|Converted\w+)Id$/;

/** The name of a parent's list of children in a sub-select, or undefined where the platform has none. */
export function childRelationshipName(child: ObjectDefinition, field: FieldDefinition): string | undefined {
  if (field.childRelationshipName !== null) return field.childRelationshipName;
  if (withoutChildren.test(field.name)) return undefined;
  const known = namedOtherwise[`${child.name}.${field.name}`];
  if (known !== undefined) return known;
  if (field.referenceTo.includes(child.name)) return undefined;
  const plural = child.labelPlural.replace(/\W/g, '');
  return field.custom ? `${plural}__r` : plural;
}

export function findChildren(schema: Schema, parent: ObjectDefinition, name: string): ChildReference | undefined {
  return schema
    .referencesTo(parent.name)
    .find(({ child, field }) => childRelationshipName(child, field)?.toLowerCase() === name.toLowerCase());
}
