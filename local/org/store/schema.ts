import type { ChannelDefinition, FieldDefinition, ObjectDefinition } from './definitions.ts';
import { type ObjectTable, objectFromTable } from './field-table.ts';
import { catalogueObjects } from './objects/catalogue-objects.ts';
import { salesObjects } from './objects/sales-objects.ts';
import { systemObjects } from './objects/system-objects.ts';

/** The org's sObjects; names are found in any case, as Salesforce does. */
export interface Schema {
  /** sObjects and platform events, by name. */
  readonly objects: readonly ObjectDefinition[];
  /** Custom channels, by the seed. */
  readonly channels: readonly ChannelDefinition[];
  find(name: string): ObjectDefinition | undefined;
  /** By the first three characters of an ID. */
  findByPrefix(id: string): ObjectDefinition | undefined;
  /** Fields of other objects that refer to this one. */
  referencesTo(name: string): readonly ChildReference[];
}

export interface ChildReference {
  readonly child: ObjectDefinition;
  readonly field: FieldDefinition;
}

export const standardObjects: readonly ObjectTable[] = [...salesObjects, ...catalogueObjects, ...systemObjects];

/** `customFields`: fields to add, by object name; objects that do not exist are ignored here and refused by the seed's check. */
export function createSchema(
  tables: readonly ObjectTable[] = standardObjects,
  customFields: Readonly<Record<string, readonly FieldDefinition[]>> = {},
  channels: readonly ChannelDefinition[] = [],
): Schema {
  const objects = tables
    .map((table) => objectFromTable(table, customFields[table.name]))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const byName = new Map(objects.map((object) => [object.name.toLowerCase(), object]));
  const byPrefix = new Map(objects.map((object) => [object.keyPrefix, object]));
  const references = new Map<string, ChildReference[]>();
  for (const child of objects) {
    for (const field of child.fields) {
      for (const parent of field.referenceTo) {
        const list = references.get(parent) ?? [];
        list.push({ child, field });
        references.set(parent, list);
      }
    }
  }
  return {
    objects,
    channels,
    find: (name) => byName.get(name.toLowerCase()),
    findByPrefix: (id) => byPrefix.get(id.slice(0, 3)),
    referencesTo: (name) => references.get(name) ?? [],
  };
}
