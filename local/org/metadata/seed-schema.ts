import { type Seed, SeedError } from '../seed.ts';
import { channelDefinition, platformEventTable } from '../seed-events.ts';
import type { FieldLine, ObjectTable } from '../store/field-table.ts';
import { createSchema, type Schema, standardObjects } from '../store/schema.ts';
import { customFields } from './custom-field.ts';
import { customObject } from './custom-object.ts';
import { recordTypeLine, recordTypesOf } from './record-types.ts';

/** The standard objects with everything a seed adds to them. Throws SeedError with every object it names in vain. */
export function schemaOf(seed: Seed): Schema {
  const standard = new Set(standardObjects.map((object) => object.name));
  const custom = new Set([...seed.objects, ...seed.platformEvents].map((object) => object.name));
  const problems = [
    ...Object.keys(seed.customFields)
      .filter((name) => !standard.has(name) && !custom.has(name))
      .map((name) => `customFields.${name}: there is no object ${name}`),
    ...seed.recordTypes
      .filter(({ object }) => !standard.has(object) && !custom.has(object))
      .map(({ object }) => `recordTypes: there is no object ${object}`),
    ...seed.changeEvents
      .filter((name) => !standard.has(name))
      .map((name) => `changeEvents: there is no standard object ${name}`),
  ];
  if (problems.length > 0) throw new SeedError(problems);
  const selected = new Set(seed.changeEvents);
  const recordTypes = Map.groupBy(recordTypesOf(seed.recordTypes), ({ object }) => object);
  const tables = standardObjects.map((table): ObjectTable => {
    const types = recordTypes.get(table.name);
    const lines = [...table.fields, ...currencyLines(table, seed.currencies)];
    const kinds =
      types === undefined ? { fields: lines } : { recordTypes: types, fields: [...lines, recordTypeLine(types)] };
    return { ...table, ...(selected.has(table.name) ? { changeEvents: true } : {}), ...kinds };
  });
  const fieldsOf = (name: string) => seed.customFields[name] ?? [];
  const fields = [
    ...standardObjects.map(({ name }) => [name, fieldsOf(name).flatMap(customFields)] as const),
    ...seed.platformEvents.map(
      (event) => [event.name, [...event.fields, ...fieldsOf(event.name)].flatMap(customFields)] as const,
    ),
  ];
  const schema = createSchema(
    [...tables, ...seed.platformEvents.map(platformEventTable)],
    Object.fromEntries(fields),
    seed.channels.map(channelDefinition),
  );
  for (const [index, object] of seed.objects.entries()) {
    const whole = { ...object, fields: [...object.fields, ...fieldsOf(object.name)] };
    schema.put(customObject(whole, prefixOf(index), recordTypes.get(object.name)));
  }
  return schema;
}

/** The currency of a row's amounts; that of a price book entry cannot change (Object Reference, PricebookEntry). */
function currencyLines({ name, fields }: ObjectTable, currencies: readonly string[]): FieldLine[] {
  const [own] = currencies;
  const hasAmounts = fields.some(([, , kind]) => kind.startsWith('currency'));
  if (own === undefined || !hasAmounts) return [];
  const flags = `defaulted restricted${name === 'PricebookEntry' ? ' createonly' : ''}`;
  return [['CurrencyIsoCode', 'Currency ISO Code', 'picklist 3', flags, { values: currencies, default: own }]];
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Key prefix of a custom object: `a00`, `a01`, … `a0z`, `a10`, … */
function prefixOf(index: number): string {
  return `a${alphabet[Math.floor(index / 62)] ?? '0'}${alphabet[index % 62] ?? '0'}`;
}
