import type { RowOperation } from '../bridge/row-operation.ts';
import { BridgeError } from '../errors/bridge-error.ts';
import type { RowFields } from '../transform/row-fields.ts';
import { coerceValue } from './coerce-value.ts';
import type { FieldDescribe, ObjectDescribe } from './describe.ts';
import { isJsonObject } from './exact-json.ts';
import { createFieldIndex, type FieldIndex } from './field-index.ts';
import { readParent } from './parent-reference.ts';

export interface NormaliseSettings {
  /** What a null does: clears the field, or leaves it alone. An empty text is null to Salesforce, so it counts as one. */
  readonly nulls: 'clear' | 'keep';
  /** What an unknown field does: rejects its record, is dropped and counted, or fails the batch. */
  readonly unknownFields: 'reject' | 'drop' | 'fail';
  /** Fields that are left out, whatever they hold: `CleanStatus`, or `Lead.CleanStatus` for one object. */
  readonly ignoreFields: readonly string[];
  /** References that are left out: all, none, or those named by field or relationship. */
  readonly ignoreReferences: boolean | readonly string[];
  /** The key field, by which rows are found; `Id` where there is none. */
  readonly externalId?: string | undefined;
}

export type NormalisedRow =
  | {
      readonly kind: 'row';
      /** Canonical names, values of their field's type, one field per reference. */
      readonly fields: RowFields;
      /** Fields that were left out because the object does not have them or does not let them be written. */
      readonly dropped: readonly string[];
    }
  /** This record can never be written as it is; `error.context.fields` names the places. */
  | { readonly kind: 'rejected'; readonly error: BridgeError }
  /** The describe does not know these fields; a fresh one may. */
  | { readonly kind: 'unknown'; readonly fields: readonly string[]; readonly error: BridgeError };

export interface RowNormaliser {
  /** Pure: the same row and operation give the same answer. */
  normalise(fields: Readonly<Record<string, unknown>>, operation: RowOperation): NormalisedRow;
}

type ParentDescribes = (object: string) => ObjectDescribe | undefined;

interface Draft {
  readonly index: FieldIndex;
  readonly settings: NormaliseSettings;
  readonly operation: RowOperation;
  readonly parents: ParentDescribes;
  /** What came. */
  readonly given: Readonly<Record<string, unknown>>;
  /** What is sent. */
  readonly fields: Record<string, unknown>;
  /** References whose parent is named by an external ID. */
  readonly byExternalId: FieldDescribe[];
  readonly unknown: string[];
  readonly dropped: string[];
  readonly problems: { readonly field: string; readonly problem: string; readonly status: string }[];
}

/**
 * Brings rows into the form that Salesforce takes, by the object's describe, so that one wrong row is found before it
 * refuses a call of 200.
 *
 * @param parents describes of parent objects, where at hand; with one the external ID of a reference is checked too.
 */
export function createRowNormaliser(
  describe: ObjectDescribe,
  settings: NormaliseSettings,
  parents: ParentDescribes = () => undefined,
): RowNormaliser {
  const index = createFieldIndex(describe);
  return {
    normalise(fields, operation) {
      const draft: Draft = {
        index,
        settings,
        operation,
        parents,
        given: fields,
        fields: {},
        byExternalId: [],
        unknown: [],
        dropped: [],
        problems: [],
      };
      for (const name of Object.keys(fields)) {
        const value = fields[name];
        if (value !== undefined && name !== 'attributes' && !name.startsWith('_')) addField(draft, name, value);
      }
      return finish(draft);
    },
  };
}

function addField(draft: Draft, name: string, value: unknown): void {
  const { index } = draft;
  // `Account.ErpKey__c` is the flat form of `Account: { ErpKey__c }`; `Contact:Who.ErpKey__c` also says which object.
  const flat = name.includes('.') ? /^(?:(\w+):)?(\w+)\.(\w+)$/.exec(name) : null;
  const field = index.field(name);
  if (flat !== null) {
    const reference = index.reference(flat[2] ?? '') ?? referenceByField(index, flat[2] ?? '');
    if (reference === undefined) addUnknown(draft, name);
    else addReference(draft, name, reference, nested(flat, value));
  } else if (field?.type === 'reference' && isJsonObject(value)) addReference(draft, name, field, value);
  else if (field !== undefined) addValue(draft, name, field, value);
  else {
    const reference = index.reference(name);
    if (reference === undefined) addUnknown(draft, name);
    else addReference(draft, name, reference, value);
  }
}

function referenceByField(index: FieldIndex, name: string): FieldDescribe | undefined {
  const field = index.field(name);
  return field?.type === 'reference' ? field : undefined;
}

function nested([, type, , key = '']: RegExpExecArray, value: unknown): unknown {
  if (value === null || value === '') return null;
  return { ...(type === undefined ? {} : { attributes: { type } }), [key]: value };
}

function addUnknown(draft: Draft, name: string): void {
  if (isRemoval(draft) || isIgnored(draft, name) || isIgnoredReference(draft, name, undefined)) return;
  (draft.settings.unknownFields === 'drop' ? draft.dropped : draft.unknown).push(name);
}

function addValue(draft: Draft, name: string, field: FieldDescribe, value: unknown): void {
  if (!takesPart(draft, field) || isIgnored(draft, field.name) || isIgnoredCompound(draft, field)) return;
  if (field.type === 'reference' && isIgnoredReference(draft, field.name, field)) return;
  const parts = draft.index.parts(field);
  if (parts.size > 0 && (isJsonObject(value) || value === null)) addParts(draft, parts, value);
  else if (!isWritable(draft, field)) addUnwritable(draft, name);
  else put(draft, field, value);
}

function addUnwritable(draft: Draft, name: string): void {
  if (draft.settings.unknownFields === 'drop') draft.dropped.push(name);
  else refuse(draft, name, 'cannot be written', 'INVALID_FIELD_FOR_INSERT_UPDATE');
}

function put(draft: Draft, field: FieldDescribe, value: unknown): void {
  if (value === null || (typeof value === 'string' && value.trim() === '')) {
    if (draft.settings.nulls === 'clear') draft.fields[field.name] = null;
    return;
  }
  const coerced = coerceValue(value, field);
  if ('problem' in coerced) refuse(draft, field.name, coerced.problem, coerced.status);
  else draft.fields[field.name] = coerced.value;
}

/** A compound is read-only; what it holds is written to its parts, unless they come by their own names too. */
function addParts(draft: Draft, parts: ReadonlyMap<string, FieldDescribe>, value: unknown): void {
  const given = isJsonObject(value)
    ? new Map(Object.entries(value).map(([part, inner]) => [part.toLowerCase(), inner]))
    : undefined;
  for (const [part, field] of parts) {
    const inner = given === undefined ? null : given.get(part);
    if (inner === undefined || cameByItself(draft, field) || !isWritable(draft, field)) continue;
    if (!isIgnored(draft, field.name)) put(draft, field, inner);
  }
}

/** A field that came by its own name wins over what a compound or its relationship says of it. */
function cameByItself({ given, index }: Draft, field: FieldDescribe): boolean {
  return Object.entries(given).some(
    ([name, value]) => value !== undefined && !isJsonObject(value) && index.field(name) === field,
  );
}

function addReference(draft: Draft, name: string, field: FieldDescribe, value: unknown): void {
  if (!takesPart(draft, field) || isIgnored(draft, name) || isIgnored(draft, field.name)) return;
  if (isIgnoredReference(draft, name, field)) return;
  if (!isWritable(draft, field)) {
    addUnwritable(draft, name);
    return;
  }
  const parent = readParent(field, value, draft.parents);
  if (parent.kind === 'problem') refuse(draft, name, parent.problem, parent.status);
  else if (parent.kind === 'externalId') {
    draft.fields[parent.relationship] = parent.value;
    draft.byExternalId.push(field);
  } else if (parent.kind === 'id') put(draft, field, parent.id);
  else if (!cameByItself(draft, field)) put(draft, field, null);
}

function isRemoval({ operation }: Draft): boolean {
  return operation === 'delete' || operation === 'undelete';
}

/** A delete needs nothing but what finds the row. */
function takesPart(draft: Draft, field: FieldDescribe): boolean {
  return !isRemoval(draft) || field.type === 'id' || isKey(draft, field);
}

function isKey({ settings }: Draft, field: FieldDescribe): boolean {
  return field.name.toLowerCase() === (settings.externalId ?? 'Id').toLowerCase();
}

function isWritable(draft: Draft, field: FieldDescribe): boolean {
  const { operation } = draft;
  if (isRemoval(draft)) return true;
  if (operation === 'create' || operation === 'publish') return field.createable;
  if (operation === 'update') return field.updateable || isKey(draft, field);
  // Which of a row's fields may be set on create only is the planner's business.
  return field.createable || field.updateable || isKey(draft, field);
}

function refuse(draft: Draft, field: string, problem: string, status: string): void {
  draft.problems.push({ field, problem, status });
}

function isIgnored({ index, settings }: Draft, name: string): boolean {
  if (settings.ignoreFields.length === 0) return false;
  const names = [name.toLowerCase(), `${index.object}.${name}`.toLowerCase()];
  return settings.ignoreFields.some((each) => names.includes(each.toLowerCase()));
}

/** Ignoring `BillingAddress` ignores its parts. */
function isIgnoredCompound(draft: Draft, field: FieldDescribe): boolean {
  return field.compoundFieldName !== null && isIgnored(draft, field.compoundFieldName);
}

function isIgnoredReference({ settings }: Draft, name: string, field: FieldDescribe | undefined): boolean {
  const ignored = settings.ignoreReferences;
  if (typeof ignored === 'boolean') return ignored && field !== undefined;
  const names = [name, field?.name, field?.relationshipName].map((each) => each?.toLowerCase());
  return ignored.some((each) => names.includes(each.toLowerCase()));
}

function finish({ index, fields, byExternalId, unknown, dropped, problems }: Draft): NormalisedRow {
  // One field per reference: where the external ID is given, the Id gives way whatever their order was.
  for (const { name, relationshipName } of byExternalId) if (relationshipName !== null) delete fields[name];
  if (unknown.length > 0) {
    const error = rejection(index, `No such field: ${unknown.join(', ')}`, unknown, 'INVALID_FIELD');
    return { kind: 'unknown', fields: unknown, error };
  }
  const [first] = problems;
  if (first === undefined) return { kind: 'row', fields: fields as RowFields, dropped };
  const text = problems.map(({ field, problem }) => `${field} ${problem}`).join('; ');
  const places = problems.map(({ field }) => field);
  return { kind: 'rejected', error: rejection(index, text, places, first.status) };
}

/** Names places and rules, never values. The status is the one Salesforce would give. */
function rejection(index: FieldIndex, text: string, fields: readonly string[], salesforceCode: string): BridgeError {
  return new BridgeError('SKB_ROW_REJECTED', `Row of ${index.object}: ${text}`, {
    context: { object: index.object, fields, salesforceCode },
  });
}
