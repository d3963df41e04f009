import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'csv-parse';
import { BridgeError } from '../errors/bridge-error.ts';
import { parseRowError, toCsv } from './bulk-csv.ts';
import type { RowResult } from './collections.ts';
import type { OrgClient } from './rest-client.ts';

// Bulk API 2.0: https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/bulk_api_2_0_ingest.htm

/** What one ingest job writes; every row has a value in the key field, distinct within the job. */
export interface IngestKind {
  readonly object: string;
  readonly operation: 'insert' | 'update' | 'upsert' | 'delete';
  /** The key field of an upsert; `Id` for update and delete. Results are found by it, since their order means nothing. */
  readonly keyField: string;
}

export type IngestOutcome =
  | {
      readonly kind: 'done';
      /** By the value of the key field as it was uploaded. A row that is missing here was never tried. */
      readonly results: ReadonlyMap<string, RowResult>;
      /** Why the job as a whole ended early, where it did. */
      readonly problem?: BridgeError;
    }
  /** Still running when the time was over; attach again with its ID. */
  | { readonly kind: 'running' };

export interface BulkIngest {
  /** Opens a job and answers its ID, which is to be stored before the upload; nothing is written yet. */
  create(kind: IngestKind): Promise<string>;
  /**
   * Uploads the rows and closes the job, from which on it runs. When it throws before the job is closed nothing was
   * written: abort it. When the answer to closing is lost, `finish` finds out.
   */
  upload(jobId: string, rows: readonly Readonly<Record<string, unknown>>[]): Promise<void>;
  /** Waits with growing pauses while there is time, then reads the results. A job that was never closed is aborted. */
  finish(jobId: string, keyField: string, budget: { remainingMs(): number }): Promise<IngestOutcome>;
  /** Ends a job that is not wanted any more; rows that it wrote already stay. One that is over is left alone. */
  abort(jobId: string): Promise<void>;
}

interface BulkParts {
  readonly rest: Pick<OrgClient, 'request' | 'open'>;
  /** @default real time */
  readonly wait?: (milliseconds: number) => Promise<unknown>;
  /** 0 to 1. @default Math.random */
  readonly random?: () => number;
  /** The assignment rule's Id, where the sink names one. */
  readonly assignmentRuleId?: string;
}

/** 150 MB after Salesforce's base64 encoding: https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/bulk_common_limits.htm */
const mostBytes = 100_000_000;
/** What reading results takes, so that it is not begun too late. */
const reserveMs = 8_000;

export function createBulkIngest({
  rest,
  wait = delay,
  random = Math.random,
  assignmentRuleId,
}: BulkParts): BulkIngest {
  const pathOf = (jobId: string) => `/jobs/ingest/${jobId}`;

  async function infoOf(jobId: string): Promise<JobInfo> {
    return (await rest.request({ method: 'GET', path: pathOf(jobId) })) as JobInfo;
  }

  async function changeState(jobId: string, state: 'UploadComplete' | 'Aborted'): Promise<void> {
    await rest.request({ method: 'PATCH', path: pathOf(jobId), body: { state } });
  }

  async function resultsOf(jobId: string, keyField: string): Promise<Map<string, RowResult>> {
    const results = new Map<string, RowResult>();
    for await (const row of rowsOf(await rest.open({ method: 'GET', path: `${pathOf(jobId)}/successfulResults/` }))) {
      const id = row['sf__Id'] ?? '';
      results.set(keyOf(row, keyField), { success: true, id, created: row['sf__Created'] === 'true' });
    }
    for await (const row of rowsOf(await rest.open({ method: 'GET', path: `${pathOf(jobId)}/failedResults/` }))) {
      results.set(keyOf(row, keyField), { success: false, errors: [parseRowError(row['sf__Error'] ?? '')] });
    }
    return results;
  }

  return {
    async create({ object, operation, keyField }) {
      const job = (await rest.request({
        method: 'POST',
        path: '/jobs/ingest',
        body: {
          object,
          operation,
          ...(operation === 'upsert' ? { externalIdFieldName: keyField } : {}),
          ...(assignmentRuleId === undefined ? {} : { assignmentRuleId }),
          contentType: 'CSV',
          columnDelimiter: 'COMMA',
          lineEnding: 'LF',
        },
      })) as { readonly id: string };
      return job.id;
    },
    async upload(jobId, rows) {
      const csv = toCsv(rows);
      if (csv.length > mostBytes) throw new BridgeError('SKB_BUG', `${rows.length} rows are too much for a bulk job`);
      await rest.request({
        method: 'PUT',
        path: `${pathOf(jobId)}/batches`,
        body: csv,
        headers: { 'content-type': 'text/csv; charset=UTF-8' },
      });
      await changeState(jobId, 'UploadComplete');
    },
    async finish(jobId, keyField, budget) {
      let pauseMs = 500;
      for (;;) {
        const { state, errorMessage } = await infoOf(jobId);
        if (state === 'JobComplete') return { kind: 'done', results: await resultsOf(jobId, keyField) };
        if (state === 'Open') await changeState(jobId, 'Aborted');
        if (state === 'Open' || state === 'Aborted' || state === 'Failed') {
          const problem = new BridgeError(
            'SKB_SALESFORCE_UNAVAILABLE',
            `Bulk job ${jobId} ended as ${state === 'Open' ? 'Aborted, before its upload was closed' : state}`,
            { context: { jobId, state, reason: errorMessage?.slice(0, 300) } },
          );
          return { kind: 'done', results: await resultsOf(jobId, keyField), problem };
        }
        const pause = Math.min(pauseMs * (0.75 + random() / 2), budget.remainingMs() - reserveMs);
        if (pause <= 0) return { kind: 'running' };
        await wait(pause);
        pauseMs = Math.min(pauseMs * 1.6, 20_000);
      }
    },
    async abort(jobId) {
      try {
        await changeState(jobId, 'Aborted');
      } catch (error) {
        // A job in an end state cannot be aborted, and a deleted one is gone.
        const code = error instanceof BridgeError ? error.context['salesforceCode'] : undefined;
        if (code !== 'INVALIDJOBSTATE' && code !== 'NOT_FOUND') throw error;
      }
    },
  };
}

interface JobInfo {
  readonly state: 'Open' | 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Failed' | 'Aborted';
  readonly errorMessage?: string;
}

/** Column headers come back as they were uploaded, but in Salesforce's case. */
function keyOf(row: CsvRow, keyField: string): string {
  const exact = row[keyField];
  if (exact !== undefined) return exact;
  const name = Object.keys(row).find((each) => each.toLowerCase() === keyField.toLowerCase());
  // An update or delete by Id may come back with the row's Id only.
  return (name === undefined ? row['sf__Id'] : row[name]) ?? '';
}

export type CsvRow = Readonly<Record<string, string>>;

/** The rows of a result file, as they come in. */
export async function* rowsOf(response: Response): AsyncGenerator<CsvRow> {
  if (response.body === null) return;
  const parser = Readable.fromWeb(response.body as ReadableStream).pipe(
    parse({ columns: true, bom: true, skip_empty_lines: true, relax_column_count: true }),
  );
  try {
    for await (const row of parser) yield row as CsvRow;
  } catch (cause) {
    throw new BridgeError('SKB_SALESFORCE_UNAVAILABLE', 'A result file of a bulk job broke off', { cause });
  }
}
