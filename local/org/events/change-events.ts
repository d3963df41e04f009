import { createHash } from 'node:crypto';
import type { Change } from '../store/database.ts';
import type { FieldDefinition, FieldValue, ObjectDefinition, Row } from '../store/definitions.ts';

/** Facts of the transaction that go into every header. */
export interface TransactionFacts {
  readonly transactionKey: string;
  readonly commitTimestamp: number;
  readonly commitNumber: number;
  readonly commitUser: string;
  readonly changeOrigin: string;
}

export interface ChangeEventData {
  readonly schema: string;
  readonly payload: Readonly<Record<string, unknown>> & { readonly ChangeEventHeader: ChangeEventHeader };
}

export interface ChangeEventHeader {
  readonly entityName: string;
  readonly recordIds: readonly string[];
  readonly changeType: 'CREATE' | 'UPDATE' | 'DELETE' | 'UNDELETE';
  readonly changeOrigin: string;
  readonly transactionKey: string;
  readonly sequenceNumber: number;
  readonly commitTimestamp: number;
  readonly commitNumber: number;
  readonly commitUser: string;
  readonly changedFields: readonly string[];
}

const changeTypes = { created: 'CREATE', updated: 'UPDATE', deleted: 'DELETE', undeleted: 'UNDELETE' } as const;
const neverIncluded = new Set(['Id', 'IsDeleted', 'SystemModstamp']);

interface BuildOptions {
  readonly merge: boolean;
  readonly unchangedUpdates: boolean;
}

/**
 * The change events of one transaction, in order (Change Data Capture guide, `cdc_event_fields_header.htm` and
 * `cdc_event_fields_body.htm`). Objects that are not selected for change events are passed over.
 */
export function buildChangeEvents(
  changes: readonly Change[],
  facts: TransactionFacts,
  options: BuildOptions,
): readonly ChangeEventData[] {
  const drafts: { object: ObjectDefinition; change: Change; ids: string[]; body: Body; signature: string }[] = [];
  for (const change of changes) {
    const { object, kind, after } = change;
    if (!object.changeEvents) continue;
    const body = bodyOf(change);
    if (kind === 'updated' && body.changedFields.length === 1 && !options.unchangedUpdates) continue;
    const signature = options.merge ? `${object.name} ${kind} ${JSON.stringify(body)}` : '';
    const last = drafts.at(-1);
    if (options.merge && last?.signature === signature) last.ids.push(after.Id);
    else drafts.push({ object, change, ids: [after.Id], body, signature });
  }
  return drafts.map(({ object, change, ids, body }, index) => ({
    schema: schemaIdOf(object),
    payload: {
      ...body.fields,
      ChangeEventHeader: {
        commitNumber: facts.commitNumber,
        commitUser: facts.commitUser,
        sequenceNumber: index + 1,
        entityName: object.name,
        changeType: changeTypes[change.kind],
        changedFields: body.changedFields,
        changeOrigin: facts.changeOrigin,
        transactionKey: facts.transactionKey,
        commitTimestamp: facts.commitTimestamp,
        recordIds: ids,
      },
    },
  }));
}

interface Body {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly changedFields: readonly string[];
}

function bodyOf({ object, kind, before, after }: Change): Body {
  if (kind === 'deleted') return { fields: {}, changedFields: [] };
  const fields: Record<string, unknown> = {};
  const changedFields: string[] = [];
  for (const field of object.fields) {
    if (neverIncluded.has(field.name) || field.type === 'address' || isDerived(field)) continue;
    const value = after[field.name] ?? null;
    if (kind === 'updated') {
      const same = (before?.[field.name] ?? null) === value;
      if (field.name === 'LastModifiedDate' || !same) {
        place(fields, field, value);
        changedFields.push(
          field.compoundFieldName === null ? field.name : `${field.compoundFieldName}.${partName(field)}`,
        );
      }
    } else if (value !== null) {
      place(fields, field, value);
    }
  }
  return { fields, changedFields };
}

/** A person's Name is present as its parts, and an entry's Name belongs to its product. */
function isDerived(field: FieldDefinition): boolean {
  return field.nameField && !field.createable;
}

/** Parts of a compound field are nested under its name. */
function place(fields: Record<string, unknown>, field: FieldDefinition, value: FieldValue): void {
  if (field.compoundFieldName === null) {
    fields[field.name] = value;
    return;
  }
  const compound = (fields[field.compoundFieldName] ?? {}) as Record<string, FieldValue>;
  compound[partName(field)] = value;
  fields[field.compoundFieldName] = compound;
}

/** `BillingCity` is `City` inside `BillingAddress`; the parts of a name keep their names. */
function partName(field: FieldDefinition): string {
  const prefix = field.compoundFieldName?.endsWith('Address') ? field.compoundFieldName.replace(/Address$/, '') : '';
  return field.name.startsWith(prefix) ? field.name.slice(prefix.length) : field.name;
}

const schemaIds = new WeakMap<ObjectDefinition, string>();

/** 22 characters that change with the object's fields, like a schema ID. */
export function schemaIdOf(object: ObjectDefinition): string {
  const known = schemaIds.get(object);
  if (known !== undefined) return known;
  const shape = object.fields.map((field) => `${field.name}:${field.type}`).join(',');
  const id = createHash('md5').update(`${object.name} ${shape}`).digest('base64url');
  schemaIds.set(object, id);
  return id;
}

/** Names of the fields whose value differs between two states of a row. */
export function changedFieldNames(before: Row | undefined, after: Row): Set<string> {
  const names = new Set<string>();
  for (const name of Object.keys({ ...before, ...after })) {
    if ((before?.[name] ?? null) !== (after[name] ?? null)) names.add(name);
  }
  return names;
}
