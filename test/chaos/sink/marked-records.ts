import { toId18 } from '../../../shared/salesforce/ids.ts';

/** What is wrong with a record: the org's own rule, a text too long, a wrong JSON type, a field that is not there, no JSON. */
export const badKinds = ['rule', 'tooLong', 'wrongType', 'unknownField', 'notJson'] as const;
export type BadKind = (typeof badKinds)[number];

export interface RecordLoad {
  readonly records: number;
  /** Different rows that they are about. */
  readonly keys: number;
  /** @default 4 */
  readonly partitions?: number;
  /** Sent at once; the others follow in so many parts while the steps run. @default 1 */
  readonly parts?: number;
  /** Pause between parts. @default 200 */
  readonly everyMs?: number;
  /** Places (from 0) of records that must become dead letters, and what is wrong with them. */
  readonly bad?: Readonly<Record<number, BadKind>>;
  /** This share of the records deletes its row; the records then say themselves what they do. @default 0 */
  readonly deleteShare?: number;
  /** True when half of the changes that follow a deletion say that the row came back, with all of its fields. @default false */
  readonly undeletes?: boolean;
  /** True when the rows of the first third name rows of the last third as their parents, whose records come later. */
  readonly parentsComeLater?: boolean;
  /** Where those parents come: in partitions of their own, on a topic of their own, or behind their children. @default partitions */
  readonly parentsCome?: 'inPartitions' | 'onTopic' | 'behind';
  /** This share of the records is bad, drawn from the seed. @default 0 */
  readonly badShare?: number;
}

export interface MarkedRecord {
  /** A text that no other record carries, in its fields and in a header. */
  readonly mark: string;
  readonly key: string;
  /** What the record says of the row besides its key. */
  readonly fields: Readonly<Record<string, string | number | null>>;
  /** True when it deletes its row. */
  readonly deletes?: boolean;
  /** Key of the row that the row must have as its parent. */
  readonly parent?: string;
  /** @default by its key */
  readonly partition?: number;
  /** True when it goes to the topic of parents. */
  readonly onParentsTopic?: boolean;
  /** Present when it must end as a dead letter. */
  readonly bad?: BadKind;
  readonly value: string;
}

export const object = 'Account';
export const keyField = 'External_Id__c';
/** Each record sets the name, the version and one of these, so that merging shows: the others must keep their last value. */
const textFields = ['AccountNumber', 'Site', 'Description'] as const;

const emptyTexts = Object.fromEntries(textFields.map((name) => [name, null]));

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
  const deleted = new Set<string>();
  return Array.from({ length: load.records }, (_, index) => {
    // Every key once first, so that each scenario writes as many rows as it says.
    const number = index < load.keys ? index : Math.floor(random() * load.keys);
    const key = keyOf(number, load, name);
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
    const parent =
      load.parentsComeLater === true && number < load.keys / 3 ? keyOf(parentOf(number, load), load, name) : undefined;
    const row = parent === undefined ? fields : { ...fields, Parent: { [keyField]: parent } };
    if (load.deleteShare !== undefined) {
      const deletes = random() < load.deleteShare;
      const comesBack = load.undeletes === true && !deletes && deleted.has(key) && random() < 0.5;
      if (deletes) deleted.add(key);
      else deleted.delete(key);
      const type = deletes ? 'deleted' : comesBack ? 'undeleted' : 'updated';
      const happened = { Id: key, _ObjectType: object, _EventType: type };
      // A row that came back is told whole.
      const told = comesBack ? { ...emptyTexts, ...fields } : fields;
      const value = JSON.stringify(deletes ? happened : { ...told, ...happened });
      return { mark, key, fields: told, deletes, value };
    }
    const broken = bad === undefined || bad === 'notJson' ? {} : breaks[bad];
    const value = bad === 'notJson' ? `{"${keyField}":` : JSON.stringify({ [keyField]: key, ...row, ...broken });
    return {
      mark,
      key,
      fields,
      value,
      ...(bad === undefined ? {} : { bad }),
      ...(parent === undefined ? {} : { parent }),
      ...placeOf(load, number, parent),
    };
  });
}

/**
 * A record that waits for its parent holds up what comes after its batch in its partition, so the parent must not be there
 * unless the event source fills up what it delivers again.
 */
function placeOf(load: RecordLoad, number: number, parent: string | undefined) {
  if (load.parentsComeLater !== true) return {};
  if (load.parentsCome === 'behind') return { partition: 0 };
  if (load.parentsCome === 'onTopic') return parent === undefined ? { onParentsTopic: true } : {};
  return { partition: parent === undefined ? 1 + (number % 3) : 0 };
}

/** From behind, or so far behind each child that a batch that begins with its child has it. */
function parentOf(number: number, { keys, parentsCome }: RecordLoad): number {
  return parentsCome === 'behind' ? number + Math.floor(keys / 3) : keys - 1 - number;
}

/** Records that say themselves what they do name a row by the Id it has elsewhere, so that is its key here. */
function keyOf(number: number, { deleteShare }: RecordLoad, name: string): string {
  return deleteShare === undefined ? `${name}-${number}` : (toId18(`001Hn${String(number).padStart(10, '0')}`) ?? '');
}
