import { isJsonObject } from './exact-json.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Adds the flat parts of compound fields beside them: `BillingAddress: { City }` also gives `BillingCity`, and a person's
 * `Name: { LastName }` also gives `LastName`. Salesforce delivers the compound but accepts writes of the parts only:
 * https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/compound_fields.htm
 *
 * @param changed the names of changed fields, such as `BillingAddress.City`; they tell the parts of a compound that was
 *   cleared as a whole.
 * @param leftOut a member that is no field.
 */
export function withFlatParts(
  fields: Fields,
  changed: readonly string[] = [],
  leftOut?: string,
): Record<string, unknown> {
  const flat: Record<string, unknown> = {};
  for (const field of Object.keys(fields)) {
    if (field === leftOut) continue;
    const value = fields[field];
    flat[field] = value;
    if (!isJsonObject(value) || isTextDiff(value)) continue;
    for (const part of Object.keys(value)) {
      const name = flatName(field, part);
      if (name !== undefined) flat[name] = value[part];
    }
  }
  for (const path of changed) {
    const [field = '', part] = path.split('.');
    const name = part === undefined ? undefined : flatName(field, part);
    if (name !== undefined && fields[field] === null) flat[name] = null;
  }
  return flat;
}

// https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/compound_fields_address.htm
const partNames = {
  address: [
    'Street',
    'City',
    'State',
    'PostalCode',
    'Country',
    'StateCode',
    'CountryCode',
    'Latitude',
    'Longitude',
    'GeocodeAccuracy',
  ],
  location: ['Latitude', 'Longitude'],
  name: ['Salutation', 'FirstName', 'MiddleName', 'LastName', 'Suffix'],
} as const;

/**
 * Puts a compound together from its flat parts, as change events carry it: the parts that hold something.
 *
 * @returns null when no part holds anything; undefined when the fields have no part of it.
 */
export function compoundOf(
  field: string,
  kind: keyof typeof partNames,
  fields: Fields,
): Readonly<Record<string, unknown>> | null | undefined {
  const parts = partNames[kind].flatMap((part): [string, unknown][] => {
    const name = flatName(field, part);
    return name === undefined || !(name in fields) ? [] : [[part, fields[name]]];
  });
  if (parts.length === 0) return undefined;
  const filled = parts.filter(([, value]) => value !== null);
  return filled.length === 0 ? null : Object.fromEntries(filled);
}

/** Fields that came as a difference to a long text instead of the text itself. */
export function textDiffFields(fields: Fields): string[] {
  const found: string[] = [];
  for (const field of Object.keys(fields)) if (isTextDiff(fields[field])) found.push(field);
  return found;
}

// https://developer.salesforce.com/docs/atlas.en-us.change_data_capture.meta/change_data_capture/cdc_event_fields_body.htm
function isTextDiff(value: unknown): boolean {
  return isJsonObject(value) && typeof value['diff'] === 'string' && Object.keys(value).length === 1;
}

/** The field that holds a part of a compound: none for a compound this does not know. */
function flatName(field: string, part: string): string | undefined {
  if (field === 'Name') return part;
  // Address and geolocation fields that an admin made: Home__c has Home__City__s.
  if (field.endsWith('__c')) return `${field.slice(0, -'c'.length)}${part}__s`;
  return field.endsWith('Address') ? `${field.slice(0, -'Address'.length)}${part}` : undefined;
}
