import type { FieldValue, ObjectDefinition, Row } from './definitions.ts';

/**
 * What is computed from other fields of the same row: a person's `Name` from first and last name, and formula fields. They are
 * kept with the row, so a formula sees the time when the row was last written.
 */
export function withDerivedValues<T extends Record<string, FieldValue>>(
  object: ObjectDefinition,
  row: T,
  now: number,
): T {
  const { formulaFields } = object;
  if (!object.personName && formulaFields.length === 0) return row;
  const derived: Record<string, FieldValue> = { ...row };
  if (object.personName) {
    derived['Name'] = [row['FirstName'], row['LastName']].filter((part) => (part ?? null) !== null).join(' ');
  }
  for (const { name, formula } of formulaFields) derived[name] = formula?.compute(derived, now) ?? null;
  return derived as T;
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

/** A geolocation as REST shows it, or null when it has no place. */
export function compoundLocation(row: Row, compound: string): Readonly<Record<string, FieldValue>> | null {
  const base = compound.replace(/__c$/, '');
  const latitude = row[`${base}__Latitude__s`] ?? null;
  const longitude = row[`${base}__Longitude__s`] ?? null;
  return latitude === null && longitude === null ? null : { latitude, longitude };
}

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
