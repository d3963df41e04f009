import type { OffsetRanges } from './offset-ranges.ts';

/** A bulk job that was opened and may still be running; stored before its upload, so that a crash finds it again. */
export interface StoredBulkJob {
  readonly jobId: string;
  readonly object: string;
  readonly operation: 'insert' | 'update' | 'upsert' | 'delete';
  readonly keyField: string;
  /** Whether the upload was begun: before, nothing can have been written. */
  readonly uploaded: boolean;
  /** The records whose rows it carries, by `<topic>-<partition>`. */
  readonly records: Readonly<Record<string, OffsetRanges>>;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** The bulk jobs of one sink and group. */
export interface BulkJobStore {
  list(): Promise<readonly StoredBulkJob[]>;
  /** @throws BridgeError SKB_CHECKPOINT_FAILED */
  put(job: StoredBulkJob): Promise<void>;
  /** Call it when the job is over; until then nothing newer may be written beside it. */
  remove(jobId: string): Promise<void>;
}
