import type { FieldDescribe, ObjectDescribe } from './describe.ts';

/** Which rows and which of their fields a channel shows, in SOQL's terms. */
export interface RowSelection {
  readonly object: string;
  /** Without Id and SystemModstamp, which every read adds. */
  readonly fields: readonly string[];
  /** Condition without WHERE. */
  readonly where?: string;
  /**
   * `changeEvent`: a person's Name is an object of its parts, as in change events. `pushTopic`: it is a text, as in
   * PushTopic events.
   */
  readonly shape: 'changeEvent' | 'pushTopic';
}

// Compounds are read as their parts and put together again; files are no values of a record.
const unreadTypes: ReadonlySet<string> = new Set(['address', 'location', 'base64', 'complexvalue', 'anyType']);

/** Everything that a row holds, for channels of change events. */
export function everythingOf(described: ObjectDescribe): RowSelection {
  const fields = described.fields.filter((field) => !unreadTypes.has(field.type) && !isPersonName(field, described));
  return { object: described.name, fields: namesOf(fields), shape: 'changeEvent' };
}

/** What a PushTopic's query shows; the query was accepted by Salesforce, so it has one object and no sub-selects. */
export function selectedBy(query: string, described: ObjectDescribe): RowSelection {
  const parts = /^\s*select\s+(?<fields>.+?)\s+from\s+(?<object>\w+)(?:\s+where\s+(?<where>.+?))?\s*$/is.exec(query);
  const { fields = '', where } = parts?.groups ?? {};
  const known = new Map(described.fields.map((field) => [field.name.toLowerCase(), field]));
  const selected = fields.split(',').flatMap((name) => known.get(name.trim().toLowerCase()) ?? []);
  return {
    object: described.name,
    fields: namesOf(selected.filter((field) => !unreadTypes.has(field.type))),
    ...(where === undefined ? {} : { where }),
    shape: 'pushTopic',
  };
}

/** True for the Name that Salesforce puts together from FirstName and LastName. */
export function isPersonName({ name }: Pick<FieldDescribe, 'name'>, described: ObjectDescribe): boolean {
  return (
    name === 'Name' && described.fields.some((field) => field.name !== 'Name' && field.compoundFieldName === 'Name')
  );
}

function namesOf(fields: readonly FieldDescribe[]): string[] {
  return fields.map(({ name }) => name).filter((name) => name !== 'Id' && name !== 'SystemModstamp');
}
