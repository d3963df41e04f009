import type { Change } from '../store/database.ts';
import { type FieldDefinition, type FieldValue, isCompound } from '../store/definitions.ts';
import { unifiedDiff } from './text-diff.ts';

export interface ChangeEventBody {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly changedFields: readonly string[];
}

export interface BodyOptions {
  readonly longTextDiffs: boolean;
  /** Fields that are carried even when unchanged. */
  readonly enriched: readonly FieldDefinition[];
}

/** Texts up to this length are never sent as a diff. */
const diffAbove = 1000;
const neverIncluded = new Set(['Id', 'IsDeleted', 'SystemModstamp']);

/** Whether change events carry a field. A person's Name is present as its parts, and an entry's Name belongs to its product. */
export function isCarried(field: FieldDefinition): boolean {
  // Formulas are left out, roll-up summaries are not.
  if (neverIncluded.has(field.name) || isCompound(field) || field.formula !== null) return false;
  return !(field.nameField && !field.createable);
}

/** What a change event says beside its header (Change Data Capture guide, `cdc_event_fields_body.htm`). */
export function bodyOf({ object, kind, before, after }: Change, options: BodyOptions): ChangeEventBody {
  const fields: Record<string, unknown> = {};
  const changedFields: string[] = [];
  if (kind !== 'deleted') {
    for (const field of object.fields) {
      if (!isCarried(field)) continue;
      const value = after[field.name] ?? null;
      if (kind !== 'updated') {
        if (value !== null) place(fields, field, value);
        continue;
      }
      const old = before?.[field.name] ?? null;
      if (field.name !== 'LastModifiedDate' && old === value) continue;
      place(fields, field, options.longTextDiffs ? shortened(field, old, value) : value);
      changedFields.push(pathOf(field));
    }
  }
  for (const field of options.enriched) {
    const value = after[field.name] ?? null;
    // A changed field stands there already, as a diff perhaps; an empty one adds nothing.
    if (value !== null && !changedFields.includes(pathOf(field))) place(fields, field, value);
  }
  return { fields, changedFields };
}

function pathOf(field: FieldDefinition): string {
  return field.compoundFieldName === null ? field.name : `${field.compoundFieldName}.${partName(field)}`;
}

function shortened(field: FieldDefinition, before: FieldValue, after: FieldValue): unknown {
  const isLong = field.type === 'textarea' && typeof before === 'string' && typeof after === 'string';
  if (!isLong || before.length <= diffAbove || after.length <= diffAbove) return after;
  return { diff: unifiedDiff(before, after) };
}

/** Parts of a compound field are nested under its name. */
function place(fields: Record<string, unknown>, field: FieldDefinition, value: unknown): void {
  if (field.compoundFieldName === null) {
    fields[field.name] = value;
    return;
  }
  const compound = (fields[field.compoundFieldName] ?? {}) as Record<string, unknown>;
  compound[partName(field)] = value;
  fields[field.compoundFieldName] = compound;
}

/** `BillingCity` is `City` inside `BillingAddress`, `Place__Latitude__s` is `Latitude` inside `Place__c`; the parts of a name keep their names. */
export function partName(field: FieldDefinition): string {
  const part = /__(\w+)__s$/.exec(field.name)?.[1];
  if (part !== undefined) return part;
  const prefix = field.compoundFieldName?.endsWith('Address') ? field.compoundFieldName.replace(/Address$/, '') : '';
  return field.name.startsWith(prefix) ? field.name.slice(prefix.length) : field.name;
}
