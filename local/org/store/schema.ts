import type { ChannelDefinition, FieldDefinition, ObjectDefinition } from './definitions.ts';
import { type ObjectTable, objectFromTable } from './field-table.ts';
import { businessObjects } from './objects/business-objects.ts';
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
  /** Roll-up summary fields that are made of rows of this object. */
  rollUpsOver(name: string): readonly RollUpReference[];
  /** Adds an object, or changes the one of its name. */
  put(object: ObjectDefinition): void;
}

export interface ChildReference {
  readonly child: ObjectDefinition;
  readonly field: FieldDefinition;
}

export interface RollUpReference {
  readonly parent: ObjectDefinition;
  readonly field: FieldDefinition;
}

export const standardObjects: readonly ObjectTable[] = [
  ...salesObjects,
  ...businessObjects,
  ...catalogueObjects,
  ...systemObjects,
];

/** `customFields`: fields to add, by object name; objects that do not exist are ignored here and refused by the seed's check. */
export function createSchema(
  tables: readonly ObjectTable[] = standardObjects,
  customFields: Readonly<Record<string, readonly FieldDefinition[]>> = {},
  channels: readonly ChannelDefinition[] = [],
): Schema {
  const byName = new Map<string, ObjectDefinition>();
  const byPrefix = new Map<string, ObjectDefinition>();
  const references = new Map<string, ChildReference[]>();
  const rollUps = new Map<string, RollUpReference[]>();
  let objects: readonly ObjectDefinition[] = [];
  const index = (): void => {
    objects = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    byPrefix.clear();
    references.clear();
    rollUps.clear();
    for (const child of objects) {
      byPrefix.set(child.keyPrefix, child);
      for (const field of child.fields) {
        if (field.rollUp !== null) {
          const over = rollUps.get(field.rollUp.child) ?? [];
          rollUps.set(field.rollUp.child, [...over, { parent: child, field }]);
        }
        for (const parent of field.referenceTo) {
          const list = references.get(parent) ?? [];
          list.push({ child, field });
          references.set(parent, list);
        }
      }
    }
  };
  for (const table of tables) byName.set(table.name.toLowerCase(), objectFromTable(table, customFields[table.name]));
  index();
  return {
    get objects() {
      return objects;
    },
    channels,
    find: (name) => byName.get(name.toLowerCase()),
    findByPrefix: (id) => byPrefix.get(id.slice(0, 3)),
    referencesTo: (name) => references.get(name) ?? [],
    rollUpsOver: (name) => rollUps.get(name) ?? [],
    put(object) {
      byName.set(object.name.toLowerCase(), object);
      index();
    },
  };
}
