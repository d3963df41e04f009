import type { Clock } from '../clock.ts';
import type { LatencyModel } from '../latency.ts';
import type { Random } from '../random.ts';
import type { OrgSettings } from '../settings.ts';
import type { Database } from '../store/database.ts';
import { lineEndingProblem, readCsv } from './csv.ts';
import type { IngestJob, JobState, ResultRow } from './job.ts';
import { type CsvReader, createRowReader } from './row-reader.ts';
import { resultRow, rowsPerTransaction, writeRows } from './write-rows.ts';

/** Of one record (Bulk API 2.0 guide, `bulk_common_limits.htm`); the wording of the refusals is ours. */
const largestFields = 5000;
const largestRecord = 400_000;

export interface IngestInput {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly latency: Pick<LatencyModel, 'measure'>;
  readonly settings: Pick<OrgSettings, 'bulkDelayMs' | 'bulkBatchRows' | 'bulkShuffleResults'>;
}

/**
 * Processes a closed job: internal batches one after another, each after the delay of the settings, in transactions of
 * 200 rows between which other requests are served.
 */
export async function runIngest(job: IngestJob, input: IngestInput): Promise<void> {
  try {
    await processRows(job, input);
  } catch (error) {
    fail(job, input, `InvalidBatch : ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function processRows(job: IngestJob, input: IngestInput): Promise<void> {
  await delay(input);
  if (job.state !== 'UploadComplete') return;
  const [text = ''] = job.uploads;
  const problem = lineEndingProblem(text, job);
  if (problem !== undefined) return fail(job, input, problem);
  enter(job, 'InProgress', input);
  let reader: CsvReader | undefined;
  let chunk: (readonly string[])[] = [];
  let batchRows = 0;
  for await (const cells of readCsv(text, job) as AsyncIterable<readonly string[]>) {
    if (reader === undefined) {
      reader = createRowReader(job.object, cells);
      job.columns = cells;
      if (cells.length > largestFields) return fail(job, input, `InvalidBatch : More than ${largestFields} fields`);
      const missing = missingColumn(job, reader);
      if (missing !== undefined) return fail(job, input, `InvalidBatch : Field name not found : ${missing}`);
      continue;
    }
    if (lengthOf(cells) > largestRecord) {
      return fail(job, input, `InvalidBatch : A record has more than ${largestRecord} characters`);
    }
    if (batchRows === input.settings.bulkBatchRows) {
      await flush(job, input, reader, chunk);
      chunk = [];
      batchRows = 0;
      await delay(input);
    }
    if (isOver(job)) return;
    chunk.push(cells);
    batchRows += 1;
    if (chunk.length < rowsPerTransaction) continue;
    await flush(job, input, reader, chunk);
    chunk = [];
  }
  if (reader !== undefined) await flush(job, input, reader, chunk);
  if (isOver(job)) return;
  if (input.settings.bulkShuffleResults) {
    shuffle(job.successes, input.random);
    shuffle(job.failures, input.random);
  }
  enter(job, 'JobComplete', input);
}

async function flush(
  job: IngestJob,
  { database, clock, latency }: IngestInput,
  reader: CsvReader,
  rows: readonly (readonly string[])[],
): Promise<void> {
  if (rows.length === 0 || isOver(job)) return;
  const started = performance.now();
  const { answer: outcomes, delayMs } = latency.measure(() => writeRows(database, job, reader, rows));
  for (const [index, outcome] of outcomes.entries()) {
    const result = resultRow(outcome, rows[index] ?? []);
    if (outcome.ok) job.successes.push(result);
    else job.failures.push(result);
  }
  job.processed += rows.length;
  job.processingMs += performance.now() - started;
  // A profile of a real org slows bulk rows down too; without one other requests get their turn.
  await new Promise<void>((next) => {
    if (delayMs > 0) clock.after(delayMs, next);
    else setImmediate(next);
  });
}

function lengthOf(cells: readonly string[]): number {
  let length = 0;
  for (const cell of cells) length += cell.length;
  return length;
}

function missingColumn(job: IngestJob, reader: CsvReader): string | undefined {
  if (reader.unknown !== undefined) return reader.unknown;
  const { operation, externalIdField } = job;
  if (operation === 'upsert') {
    const key = externalIdField?.name ?? 'Id';
    return key === 'Id' || reader.has(key) ? undefined : key;
  }
  return operation === 'insert' || reader.has('Id') ? undefined : 'Id';
}

function isOver(job: IngestJob): boolean {
  return job.state === 'Aborted' || job.state === 'Failed';
}

function fail(job: IngestJob, input: IngestInput, message: string): void {
  job.errorMessage = message;
  enter(job, 'Failed', input);
}

function enter(job: IngestJob, state: JobState, { clock }: IngestInput): void {
  job.state = state;
  job.changedAt = clock.now();
}

async function delay({ clock, settings }: IngestInput): Promise<void> {
  await new Promise<void>((due) => clock.after(settings.bulkDelayMs, due));
}

/** Results do not come in the order of the data; whoever relies on it shall notice here. */
function shuffle(rows: ResultRow[], random: Random): void {
  for (let index = rows.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    const [a, b] = [rows[index], rows[other]];
    if (a === undefined || b === undefined) continue;
    rows[index] = b;
    rows[other] = a;
  }
}
