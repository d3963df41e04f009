import type { RecordLoad } from './sink-scenario.ts';

/** What is wrong with a record: the org's own rule, a text too long, a wrong JSON type, a field that is not there, no JSON. */
export const badKinds = ['rule', 'tooLong', 'wrongType', 'unknownField', 'notJson'] as const;
export type BadKind = (typeof badKinds)[number];

export interface MarkedRecord {
  /** A text that no other record carries, in its fields and in a header. */
  readonly mark: string;
  readonly key: string;
  /** What the record says of the row besides its key. */
  readonly fields: Readonly<Record<string, string | number>>;
  /** Present when it must end as a dead letter. */
  readonly bad?: BadKind;
  readonly value: string;
}

export const object = 'Account';
export const keyField = 'External_Id__c';
/** Each record sets the name, the version and one of these, so that merging shows: the others must keep their last value. */
const textFields = ['AccountNumber', 'Site', 'Description'] as const;

/** The org's rule that records of kind `rule` break. */
export const validationRule = {
  object,
  name: 'Revenue_is_not_negative',
  formula: 'AnnualRevenue < 0',
  message: 'The revenue must not be negative',
};

const breaks: Readonly<Record<Exclude<BadKind, 'notJson'>, Readonly<Record<string, string | number>>>> = {
  rule: { AnnualRevenue: -1 },
  tooLong: { TickerSymbol: 'x'.repeat(60) },
  wrongType: { NumberOfEmployees: 'many' },
  unknownField: { No_Such_Field__c: 'x' },
};

/** The records of a load in the order they are sent; records of one key carry growing versions. */
export function markedRecords(load: RecordLoad, name: string, random: () => number): readonly MarkedRecord[] {
  const versions = new Map<string, number>();
  return Array.from({ length: load.records }, (_, index) => {
    // Every key once first, so that each scenario writes as many rows as it says.
    const number = index < load.keys ? index : Math.floor(random() * load.keys);
    const key = `${name}-${number}`;
    const version = (versions.get(key) ?? 0) + 1;
    versions.set(key, version);
    const mark = `${name} ${index + 1}`;
    const drawn = random() < (load.badShare ?? 0) ? badKinds[Math.floor(random() * badKinds.length)] : undefined;
    const bad = load.bad?.[index] ?? drawn;
    const fields = {
      Name: mark,
      NumberOfEmployees: version,
      [textFields[Math.floor(random() * textFields.length)] ?? 'Site']: mark,
    };
    const broken = bad === undefined || bad === 'notJson' ? {} : breaks[bad];
    const value = bad === 'notJson' ? `{"${keyField}":` : JSON.stringify({ [keyField]: key, ...fields, ...broken });
    return { mark, key, fields, value, ...(bad === undefined ? {} : { bad }) };
  });
}
