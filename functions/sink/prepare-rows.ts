import type { RowTarget } from '../../shared/bridge/bridge.ts';
import type { RowOperation } from '../../shared/bridge/row-operation.ts';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import { describeCoordinates, type KafkaRecord } from '../../shared/kafka/kafka-record.ts';
import type { FieldDescribe, ObjectDescribe } from '../../shared/salesforce/describe.ts';
import { isJsonObject } from '../../shared/salesforce/exact-json.ts';
import type { NormalisedRow } from '../../shared/salesforce/normalise-row.ts';
import type { RowFields } from '../../shared/transform/row-fields.ts';
import type { Transformed } from '../../shared/transform/run-transform.ts';
import { toReplicaFields } from './replica-fields.ts';
import { type ResolvedRow, resolveRow } from './resolve-row.ts';
import { rowIdentity, rowKey } from './row-identity.ts';
import type { PlannedRow } from './row-write.ts';

/** What is known of one object a sink writes. */
export interface TargetObject {
  readonly describe: ObjectDescribe;
  /** Finds a field by its name or its relationship's. */
  readonly find: (name: string) => FieldDescribe | undefined;
  readonly normalise: (fields: RowFields, operation: RowOperation) => NormalisedRow;
}

export interface Preparation {
  readonly targets: readonly RowTarget[];
  /** By lower-cased name; every object of the targets is in it. */
  readonly objects: ReadonlyMap<string, TargetObject>;
}

export type Prepared =
  | { readonly kind: 'rows'; readonly rows: readonly PlannedRow[]; readonly dropped: number }
  | { readonly kind: 'rejected'; readonly error: BridgeError }
  /** A field that the describe does not know; a fresh one may. */
  | { readonly kind: 'unknownFields'; readonly object: string; readonly error: BridgeError };

type OneRow = Exclude<Prepared, { kind: 'rows' }> | { kind: 'row'; row: PlannedRow; dropped: number };

/** Makes the rows of one record ready to be sent, or rejects the record: none of its rows goes out when one cannot. */
export function prepareRows(
  { record, rows: intents }: Extract<Transformed, { kind: 'rows' }>,
  place: number,
  preparation: Preparation,
): Prepared {
  const rows: PlannedRow[] = [];
  let dropped = 0;
  for (const [index, intent] of intents.entries()) {
    const mark = describeCoordinates(record) + (index === 0 ? '' : `.${index}`);
    const resolved = resolveRow(intent, preparation.targets, mark);
    const prepared = prepareOne(record, resolved, preparation);
    if (prepared.kind !== 'row') return prepared;
    rows.push({ ...prepared.row, place, remember: intent.remember });
    dropped += prepared.dropped;
  }
  return { kind: 'rows', rows, dropped };
}

function prepareOne(record: KafkaRecord, resolved: ResolvedRow, { targets, objects }: Preparation): OneRow {
  if (resolved.kind === 'rejected') return { kind: 'rejected', error: rejection(record, resolved.problem) };
  const { operation, keyField } = resolved;
  const object = objects.get(resolved.object.toLowerCase());
  if (object === undefined) throw new BridgeError('SKB_BUG', `${resolved.object} was not described`);
  const { describe, find } = object;
  const wanted = resolved.isReplica ? toReplicaFields(resolved.fields, find, targets) : resolved.fields;
  const normalised = object.normalise(wanted, operation);
  if (normalised.kind === 'rejected') {
    return { kind: 'rejected', error: atRecord(record, normalised.error) };
  }
  if (normalised.kind === 'unknown') {
    return { kind: 'unknownFields', object: describe.name, error: atRecord(record, normalised.error) };
  }
  const field = keyField === undefined ? undefined : find(keyField);
  const keyName = keyField === undefined ? undefined : (field?.name ?? keyField);
  const { fields, dropped } = normalised;
  const value = keyName === undefined ? undefined : fields[keyName];
  const key = keyName === undefined ? undefined : rowKey(describe.name, keyName, value, field?.caseSensitive === true);
  if (keyName !== undefined && key === undefined) {
    return {
      kind: 'rejected',
      error: rejection(record, `was mapped to a row of ${describe.name} without a value for its key ${keyName}`, [
        keyName,
      ]),
    };
  }
  return {
    kind: 'row',
    dropped: dropped.length,
    row: {
      record,
      place: 0,
      operation,
      object: describe.name,
      ...(keyName === undefined || key === undefined ? {} : { keyField: keyName, key }),
      fields,
      ...(resolved.revives === true ? { revives: true } : {}),
      remember: [],
      parents: parentsOf(fields, find),
      provides: identitiesOf(operation, fields, object),
    },
  };
}

/** The rows that this one names by external ID, whatever object a lookup to several points to. */
function parentsOf(fields: RowFields, find: TargetObject['find']): string[] {
  return Object.entries(fields).flatMap(([relationship, value]) => {
    if (!isJsonObject(value)) return [];
    const objects = find(relationship)?.referenceTo ?? [];
    return Object.entries(value).flatMap(([field, id]) =>
      objects.flatMap((object) => rowIdentity(object, field, id) ?? []),
    );
  });
}

/** The names by which other rows may refer to a row that is about to be there. */
function identitiesOf(operation: RowOperation, fields: RowFields, { describe, find }: TargetObject): string[] {
  if (operation === 'delete' || operation === 'publish') return [];
  return Object.entries(fields).flatMap(([name, value]) => {
    const field = find(name);
    if (field === undefined || !(field.externalId || field.idLookup)) return [];
    return rowIdentity(describe.name, field.name, value) ?? [];
  });
}

function rejection(record: KafkaRecord, what: string, fields: readonly string[] = []): BridgeError {
  const { topic, partition, offset } = record;
  return new BridgeError('SKB_ROW_REJECTED', `Record ${describeCoordinates(record)} ${what}`, {
    context: { topic, partition, offset, ...(fields.length === 0 ? {} : { fields }) },
  });
}

/** An error about a row that does not know where the row came from. */
function atRecord(record: KafkaRecord, error: BridgeError): BridgeError {
  const { topic, partition, offset } = record;
  return new BridgeError(error.code, `Row of ${describeCoordinates(record)} cannot be written: ${error.message}`, {
    cause: error,
    context: { ...error.context, topic, partition, offset },
  });
}
