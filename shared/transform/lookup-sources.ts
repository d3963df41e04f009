import { BridgeError } from '../errors/bridge-error.ts';
import { inTime } from '../errors/in-time.ts';
import type { FoundRow, LookupKey, Lookups } from './lookups.ts';
import type { StepNeeds } from './step.ts';

/** Where an enrichment finds things. */
export interface LookupSource<Found> {
  readonly needs?: StepNeeds;
  /**
   * What was found, by key as text; a missing key was not found, an Error rejects the records of that key. Throwing has the
   * whole batch tried again.
   */
  find(keys: readonly LookupKey[], lookups: Lookups | undefined): Promise<ReadonlyMap<string, Found | Error>>;
}

interface SalesforceRowsOptions<Field extends string> {
  readonly object: string;
  /** Field that holds the key; an external ID is indexed. */
  readonly by: string;
  readonly fields: readonly Field[];
  /** Whether the field tells `a` from `A`. @default false, as Salesforce compares */
  readonly caseSensitive?: boolean;
}

const apiPath = /^[A-Za-z]\w{0,79}(\.[A-Za-z]\w{0,79}){0,5}$/;

/** Rows of an object by one of its fields. Two rows with one key reject the record, because none is the right one. */
export function salesforceRows<Field extends string>({
  object,
  by,
  fields,
  caseSensitive = false,
}: SalesforceRowsOptions<Field>): LookupSource<Readonly<Record<Field, unknown>>> {
  const wrong = [object, by, ...fields].find((name) => !apiPath.test(name));
  if (wrong !== undefined) {
    throw new BridgeError('SKB_CONFIG_INVALID', `salesforceRows: ${JSON.stringify(wrong)} is not an API name`);
  }
  const fold = (key: unknown) => (caseSensitive ? String(key) : String(key).toLowerCase());
  return {
    async find(keys, lookups) {
      const rows = await needed(lookups).salesforceRows({ object, by, fields: [...new Set([by, ...fields])], keys });
      return byKey(keys, rows, by, fold, object) as ReadonlyMap<string, Readonly<Record<Field, unknown>> | Error>;
    },
  };
}

/** Items of a DynamoDB table by its partition key; the table must not have a sort key. */
export function dynamodbItems({ table, key }: { table: string; key: string }): LookupSource<FoundRow> {
  return {
    needs: { tables: [table] },
    async find(keys, lookups) {
      return byKey(keys, await needed(lookups).dynamodbItems({ table, key, keys }), key, String, table);
    },
  };
}

/**
 * Whatever a function finds. It gets all keys of a batch that are not cached and answers what it found by key; see
 * {@link LookupSource.find} for what is not found and what fails.
 *
 * @param options.seconds after which the batch is tried again. @default 30
 */
export function lookUp<Found>(
  find: (keys: readonly LookupKey[]) => Promise<ReadonlyMap<string, Found | Error>>,
  { seconds = 30 }: { seconds?: number } = {},
): LookupSource<Found> {
  return {
    async find(keys) {
      try {
        return await inTime(find(keys), seconds * 1000, () => failed(`did not answer within ${seconds} s`));
      } catch (error) {
        throw error instanceof BridgeError
          ? error
          : failed(`threw ${error instanceof Error ? error.name : typeof error}`, error);
      }
    },
  };
}

function byKey(
  keys: readonly LookupKey[],
  rows: readonly FoundRow[],
  field: string,
  fold: (key: unknown) => string,
  where: string,
): ReadonlyMap<string, FoundRow | Error> {
  const rowsByKey = Map.groupBy(rows, (row) => fold(row[field]));
  return new Map(
    keys.flatMap((key): [string, FoundRow | Error][] => {
      const [row, second] = rowsByKey.get(fold(key)) ?? [];
      if (row === undefined) return [];
      return [[String(key), second === undefined ? row : ambiguous(where, field)]];
    }),
  );
}

function ambiguous(where: string, field: string): BridgeError {
  return new BridgeError('SKB_TRANSFORM_FAILED', `${where} has several rows with this ${field}`);
}

function needed(lookups: Lookups | undefined): Lookups {
  if (lookups === undefined)
    throw new BridgeError('SKB_BUG', 'A step looks something up, but nothing to look up in was given');
  return lookups;
}

function failed(what: string, cause?: unknown): BridgeError {
  return new BridgeError('SKB_LOOKUP_FAILED', `The look-up function of a transform ${what}`, { cause });
}
