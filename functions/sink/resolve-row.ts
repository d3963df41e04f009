import type { RowTarget } from '../../shared/bridge/bridge.ts';
import type { RowOperation } from '../../shared/bridge/row-operation.ts';
import type { RowFields } from '../../shared/transform/row-fields.ts';
import type { RowIntent } from '../../shared/transform/step.ts';

/** Where a row goes, before its fields are looked at. */
export type ResolvedRow =
  | {
      readonly kind: 'row';
      readonly operation: RowOperation;
      readonly object: string;
      /** `Id` or an external ID; none where no row is looked for. */
      readonly keyField: string | undefined;
      readonly fields: RowFields;
      /** Its Ids are another org's: what it refers to is named by external ID. */
      readonly isReplica: boolean;
      /** The row may lie in the recycle bin. */
      readonly revives?: boolean;
    }
  | { readonly kind: 'rejected'; readonly problem: string };

const eventTypes = ['created', 'updated', 'deleted', 'undeleted', 'snapshot'] as const;
type EventType = (typeof eventTypes)[number];

// With the row's Id in an external ID field, whatever happened to it but a deletion leaves it as the record says. The record
// of an undelete is complete, so that the row can also be made anew when no recycle bin has it any more.
const operationsOfReplica: Readonly<Record<EventType, RowOperation>> = {
  created: 'upsert',
  updated: 'upsert',
  undeleted: 'upsert',
  snapshot: 'upsert',
  deleted: 'delete',
};
const operationsById: Readonly<Record<EventType, RowOperation>> = {
  created: 'create',
  updated: 'update',
  undeleted: 'update',
  snapshot: 'update',
  deleted: 'delete',
};

/**
 * Decides what is to be done with a row: the transform's word first, then the record's `_ObjectType` and `_EventType`, then
 * the sink's first target of the object.
 *
 * @param mark gives the record's coordinates, for creates that leave them in the row.
 */
export function resolveRow(intent: RowIntent, targets: readonly RowTarget[], mark: () => string): ResolvedRow {
  const { _ObjectType: objectType, _EventType: eventType } = intent.fields;
  const fields = objectType === undefined && eventType === undefined ? intent.fields : withoutTypes(intent.fields);
  const object = intent.object ?? (typeof objectType === 'string' ? objectType : undefined);
  const target = findTarget(targets, object, intent.operation);
  if (target === undefined) {
    const named =
      object === undefined
        ? 'names no object, and its sink has several'
        : `is of an object or operation that its sink does not write (${object})`;
    return { kind: 'rejected', problem: named };
  }
  if (intent.operation === undefined && target.operation === 'fromRecord') {
    return fromRecord(target, fields, eventType);
  }
  const operation = intent.operation ?? (target.operation as RowOperation);
  return withKey(operation, target, fields, mark);
}

function withoutTypes({ _ObjectType, _EventType, ...fields }: RowFields): RowFields {
  return fields;
}

function findTarget(
  targets: readonly RowTarget[],
  object: string | undefined,
  operation: RowOperation | undefined,
): RowTarget | undefined {
  const name = object ?? onlyObject(targets);
  const isOfObject = ({ object: each }: RowTarget) => name !== undefined && isSameName(each, name);
  return targets.find((each) => each.operation === operation && isOfObject(each)) ?? targets.find(isOfObject);
}

function onlyObject([first, ...others]: readonly RowTarget[]): string | undefined {
  return others.every(({ object }) => isSameName(object, first?.object ?? '')) ? first?.object : undefined;
}

function isSameName(a: string, b: string): boolean {
  return a === b || a.toLowerCase() === b.toLowerCase();
}

function fromRecord(target: RowTarget, fields: RowFields, eventType: unknown): ResolvedRow {
  if (!eventTypes.includes(eventType as EventType)) {
    return { kind: 'rejected', problem: 'has no known _EventType' };
  }
  const type = eventType as EventType;
  const revives = type === 'undeleted' ? { revives: true } : {};
  const { Id: id, ...rest } = fields;
  const { object, externalId } = target;
  if (externalId === undefined) {
    const operation = operationsById[type];
    return operation === 'create'
      ? { kind: 'row', operation, object, keyField: undefined, fields: rest, isReplica: false }
      : { kind: 'row', operation, object, keyField: 'Id', fields, isReplica: false, ...revives };
  }
  const operation = operationsOfReplica[type];
  const key = { [externalId]: id ?? null };
  const kept = operation === 'delete' ? key : { ...rest, ...key };
  return { kind: 'row', operation, object, keyField: externalId, fields: kept, isReplica: true, ...revives };
}

function withKey(operation: RowOperation, target: RowTarget, fields: RowFields, mark: () => string): ResolvedRow {
  const { object, externalId } = target;
  if (operation === 'publish') return { kind: 'row', operation, object, keyField: undefined, fields, isReplica: false };
  if (operation !== 'create') {
    return { kind: 'row', operation, object, keyField: externalId ?? 'Id', fields, isReplica: false };
  }
  if (target.mark === undefined) {
    return { kind: 'row', operation, object, keyField: undefined, fields, isReplica: false };
  }
  const marked = { ...fields, [target.mark]: mark() };
  return { kind: 'row', operation: 'upsert', object, keyField: target.mark, fields: marked, isReplica: false };
}
