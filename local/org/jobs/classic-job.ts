import type { Clock } from '../clock.ts';
import type { Database } from '../store/database.ts';
import type { FieldValue, ObjectDefinition, Row } from '../store/definitions.ts';
import type { ValueSource } from '../store/soql/path.ts';
import { prepareQuery } from '../store/soql/run-query.ts';
import type { RecordInput, RowOutcome } from '../store/write-context.ts';
import { readCsv } from './csv.ts';
import type { IngestOperation } from './job.ts';
import { createRowReader, jsonReader, type RowReader } from './row-reader.ts';
import { csvSources } from './run-bulk-query.ts';
import { rowsPerTransaction, type WriteJob, writeRows } from './write-rows.ts';

/** A job of the first Bulk API, whose batches a client uploads one by one. */
export interface ClassicJob extends Omit<WriteJob, 'operation'> {
  readonly id: string;
  readonly operation: IngestOperation | 'query' | 'queryAll';
  readonly contentType: 'CSV' | 'JSON';
  readonly concurrencyMode: string;
  readonly createdById: string;
  readonly createdAt: number;
  readonly apiVersion: number;
  readonly batches: ClassicBatch[];
  state: 'Open' | 'Closed' | 'Aborted';
  changedAt: number;
}

export interface ClassicBatch {
  readonly id: string;
  readonly resultId: string;
  readonly request: string;
  readonly createdAt: number;
  state: 'Queued' | 'InProgress' | 'Completed' | 'Failed' | 'NotProcessed';
  stateMessage: string | undefined;
  changedAt: number;
  processingMs: number;
  /** In order of the rows, unlike the results of the second Bulk API. */
  outcomes: readonly RowOutcome[];
  found:
    | { readonly object: ObjectDefinition; readonly sources: readonly ValueSource[]; readonly rows: readonly Row[] }
    | undefined;
}

const largestBatch = 10_000;

/** Processes one batch after the delay; whatever is wrong with it as a whole ends it as Failed. */
export async function runBatch(
  job: ClassicJob,
  batch: ClassicBatch,
  input: { readonly database: Database; readonly clock: Clock; readonly delayMs: number },
): Promise<void> {
  await new Promise<void>((due) => input.clock.after(input.delayMs, due));
  const started = performance.now();
  if (job.state === 'Aborted') {
    batch.state = 'NotProcessed';
  } else {
    batch.state = 'InProgress';
    try {
      if (job.operation === 'query' || job.operation === 'queryAll') runQueryBatch(job, batch, input.database);
      else await writeBatch({ ...job, operation: job.operation }, batch, input.database);
      batch.state = 'Completed';
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      batch.stateMessage = message.startsWith('InvalidBatch') ? message : `InvalidBatch : ${message}`;
      batch.state = 'Failed';
    }
  }
  batch.processingMs = performance.now() - started;
  batch.changedAt = input.clock.now();
}

function runQueryBatch(job: ClassicJob, batch: ClassicBatch, database: Database): void {
  const prepared = prepareQuery(database, batch.request.trim(), { includeDeleted: job.operation === 'queryAll' });
  const sources = prepared.selection === undefined ? { unfit: 'AggregateResult' } : csvSources(prepared.selection);
  if ('unfit' in sources) throw new Error(`Cannot serialize value for '${sources.unfit}' in CSV format`);
  const result = prepared.run();
  batch.found = { object: prepared.object, sources, rows: result.kind === 'rows' ? result.rows : [] };
}

async function writeBatch(job: WriteJob & { readonly contentType: string }, batch: ClassicBatch, database: Database) {
  if (job.contentType === 'JSON') {
    const rows: unknown = JSON.parse(batch.request);
    if (!Array.isArray(rows)) throw new Error('The batch is no array of records');
    await writeChunks(job, jsonReader, rows as readonly RecordInput[], batch, database);
    return;
  }
  const lines: (readonly string[])[] = [];
  const parser = readCsv(batch.request, { columnDelimiter: 'COMMA' });
  for await (const cells of parser as AsyncIterable<readonly string[]>) lines.push(cells);
  const [heading = [], ...rows] = lines;
  const reader = createRowReader(job.object, heading);
  if (reader.unknown !== undefined) throw new Error(`InvalidBatch : Field name not found : ${reader.unknown}`);
  await writeChunks(job, reader, rows, batch, database);
}

async function writeChunks<T>(
  job: WriteJob,
  reader: RowReader<T>,
  rows: readonly T[],
  batch: ClassicBatch,
  database: Database,
): Promise<void> {
  if (rows.length > largestBatch) throw new Error('Records not processed: a batch holds 10,000 records at most');
  const outcomes: RowOutcome[] = [];
  for (let from = 0; from < rows.length; from += rowsPerTransaction) {
    outcomes.push(...writeRows(database, job, reader, rows.slice(from, from + rowsPerTransaction)));
    await new Promise<void>((next) => setImmediate(next));
  }
  batch.outcomes = outcomes;
}

/** Query results as JSON have times as epoch milliseconds. */
export function jsonCell(source: ValueSource, row: Row): FieldValue {
  const value = source.read(row);
  const isTime = source.field.type === 'date' || source.field.type === 'datetime';
  return isTime && typeof value === 'string' ? Date.parse(value) : value;
}
