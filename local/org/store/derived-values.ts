import type { FieldValue, ObjectDefinition, Row } from './definitions.ts';

/** A person's `Name` is first and last name; everything else keeps the name it was given. */
export function withDerivedName<T extends Record<string, FieldValue>>(object: ObjectDefinition, row: T): T {
  if (!object.personName) return row;
  const name = [row['FirstName'], row['LastName']].filter((part) => part !== null && part !== undefined).join(' ');
  return { ...row, Name: name };
}

const addressParts: Readonly<Record<string, string>> = {
  City: 'city',
  Country: 'country',
  GeocodeAccuracy: 'geocodeAccuracy',
  Latitude: 'latitude',
  Longitude: 'longitude',
  PostalCode: 'postalCode',
  State: 'state',
  Street: 'street',
};

/** A compound address as REST shows it (lower-case parts, all present), or null when every part is null. */
export function compoundAddress(row: Row, compound: string): Readonly<Record<string, FieldValue>> | null {
  const prefix = compound.replace(/Address$/, '');
  const address: Record<string, FieldValue> = {};
  let empty = true;
  for (const [part, key] of Object.entries(addressParts)) {
    const value = row[`${prefix}${part}`] ?? null;
    address[key] = value;
    if (value !== null) empty = false;
  }
  return empty ? null : address;
}
