import { asBridgeError, BridgeError } from '../../shared/errors/bridge-error.ts';
import type { Coordinates } from '../../shared/kafka/kafka-record.ts';
import type { BulkIngest, IngestKind, IngestOutcome } from '../../shared/salesforce/bulk2.ts';
import { scalarText } from '../../shared/salesforce/exact-json.ts';
import type { BulkJobStore, StoredBulkJob } from '../../shared/state/bulk-job-store.ts';
import { joinRanges, type OffsetRanges } from '../../shared/state/offset-ranges.ts';
import { groupByPartition } from '../../shared/state/partition-progress.ts';
import { toOutcome, type WriteOutcome } from './row-outcome.ts';
import type { RowWrite } from './row-write.ts';
import { settleMs, type TimeBudget } from './time-budget.ts';

/** Writes many rows of one object and operation by jobs of the Bulk API 2.0. */
export interface BulkLane {
  /** Whether rows go this way; it takes keyed operations from a volume on, since a job costs a handful of calls and waits. */
  takes(writes: readonly RowWrite[]): boolean;
  /**
   * Rows that are missing in the answer have to go by ordinary calls: Salesforce opens no job, or one that is over left them
   * untried.
   *
   * @throws BridgeError of a call that failed, say while the job was waited for; the next rows wait for that job's end first.
   */
  write(writes: readonly RowWrite[], budget: TimeBudget): Promise<ReadonlyMap<RowWrite, WriteOutcome>>;
  /**
   * Waits for jobs that an earlier invocation left behind with rows of these partitions: until they are over they may still
   * write, and nothing newer may be written before.
   *
   * @returns whether there were any, and so time passed.
   * @throws BridgeError SKB_SALESFORCE_UNAVAILABLE while one is running.
   */
  finishOpenJobs(partitions: ReadonlySet<string>, budget: TimeBudget): Promise<boolean>;
}

interface BulkLaneParts {
  readonly bulk: BulkIngest;
  readonly jobs: BulkJobStore;
  /** Rows from which on a job is worth it; 0 never. */
  readonly fromRows: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A job that runs longer is ended; its rows are sent again. Salesforce keeps trying for hours when it is overloaded. */
const longestJobMs = 2 * 60 * 60_000;
/** How long no job is asked for after Salesforce refused to open one: the day's batches are used up, or the user may not. */
const refusedMs = 15 * 60_000;

export function createBulkLane({ bulk, jobs, fromRows, now }: BulkLaneParts): BulkLane {
  const withReserve = (budget: TimeBudget) => ({ remainingMs: () => budget.remainingMs() - settleMs });
  /**
   * A job of this invocation that may be running still: a second one would write the same rows beside it, so its end comes
   * first.
   */
  let unfinished: StoredBulkJob | undefined;
  let refusedUntil = Number.NEGATIVE_INFINITY;
  /** A sink without jobs may have had some before it was deployed anew; when they are over none can come. */
  let noneCanBeOpen = false;

  /** Undefined when Salesforce opens none, whatever it does about other calls. */
  async function open(kind: IngestKind): Promise<string | undefined> {
    try {
      return await bulk.create(kind);
    } catch (cause) {
      const error = asBridgeError(cause);
      // A limit without a time is one of jobs; that of all calls names one.
      const isOfJobs = error.code === 'SKB_SALESFORCE_LIMIT' && error.retryAfterMs === undefined;
      if (error.disposition !== 'reject' && !isOfJobs) throw error;
      refusedUntil = now() + refusedMs;
      return undefined;
    }
  }

  /** Waits for a job's end as long as there is time, and forgets the job then. */
  async function end({ jobId, keyField }: StoredBulkJob, budget: TimeBudget): Promise<IngestOutcome> {
    const outcome = await bulk.finish(jobId, keyField, withReserve(budget));
    if (outcome.kind === 'running') return outcome;
    await jobs.remove(jobId);
    unfinished = undefined;
    return outcome;
  }

  return {
    takes([first, ...others]) {
      if (first === undefined || fromRows === 0 || others.length + 1 < fromRows) return false;
      if (now() < refusedUntil) return false;
      return (
        first.operation === 'upsert' || (first.keyField === 'Id' && ['update', 'delete'].includes(first.operation))
      );
    },
    async write(writes, budget) {
      if (unfinished !== undefined) {
        const { kind } = await end(unfinished, budget);
        if (kind === 'running') return notSent(writes, unfinished.jobId);
      }
      const kind = kindOf(writes);
      const jobId = await open(kind);
      if (jobId === undefined) return new Map();
      const job: StoredBulkJob = { ...kind, jobId, uploaded: false, records: recordsOf(writes), createdAt: now() };
      await jobs.put(job);
      // Stored before the upload: from here on a crash finds the job again and waits for it.
      await jobs.put({ ...job, uploaded: true });
      const rows = writes.map(({ operation, fields }) => (operation === 'delete' ? { Id: fields['Id'] } : fields));
      unfinished = { ...job, uploaded: true };
      // What became of an upload without an answer the job's state tells; one that was never closed is ended there.
      await bulk.upload(jobId, rows).catch(unlessBug);
      const outcome = await end(unfinished, budget);
      if (outcome.kind === 'running') return notSent(writes, jobId);
      const { results } = outcome;
      return new Map(
        writes.flatMap((write): [RowWrite, WriteOutcome][] => {
          const result = results.get(scalarText(write.fields[kind.keyField]) ?? '');
          return result === undefined ? [] : [[write, toOutcome(result, write.operation)]];
        }),
      );
    },
    async finishOpenJobs(partitions, budget) {
      if (noneCanBeOpen) return false;
      unfinished = undefined;
      let any = false;
      const open = await jobs.list();
      noneCanBeOpen = fromRows === 0 && open.length === 0;
      for (const job of open) {
        if (!Object.keys(job.records).some((name) => partitions.has(name))) continue;
        if (!job.uploaded || now() - job.createdAt > longestJobMs) await bulk.abort(job.jobId);
        const { kind } = await end(job, budget);
        if (kind === 'running') throw stillRunning(job.jobId);
        any = true;
      }
      return any;
    },
  };
}

function kindOf([first]: readonly RowWrite[]): IngestKind {
  const operation = first?.operation;
  if (first?.keyField === undefined || (operation !== 'upsert' && operation !== 'update' && operation !== 'delete')) {
    throw new BridgeError('SKB_BUG', 'A bulk job was asked for rows without a key');
  }
  return { object: first.object, operation, keyField: first.keyField };
}

function recordsOf(writes: readonly RowWrite[]): Record<string, OffsetRanges> {
  const records: Coordinates[] = writes.flatMap(({ rows }) => rows.map(({ record }) => record));
  return Object.fromEntries(
    [...groupByPartition(records)].map(([name, each]) => [
      name,
      joinRanges(each.map(({ offset }) => [offset, offset] as const)),
    ]),
  );
}

function unlessBug(thrown: unknown): void {
  if (asBridgeError(thrown).code === 'SKB_BUG') throw thrown;
}

function notSent(writes: readonly RowWrite[], jobId: string): ReadonlyMap<RowWrite, WriteOutcome> {
  const outcome: WriteOutcome = { kind: 'notSent', error: stillRunning(jobId) };
  return new Map(writes.map((write) => [write, outcome]));
}

function stillRunning(jobId: string): BridgeError {
  return new BridgeError('SKB_SALESFORCE_UNAVAILABLE', `The bulk job ${jobId} is still running`, {
    context: { jobId },
  });
}
