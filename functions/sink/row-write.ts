import type { RowOperation } from '../../shared/bridge/row-operation.ts';
import type { KafkaRecord } from '../../shared/kafka/kafka-record.ts';
import type { RowFields } from '../../shared/transform/row-fields.ts';
import type { Remembered } from '../../shared/transform/step.ts';

/** One row that a record asks for, normalised and ready to be sent. */
export interface PlannedRow {
  readonly record: KafkaRecord;
  /** Place of the record in its round, from 0. */
  readonly place: number;
  readonly operation: RowOperation;
  readonly object: string;
  /** `Id` or an external ID; none for rows that are only created, and for platform events. */
  readonly keyField?: string | undefined;
  /** Which row it is, as Salesforce compares; the same text for the same row. */
  readonly key?: string | undefined;
  readonly fields: RowFields;
  /** The row may lie in the recycle bin, from where it is to come back before it is written. @default false */
  readonly revives?: boolean;
  /** Of a delete: the row may be brought back later, so what came before has to be written first. @default false */
  readonly mayComeBack?: boolean;
  readonly remember: readonly Remembered[];
  /** Names of rows that must exist before this one. */
  readonly parents: readonly string[];
  /** Identities under which others may name this row. */
  readonly provides: readonly string[];
}

/** What is sent to Salesforce for one row, and the rows of records that amount to it, in order. */
export interface RowWrite {
  readonly operation: RowOperation;
  readonly object: string;
  readonly keyField?: string | undefined;
  readonly key?: string | undefined;
  readonly fields: RowFields;
  readonly revives?: boolean;
  readonly rows: readonly [PlannedRow, ...PlannedRow[]];
}

// What two changes of one row, one after the other, amount to. What is missing here stays two changes: after a delete a row
// begins anew, and an update must not create what was not there.
const joined: Readonly<Partial<Record<RowOperation, Partial<Record<RowOperation, RowOperation>>>>> = {
  upsert: { upsert: 'upsert', update: 'upsert', delete: 'delete' },
  update: { update: 'update', delete: 'delete' },
  delete: { delete: 'delete' },
  undelete: { undelete: 'undelete', delete: 'delete' },
};

/**
 * Cuts the changes of one row, in order, into as few writes as they amount to.
 *
 * @param isNeeded whether what comes before a delete has to be written all the same.
 */
export function coalesce(
  rows: readonly PlannedRow[],
  isNeeded: (deletion: PlannedRow) => boolean = ({ mayComeBack }) => mayComeBack === true,
): RowWrite[] {
  const [only, second] = rows;
  if (only !== undefined && second === undefined) return [toWrite(only.operation, [only])];
  const groups: { operation: RowOperation; rows: [PlannedRow, ...PlannedRow[]] }[] = [];
  for (const row of rows) {
    const group = groups.at(-1);
    const operation = group === undefined ? undefined : join(group.operation, row, isNeeded);
    if (group === undefined || operation === undefined) groups.push({ operation: row.operation, rows: [row] });
    else {
      group.operation = operation;
      group.rows.push(row);
    }
  }
  return groups.map(({ operation, rows: merged }) => toWrite(operation, merged));
}

function join(
  before: RowOperation,
  row: PlannedRow,
  isNeeded: (deletion: PlannedRow) => boolean,
): RowOperation | undefined {
  if (row.key === undefined || row.revives === true) return undefined;
  if (row.operation === 'delete' && before !== 'delete' && isNeeded(row)) return undefined;
  return joined[before]?.[row.operation];
}

/** The two halves of a merged write, to be sent one after the other; they amount to the same. */
export function halves({ rows }: RowWrite): RowWrite[] {
  const middle = Math.ceil(rows.length / 2);
  return [...coalesce(rows.slice(0, middle)), ...coalesce(rows.slice(middle))];
}

function toWrite(operation: RowOperation, rows: [PlannedRow, ...PlannedRow[]]): RowWrite {
  const { object, keyField, key, fields } = rows[0];
  const merged = rows.length === 1 ? fields : mergedFields(operation, rows);
  const revives = operation !== 'delete' && rows[0].revives === true;
  return { operation, object, keyField, key, fields: merged, ...(revives ? { revives } : {}), rows };
}

function mergedFields(operation: RowOperation, rows: readonly PlannedRow[]): RowFields {
  // A delete needs its key only, and that is the same in all of them.
  if (operation === 'delete' || operation === 'undelete') return rows.at(-1)?.fields ?? {};
  const merged: Record<string, RowFields[string]> = {};
  for (const { fields } of rows) {
    for (const [name, value] of Object.entries(fields)) {
      // A parent is one field under two names: by Id, or by external ID through its relationship.
      delete merged[otherNameOfReference(name)];
      merged[name] = value;
    }
  }
  return merged;
}

/** `AccountId` for `Account`, `Parent__r` for `Parent__c`, and the other way round. */
export function otherNameOfReference(name: string): string {
  if (name.endsWith('__r')) return `${name.slice(0, -1)}c`;
  if (name.endsWith('__c')) return `${name.slice(0, -1)}r`;
  return name.endsWith('Id') ? name.slice(0, -2) : `${name}Id`;
}
