/** A value that something is looked up by. */
export type LookupKey = string | number;

export type FoundRow = Readonly<Record<string, unknown>>;

/** What steps ask of other systems, a whole batch at a time. Each may throw a BridgeError to have the batch tried again. */
export interface Lookups {
  /** Rows of an object whose field is one of the keys; the keys are escaped here and nowhere else. */
  salesforceRows(query: SalesforceQuery): Promise<readonly FoundRow[]>;
  /** Items of a table by partition key. */
  dynamodbItems(query: DynamodbQuery): Promise<readonly FoundRow[]>;
}

export interface SalesforceQuery {
  readonly object: string;
  readonly by: string;
  readonly fields: readonly string[];
  readonly keys: readonly LookupKey[];
}

export interface DynamodbQuery {
  readonly table: string;
  readonly key: string;
  readonly keys: readonly LookupKey[];
}
