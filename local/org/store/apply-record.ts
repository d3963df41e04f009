import { stampOf } from './audit.ts';
import type { Database } from './database.ts';
import type { FieldValue, ObjectDefinition, Row } from './definitions.ts';
import { duplicateError } from './duplicate-rules.ts';
import { ApiError, type RowError, rowError } from './errors.ts';
import { noSuchColumn, readRecord, requiredMissing, type WriteMode } from './read-record.ts';
import { checkReference, resolveParent } from './references.ts';
import { brokenRules, missingFields, sameKind, uniqueError } from './row-checks.ts';
import { runFlows } from './run-flows.ts';
import type { RecordInput, WriteContext } from './write-context.ts';

interface RowWrite {
  readonly object: ObjectDefinition;
  readonly record: RecordInput;
  readonly before: Row | undefined;
  /** The row as it would be stored, to be filled. */
  readonly after: Record<string, FieldValue>;
  readonly mode: WriteMode;
}

/** Fills `after` with what the record asks for; returns why it cannot be stored. */
export function applyRecord(
  database: Database,
  context: WriteContext,
  { object, record, before, after, mode }: RowWrite,
): readonly RowError[] {
  const request = readRecord(object, record, mode);
  const unknown = request.unknownFields[0];
  if (unknown !== undefined) {
    const message = noSuchColumn(object, unknown);
    if (context.unknownField === 'request') throw new ApiError(400, 'INVALID_FIELD', message);
    return [rowError('INVALID_FIELD', message)];
  }
  if (request.errors.length > 0) return sameKind(request.errors);
  const given = new Map(request.values);
  for (const parent of request.parents) {
    const id = resolveParent(database, parent);
    if (typeof id !== 'string') return [id];
    given.set(parent.field, id);
  }
  for (const [field, value] of given) {
    after[field.name] = value === null && field.defaultValue !== null && mode === 'create' ? field.defaultValue : value;
    if (field.type !== 'reference' || typeof value !== 'string') continue;
    const wrong = checkReference(database, object, field, value);
    if (wrong !== undefined) return [wrong];
  }
  const rule = database.rules[object.name];
  const input = { object, before, after, given, rows: database.lookup, now: stampOf(database.clock.now()) };
  const early = rule?.prepare?.(input) ?? [];
  if (early.length > 0) return early;
  const flowErrors = runFlows(database, object, before, after);
  if (flowErrors.length > 0) return flowErrors;
  const missing = missingFields(object, given, after, mode);
  if (missing.length > 0) return [requiredMissing(missing)];
  const late = rule?.check?.(input) ?? [];
  if (late.length > 0) return late;
  const broken = brokenRules(database, object, before, after);
  if (broken.length > 0) return broken;
  const allowed = context.allowDuplicates === true;
  const duplicate = duplicateError(database, object, before, after, allowed);
  if (duplicate !== undefined) return [duplicate];
  const clash = uniqueError(database.table(object), after, before?.Id, given.keys());
  return clash === undefined ? [] : [clash];
}
