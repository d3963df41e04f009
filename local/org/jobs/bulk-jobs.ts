import type { OrgSettings } from '../settings.ts';
import type { IngestJob, JobBase, QueryJob } from './job.ts';
import { runBulkQuery } from './run-bulk-query.ts';
import { type IngestInput, runIngest } from './run-ingest.ts';

const day = 24 * 3_600_000;
const keptFor = 7 * day;
const openFor = day;

export interface BulkJobsInput extends IngestInput {
  readonly settings: OrgSettings;
}

/** The org's bulk jobs. Jobs and results are kept for seven days; an open job is given up after one. */
export class BulkJobs {
  readonly #input: BulkJobsInput;
  readonly #jobs = new Map<string, JobBase>();
  /** When rows were taken in, for the allocation of a rolling day. */
  readonly #used: { readonly at: number; readonly rows: number; readonly batches: number }[] = [];

  constructor(input: BulkJobsInput) {
    this.#input = input;
  }

  newId(): string {
    return this.#input.database.newId('750');
  }

  add<T extends JobBase>(job: T): T {
    this.#jobs.set(job.id, job);
    return job;
  }

  remove(id: string): void {
    this.#jobs.delete(id);
  }

  /** The job of an ID, as long as it is kept. */
  find(id: string): JobBase | undefined {
    this.#expire();
    return this.#jobs.get(id) ?? [...this.#jobs.values()].find((job) => job.id.slice(0, 15) === id);
  }

  /** Newest last, as they were created. */
  list(): readonly JobBase[] {
    this.#expire();
    return [...this.#jobs.values()];
  }

  start(job: IngestJob): void {
    job.state = 'UploadComplete';
    job.changedAt = this.#input.clock.now();
    const { bulkBatchRows } = this.#input.settings;
    void runIngest(job, this.#input).then(() =>
      this.count(job.processed, Math.max(1, Math.ceil(job.processed / bulkBatchRows))),
    );
  }

  /** Aborts every ingest job that waits or runs; says how many that were. */
  abortAll(): number {
    const running = this.list().filter(({ state }) => state === 'UploadComplete' || state === 'InProgress');
    const ingest = running.filter((job) => 'uploads' in job);
    for (const job of ingest) {
      job.state = 'Aborted';
      job.changedAt = this.#input.clock.now();
    }
    return ingest.length;
  }

  /** Takes finished batches from the allocation of the day. */
  count(rows: number, batches: number): void {
    this.#used.push({ at: this.#input.clock.now(), rows, batches });
  }

  startQuery(job: QueryJob): void {
    void runBulkQuery(job, this.#input);
  }

  queryJobsToday(): number {
    const since = this.#input.clock.now() - day;
    return this.list().filter((job) => 'prepared' in job && job.createdAt > since).length;
  }

  /** Batches of the last day, shared between both Bulk APIs. */
  batchesToday(): number {
    const since = this.#input.clock.now() - day;
    return this.#used.filter(({ at }) => at > since).reduce((sum, { batches }) => sum + batches, 0);
  }

  rowsToday(): number {
    const since = this.#input.clock.now() - day;
    return this.#used.filter(({ at }) => at > since).reduce((sum, { rows }) => sum + rows, 0);
  }

  #expire(): void {
    const now = this.#input.clock.now();
    for (const [id, job] of this.#jobs) {
      if (job.state === 'Open' && job.createdAt + openFor <= now) job.state = 'Aborted';
      if (job.createdAt + keptFor <= now) this.#jobs.delete(id);
    }
  }
}
