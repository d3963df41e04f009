import type { RowTarget } from '../../shared/bridge/bridge.ts';
import type { RowOperation } from '../../shared/bridge/row-operation.ts';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import { describeCoordinates, type KafkaRecord } from '../../shared/kafka/kafka-record.ts';
import { isJsonObject } from '../../shared/salesforce/exact-json.ts';
import type { RowFields } from '../../shared/transform/row-fields.ts';
import type { Transformed } from '../../shared/transform/run-transform.ts';
import type { RowIntent } from '../../shared/transform/step.ts';
import { toReplicaFields } from './replica-fields.ts';
import { type ResolvedRow, resolveRow } from './resolve-row.ts';
import { parentName } from './row-identity.ts';
import type { PlannedRow } from './row-write.ts';
import type { TargetObject } from './target-object.ts';

export interface Preparation {
  readonly targets: readonly RowTarget[];
  /** By lower-cased name; every object of the targets is in it. */
  readonly objects: ReadonlyMap<string, TargetObject>;
}

export type Prepared =
  | { readonly kind: 'rows'; readonly rows: readonly PlannedRow[]; readonly dropped: readonly DroppedFields[] }
  | { readonly kind: 'rejected'; readonly error: BridgeError }
  /** A field that the describe does not know; a fresh one may. */
  | { readonly kind: 'unknownFields'; readonly object: string; readonly error: BridgeError };

type OneRow = Exclude<Prepared, { kind: 'rows' }> | { kind: 'row'; row: PlannedRow; dropped: readonly string[] };

/** Fields of one row that were left out, because its object does not have them or nobody may write them. */
export interface DroppedFields {
  readonly object: string;
  readonly fields: readonly string[];
}

/** Which record a row comes from, and what of it is kept until the row is written. */
type Origin = Pick<PlannedRow, 'record' | 'place' | 'remember'>;

/** Makes the rows of one record ready to be sent, or rejects the record: none of its rows goes out when one cannot. */
export function prepareRows(
  { record, rows: intents }: Extract<Transformed, { kind: 'rows' }>,
  place: number,
  preparation: Preparation,
): Prepared {
  const prepareNth = (intent: RowIntent, index: number) => {
    const mark = () => describeCoordinates(record) + (index === 0 ? '' : `.${index}`);
    const resolved = resolveRow(intent, preparation.targets, mark);
    return prepareOne({ record, place, remember: intent.remember }, resolved, preparation);
  };
  const [intent] = intents;
  // As nearly all of them; the loop below costs several times as much.
  if (intent !== undefined && intents.length === 1) {
    const only = prepareNth(intent, 0);
    return only.kind === 'row' ? { kind: 'rows', rows: [only.row], dropped: droppedOf(only) } : only;
  }
  const rows: PlannedRow[] = [];
  const dropped: DroppedFields[] = [];
  for (const [index, each] of intents.entries()) {
    const prepared = prepareNth(each, index);
    if (prepared.kind !== 'row') return prepared;
    rows.push(prepared.row);
    dropped.push(...droppedOf(prepared));
  }
  return { kind: 'rows', rows, dropped };
}

function droppedOf({ row, dropped }: Extract<OneRow, { kind: 'row' }>): readonly DroppedFields[] {
  return dropped.length === 0 ? nothing : [{ object: row.object, fields: dropped }];
}

const nothing: readonly DroppedFields[] = [];

function prepareOne(origin: Origin, resolved: ResolvedRow, { targets, objects }: Preparation): OneRow {
  const { record, place, remember } = origin;
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
  const { fields, dropped } = normalised;
  const keyReader = keyField === undefined ? undefined : object.keyReader(keyField);
  const key = keyReader?.read(fields[keyReader.field]);
  if (keyReader !== undefined && key === undefined) {
    const name = keyReader.field;
    const problem = `was mapped to a row of ${describe.name} without a value for its key ${name}`;
    return { kind: 'rejected', error: rejection(record, problem, [name]) };
  }
  const parents = parentsOf(fields, find);
  const provides = identitiesOf(operation, fields, object);
  const row = {
    record,
    place,
    operation,
    object: describe.name,
    keyField: keyReader?.field,
    key,
    fields,
    remember,
    parents,
    provides,
  };
  if (resolved.revives === true) return { kind: 'row', row: { ...row, revives: true }, dropped };
  const mayComeBack = operation === 'delete' && isBroughtBack(describe.name, targets);
  return { kind: 'row', row: mayComeBack ? { ...row, mayComeBack } : row, dropped };
}

/** By a target of its own; what a source says of a row that came back is complete, and needs nothing from before. */
function isBroughtBack(object: string, targets: readonly RowTarget[]): boolean {
  return targets.some((each) => each.operation === 'undelete' && each.object.toLowerCase() === object.toLowerCase());
}

const none: readonly string[] = [];

/** The rows that this one names by external ID, whatever object a lookup to several points to. */
function parentsOf(fields: RowFields, find: TargetObject['find']): readonly string[] {
  if (!Object.values(fields).some(isJsonObject)) return none;
  const relationships = Object.keys(fields).filter((name) => isJsonObject(fields[name]));
  return relationships.flatMap((relationship) => {
    const objects = find(relationship)?.referenceTo ?? [];
    return Object.entries(fields[relationship] ?? {}).flatMap(([field, id]) =>
      objects.flatMap((object) => parentName(object, field, id) ?? []),
    );
  });
}

/** The names by which other rows may refer to a row that is about to be there. */
function identitiesOf(operation: RowOperation, fields: RowFields, { identities }: TargetObject): readonly string[] {
  if (operation === 'delete' || operation === 'publish') return none;
  let provided = none;
  for (const { field, read } of identities) {
    const identity = read(fields[field]);
    if (identity !== undefined) provided = provided.length === 0 ? [identity] : [...provided, identity];
  }
  return provided;
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
