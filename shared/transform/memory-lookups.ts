import type { FoundRow, LookupKey, Lookups } from './lookups.ts';

/** What there is to look up, as plain values. */
export interface PlainData {
  /** Rows by object. */
  readonly salesforce?: Readonly<Record<string, readonly FoundRow[]>>;
  /** Items by table. */
  readonly dynamodb?: Readonly<Record<string, readonly FoundRow[]>>;
}

/** Look-ups in a value, for tests and dry runs. */
export function createMemoryLookups({ salesforce = {}, dynamodb = {} }: PlainData): Lookups {
  const isOneOf = (keys: readonly LookupKey[], fold: (text: string) => string) => {
    const wanted = new Set(keys.map((key) => fold(String(key))));
    return (value: unknown) => wanted.has(fold(String(value)));
  };
  return {
    async salesforceRows({ object, by, keys }) {
      const isWanted = isOneOf(keys, (text) => text.toLowerCase());
      return (salesforce[object] ?? []).filter((row) => isWanted(row[by]));
    },
    async dynamodbItems({ table, key, keys }) {
      const isWanted = isOneOf(keys, String);
      return (dynamodb[table] ?? []).filter((item) => isWanted(item[key]));
    },
  };
}
