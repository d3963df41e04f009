import { z } from 'zod';
import type { RecordTypeDefinition } from '../store/definitions.ts';
import type { FieldLine } from '../store/field-table.ts';
import { createIdSource } from '../store/ids.ts';

/** A record type of an object, as a seed describes it. */
export const recordTypeSchema = z.strictObject({
  object: z.string(),
  developerName: z.string(),
  /** @default the developer name with blanks for underscores */
  name: z.string().optional(),
  active: z.boolean().default(true),
  /** What records get that name none. @default the first active one of the object */
  default: z.boolean().optional(),
});

export type RecordTypeSeed = z.infer<typeof recordTypeSchema>;

/** The record types of all objects, with the IDs their rows will have. */
export function recordTypesOf(seeds: readonly RecordTypeSeed[]): readonly RecordTypeDefinition[] {
  const nextId = createIdSource();
  const chosen = new Map<string, RecordTypeSeed>();
  for (const seed of seeds.filter(({ active }) => active)) {
    if (seed.default === true || !chosen.has(seed.object)) chosen.set(seed.object, seed);
  }
  return seeds.map((seed) => {
    const { object, developerName, active } = seed;
    const name = seed.name ?? developerName.replaceAll('_', ' ');
    return { id: nextId('012'), object, developerName, name, active, isDefault: chosen.get(object) === seed };
  });
}

/** The field that an object with record types has. */
export function recordTypeLine(types: readonly RecordTypeDefinition[]): FieldLine {
  const standard = types.find(({ isDefault }) => isDefault)?.id ?? null;
  return [
    'RecordTypeId',
    'Record Type ID',
    'reference RecordType',
    '',
    { relationship: 'RecordType', default: standard },
  ];
}
