import type { Change } from '../store/database.ts';
import type { FieldDefinition, ObjectDefinition, Row } from '../store/definitions.ts';
import { bodyOf, type ChangeEventBody } from './change-event-body.ts';
import { schemaIdOf } from './event-schemas.ts';

/** Facts of the transaction that go into every header. */
export interface TransactionFacts {
  readonly transactionKey: string;
  readonly commitTimestamp: number;
  readonly commitNumber: number;
  readonly commitUser: string;
  readonly changeOrigin: string;
}

export type ChangeKind = 'CREATE' | 'UPDATE' | 'DELETE' | 'UNDELETE';
export type ChangeType = ChangeKind | `GAP_${ChangeKind}` | 'GAP_OVERFLOW';

export interface ChangeEventHeader extends TransactionFacts {
  readonly entityName: string;
  readonly recordIds: readonly string[];
  readonly changeType: ChangeType;
  readonly sequenceNumber: number;
  readonly changedFields: readonly string[];
}

export interface ChangeEventData {
  readonly schema: string;
  readonly payload: Readonly<Record<string, unknown>> & { readonly ChangeEventHeader: ChangeEventHeader };
}

export interface ChangeEventOptions {
  readonly merge: boolean;
  readonly unchangedUpdates: boolean;
  readonly longTextDiffs: boolean;
  /** A larger event becomes a gap event. */
  readonly maxBytes: number;
  /** Changes that get an event of their own; the objects of the rest get one overflow event each. */
  readonly overflowAfter: number;
  readonly selected: (object: ObjectDefinition) => boolean;
  readonly enriched: (object: ObjectDefinition) => readonly FieldDefinition[];
}

/** What a gap event says: of which records a change is missing, or that too much happened to say. */
export type Gap = { readonly change: ChangeKind; readonly recordIds: readonly string[] } | 'overflow';

const changeTypes = { created: 'CREATE', updated: 'UPDATE', deleted: 'DELETE', undeleted: 'UNDELETE' } as const;
const overflowRecordId = '000000000000000AAA';
const noBody: ChangeEventBody = { fields: {}, changedFields: [] };

interface Draft {
  readonly object: ObjectDefinition;
  readonly changeType: ChangeType;
  readonly body: ChangeEventBody;
  readonly recordIds: string[];
  readonly signature: string;
}

/**
 * The change events of one transaction, in order (Change Data Capture guide, `cdc_event_fields_header.htm`). Objects that are
 * not selected for change events are passed over.
 */
export function buildChangeEvents(
  changes: readonly Change[],
  facts: TransactionFacts,
  options: ChangeEventOptions,
): readonly ChangeEventData[] {
  const selected = changes.filter(({ object }) => options.selected(object));
  const drafts: Draft[] = [];
  for (const change of selected.slice(0, options.overflowAfter)) {
    const draft = draftOf(change, options);
    if (draft === undefined) continue;
    const last = drafts.at(-1);
    if (draft.signature !== '' && last?.signature === draft.signature) last.recordIds.push(change.after.Id);
    else drafts.push(draft);
  }
  const left = new Set(selected.slice(options.overflowAfter).map(({ object }) => object));
  for (const object of left) drafts.push(gapDraft(object, 'overflow'));
  return drafts.map((draft, index) => dataOf(draft, index + 1, facts));
}

/** One gap or overflow event that no change caused. */
export function buildGapEvent(object: ObjectDefinition, gap: Gap, facts: TransactionFacts): ChangeEventData {
  return dataOf(gapDraft(object, gap), 1, facts);
}

function gapDraft(object: ObjectDefinition, gap: Gap): Draft {
  const common = { object, body: noBody, signature: '' };
  if (gap === 'overflow') return { ...common, changeType: 'GAP_OVERFLOW', recordIds: [overflowRecordId] };
  return { ...common, changeType: `GAP_${gap.change}`, recordIds: [...gap.recordIds] };
}

function draftOf(change: Change, options: ChangeEventOptions): Draft | undefined {
  const { object, kind, after } = change;
  const body = bodyOf(change, { longTextDiffs: options.longTextDiffs, enriched: options.enriched(object) });
  if (kind === 'updated' && body.changedFields.length === 1 && !options.unchangedUpdates) return undefined;
  const changeType = changeTypes[kind];
  if (exceeds(body.fields, options.maxBytes)) return gapDraft(object, { change: changeType, recordIds: [after.Id] });
  const signature = options.merge ? `${object.name} ${kind} ${JSON.stringify(body)}` : '';
  return { object, changeType, body, recordIds: [after.Id], signature };
}

/** Measures only what could be too large at all: no character takes more than six bytes of JSON. */
function exceeds(fields: Readonly<Record<string, unknown>>, maxBytes: number): boolean {
  let characters = 0;
  for (const value of Object.values(fields)) characters += typeof value === 'string' ? value.length : 100;
  return characters * 6 > maxBytes && Buffer.byteLength(JSON.stringify(fields)) > maxBytes;
}

function dataOf(draft: Draft, sequenceNumber: number, facts: TransactionFacts): ChangeEventData {
  const { object, changeType, body, recordIds } = draft;
  const { commitNumber, commitUser, changeOrigin, transactionKey, commitTimestamp } = facts;
  return {
    schema: schemaIdOf(object),
    payload: {
      ...body.fields,
      ChangeEventHeader: {
        commitNumber,
        commitUser,
        sequenceNumber,
        entityName: object.name,
        changeType,
        changedFields: body.changedFields,
        changeOrigin,
        transactionKey,
        commitTimestamp,
        recordIds,
      },
    },
  };
}

/** Names of the fields whose value differs between two states of a row. */
export function changedFieldNames(before: Row | undefined, after: Row): Set<string> {
  const names = new Set<string>();
  for (const name of Object.keys({ ...before, ...after })) {
    if ((before?.[name] ?? null) !== (after[name] ?? null)) names.add(name);
  }
  return names;
}
