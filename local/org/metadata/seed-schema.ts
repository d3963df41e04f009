import { type Seed, SeedError } from '../seed.ts';
import { channelDefinition, platformEventTable } from '../seed-events.ts';
import type { ObjectTable } from '../store/field-table.ts';
import { createSchema, type Schema, standardObjects } from '../store/schema.ts';
import { customField } from './custom-field.ts';
import { customObject } from './custom-object.ts';

/** The standard objects with everything a seed adds to them. Throws SeedError with every object it names in vain. */
export function schemaOf(seed: Seed): Schema {
  const standard = new Set(standardObjects.map((object) => object.name));
  const custom = new Set([...seed.objects, ...seed.platformEvents].map((object) => object.name));
  const problems = [
    ...Object.keys(seed.customFields)
      .filter((name) => !standard.has(name) && !custom.has(name))
      .map((name) => `customFields.${name}: there is no object ${name}`),
    ...seed.changeEvents
      .filter((name) => !standard.has(name))
      .map((name) => `changeEvents: there is no standard object ${name}`),
  ];
  if (problems.length > 0) throw new SeedError(problems);
  const selected = new Set(seed.changeEvents);
  const tables = standardObjects.map(
    (table): ObjectTable => (selected.has(table.name) ? { ...table, changeEvents: true } : table),
  );
  const fieldsOf = (name: string) => seed.customFields[name] ?? [];
  const fields = [
    ...standardObjects.map(({ name }) => [name, fieldsOf(name).map(customField)] as const),
    ...seed.platformEvents.map(
      (event) => [event.name, [...event.fields, ...fieldsOf(event.name)].map(customField)] as const,
    ),
  ];
  const schema = createSchema(
    [...tables, ...seed.platformEvents.map(platformEventTable)],
    Object.fromEntries(fields),
    seed.channels.map(channelDefinition),
  );
  for (const [index, object] of seed.objects.entries()) {
    schema.put(customObject({ ...object, fields: [...object.fields, ...fieldsOf(object.name)] }, prefixOf(index)));
  }
  return schema;
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Key prefix of a custom object: `a00`, `a01`, … `a0z`, `a10`, … */
function prefixOf(index: number): string {
  return `a${alphabet[Math.floor(index / 62)] ?? '0'}${alphabet[index % 62] ?? '0'}`;
}
