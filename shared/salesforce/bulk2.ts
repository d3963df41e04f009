import type { RowResult } from './collections.ts';

/** What to write with one Bulk API 2.0 job; every row must have a value in the key field, distinct within the job. */
export interface IngestRequest {
  readonly object: string;
  readonly operation: 'insert' | 'update' | 'upsert' | 'delete';
  /** The key field of an upsert; `Id` for the others. Results are found by it, since their order means nothing. */
  readonly keyField: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** What became of a job. Keys are the values of the key field as they were uploaded. */
export type IngestOutcome =
  | {
      readonly kind: 'done';
      readonly results: ReadonlyMap<string, RowResult>;
      /** Rows that were never tried. */
      readonly unprocessed: readonly string[];
    }
  /** Still running when the time was over; attach again with its ID. */
  | { readonly kind: 'running'; readonly jobId: string };

export interface BulkIngest {
  /** Opens a job; nothing is written yet, so its ID can be stored before the upload. */
  create(request: Pick<IngestRequest, 'object' | 'operation' | 'keyField'>): Promise<string>;
  /** Uploads the rows and closes the job, from which on it runs. */
  upload(jobId: string, rows: IngestRequest['rows']): Promise<void>;
  /** Waits with growing pauses while `remainingMs` lasts, then reads the results. */
  finish(jobId: string, keyField: string, budget: { remainingMs(): number }): Promise<IngestOutcome>;
  /** Ends a job that is not wanted any more; one that was over already is left alone. */
  abort(jobId: string): Promise<void>;
}
