import type { Database } from '../store/database.ts';
import { findField } from '../store/definitions.ts';
import { type RowError, rowError, ValueMismatch } from '../store/errors.ts';
import { indexKey } from '../store/table.ts';
import { Transaction } from '../store/transaction.ts';
import type { RowOutcome } from '../store/write-context.ts';
import type { IngestJob, ResultRow } from './job.ts';
import type { RowReader } from './row-reader.ts';

export type WriteJob = Pick<IngestJob, 'object' | 'operation' | 'externalIdField' | 'context'>;

/** Rows of one trigger transaction. */
export const rowsPerTransaction = 200;

/** Writes one chunk of a job's rows as a transaction; a row that is refused leaves the others alone. */
export function writeRows<T>(
  database: Database,
  job: WriteJob,
  reader: RowReader<T>,
  rows: readonly T[],
): readonly RowOutcome[] {
  const transaction = new Transaction(database, job.context);
  const repeated = repeatedKeys(job, reader, rows);
  try {
    const outcomes = rows.map((cells) => writeRow(transaction, job, reader, cells, repeated));
    transaction.commit();
    if (job.operation === 'hardDelete') purge(database, job, outcomes);
    return outcomes;
  } catch (error) {
    transaction.rollback();
    throw error;
  }
}

export function resultRow(outcome: RowOutcome, cells: readonly string[]): ResultRow {
  if (outcome.ok) return [outcome.id, String(outcome.created), ...cells];
  return [outcome.id ?? '', outcome.errors.map(errorText).join(';'), ...cells];
}

/** `CODE:message:Field --`, and `CODE:message:--` when no field is to blame: the blank is there on a real org too. */
export function errorText({ statusCode, message, fields }: RowError): string {
  return `${statusCode}:${message}:${fields.length === 0 ? '' : `${fields.join(', ')} `}--`;
}

function writeRow<T>(
  transaction: Transaction,
  job: WriteJob,
  reader: RowReader<T>,
  cells: T,
  repeated: ReadonlySet<string>,
): RowOutcome {
  const { object, operation, externalIdField } = job;
  const id = reader.cell(cells, 'Id') ?? '';
  try {
    switch (operation) {
      case 'insert':
        if (id !== '') {
          const message = 'cannot specify Id in an insert call';
          return refused(rowError('INVALID_FIELD_FOR_INSERT_UPDATE', message, ['Id']));
        }
        return transaction.insert(object, reader.read(cells));
      case 'update':
        if (id === '') return refused(rowError('MISSING_ARGUMENT', 'Id not specified in an update call', ['Id']));
        return transaction.update(object, id, reader.read(cells));
      case 'upsert': {
        if (externalIdField === undefined) throw new Error('An upsert job without a key');
        const key = reader.cell(cells, externalIdField.name) ?? '';
        const folded = indexKey(externalIdField, key);
        if (key !== '' && folded !== undefined && repeated.has(folded))
          return refused(rowError('DUPLICATE_VALUE', `Duplicate external id specified: ${key}`));
        return transaction.upsert(object, externalIdField, key, reader.read(cells));
      }
      default:
        if (id === '') return refused(rowError('MISSING_ARGUMENT', 'Id not specified', ['Id']));
        return transaction.remove(object, id);
    }
  } catch (error) {
    if (!(error instanceof ValueMismatch)) throw error;
    const label = findField(object, error.field)?.label ?? error.field;
    const message = `${label}: value not of required type: ${String(error.value)}`;
    return refused(rowError('INVALID_TYPE_ON_FIELD_IN_RECORD', message, [error.field]));
  }
}

function refused(error: RowError): RowOutcome {
  return { ok: false, errors: [error] };
}

/** Keys that occur more than once among rows written together. */
function repeatedKeys<T>(
  { externalIdField, operation }: WriteJob,
  reader: RowReader<T>,
  rows: readonly T[],
): ReadonlySet<string> {
  const repeated = new Set<string>();
  if (operation !== 'upsert' || externalIdField === undefined) return repeated;
  const seen = new Set<string>();
  for (const cells of rows) {
    const key = indexKey(externalIdField, reader.cell(cells, externalIdField.name) ?? '');
    if (key === undefined || key === '') continue;
    if (seen.has(key)) repeated.add(key);
    seen.add(key);
  }
  return repeated;
}

/** Past the recycle bin: such a row cannot come back. */
function purge(database: Database, job: WriteJob, outcomes: readonly RowOutcome[]): void {
  const table = database.table(job.object);
  for (const outcome of outcomes) if (outcome.ok) table.drop(outcome.id);
}
