import { canonical, type Judged, type KnownValue, type Threshold } from './judge-change.ts';
import { salesforceRows } from './lookup-sources.ts';
import type { LookupKey, Lookups } from './lookups.ts';

/** Where the present values of watched fields stand in Salesforce. */
export interface Refresh {
  readonly object: string;
  /** Field that holds the key. */
  readonly by: string;
  /** Field of each watched field: one name when one field is watched, else by the watched field's name. */
  readonly from: string | Readonly<Record<string, string>>;
  /** Field that holds the unit, such as CurrencyIsoCode. */
  readonly unit?: string;
}

/** The present values of the keys that Salesforce has a row of. */
export async function readCurrent(
  { object, by, from, unit }: Refresh,
  keys: readonly LookupKey[],
  thresholds: Readonly<Record<string, Threshold>>,
  lookups: Lookups | undefined,
): Promise<ReadonlyMap<string, Readonly<Record<string, KnownValue>>>> {
  const places = Object.keys(thresholds).map(
    (field) => [field, typeof from === 'string' ? from : from[field]] as const,
  );
  const known = places.filter((place): place is readonly [string, string] => place[1] !== undefined);
  const fields = [...known.map(([, place]) => place), ...(unit === undefined ? [] : [unit])];
  const rows = await salesforceRows({ object, by, fields }).find(keys, lookups);
  const current = new Map<string, Readonly<Record<string, KnownValue>>>();
  for (const [key, row] of rows) {
    // Several rows with this key: none is the one to compare with, and Salesforce will refuse the write by name.
    if (row instanceof Error) continue;
    const rowUnit = unit === undefined ? undefined : row[unit];
    current.set(
      key,
      Object.fromEntries(
        known.map(([field, place]) => [
          field,
          {
            value: canonical((row[place] ?? null) as Exclude<Judged, undefined>, thresholds[field] ?? {}),
            ...(typeof rowUnit === 'string' ? { unit: rowUnit } : {}),
          },
        ]),
      ),
    );
  }
  return current;
}
