import { asBridgeError, BridgeError } from '../../../shared/errors/bridge-error.ts';
import type { BulkJob, BulkRowReader } from '../../../shared/salesforce/bulk-rows.ts';
import type { ReadRow, RowRange, RowReader } from '../../../shared/salesforce/read-rows.ts';
import type { RowSelection } from '../../../shared/salesforce/row-selection.ts';
import type { Reread, RereadProgress } from '../../../shared/state/reread-store.ts';
import { errorFields, type Logger } from '../../../shared/telemetry/logger.ts';
import type { Clock } from '../clock.ts';
import type { LiveRows } from './live-rows.ts';

/** Some rows of a re-read. They are held by now, and to be published before the next ones are asked for. */
export interface RereadPage {
  readonly rows: readonly ReadRow[];
  /** How to go on behind it; undefined after the last one. */
  readonly next: Pick<RereadProgress, 'lastId' | 'job'> | undefined;
}

export interface RereadPages {
  /** @returns undefined when there is none yet: a job was opened, or is not through. Ask again. */
  next(reread: Reread, selection: RowSelection, range: RowRange, signal: AbortSignal): Promise<RereadPage | undefined>;
  /** Somebody else read the channel meanwhile, so what changed since a job began is not known. */
  forget(): void;
}

interface RereadPagesParts {
  readonly reader: RowReader;
  readonly bulk: BulkRowReader;
  /** From so many rows on they come from a query job. */
  readonly bulkFromRows: number;
  readonly pageSize: number;
  readonly live: Pick<LiveRows, 'watch' | 'addChanged' | 'hasChanged'>;
  /** Holds what the load gives, with the changes that come meanwhile. */
  readonly hold: (reread: Reread, load: () => Promise<readonly ReadRow[]>) => Promise<readonly ReadRow[]>;
  /** Stores how the rows of a re-read are had, without a word on how far it came. */
  readonly store: (reread: Reread, way: Pick<RereadProgress, 'job' | 'paged'>) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 20_000;
/** A row is stamped when its transaction changes it, and changed for others when the transaction ends. */
const TRANSACTION_MS = 15 * 60_000;

/** Reads the rows of a range: page by page in the order of their Ids, or many of them from a job of the Bulk API. */
export function createRereadPages(parts: RereadPagesParts): RereadPages {
  const { reader, bulk, live, clock, logger } = parts;
  /** The job since whose beginning changes are watched. */
  let watched: string | undefined;
  let pauseMs = FIRST_PAUSE_MS;

  async function isForJob({ progress }: Reread, selection: RowSelection, range: RowRange): Promise<boolean> {
    if (range.deleted || progress?.paged === true || (progress?.lastId ?? '') !== '') return false;
    try {
      return (await bulk.count(selection, range)) >= parts.bulkFromRows;
    } catch (error) {
      // What takes too long to be counted is much.
      if (error instanceof BridgeError && error.context['salesforceCode'] === 'QUERY_TIMEOUT') return true;
      throw error;
    }
  }

  async function open(reread: Reread, selection: RowSelection, range: RowRange): Promise<void> {
    live.watch();
    let job: BulkJob;
    try {
      job = await bulk.start(selection, range);
    } catch (cause) {
      const refused = asBridgeError(cause);
      if (refused.disposition !== 'reject') throw refused;
      return await fallBack(reread, refused);
    }
    watched = job.id;
    await parts.store(reread, { job });
    logger.info('query job opened', { object: selection.object, jobId: job.id });
  }

  async function fallBack(reread: Reread, refused?: BridgeError): Promise<void> {
    const { object } = reread;
    logger.warn('rows are read page by page, not by a job', { object, ...(refused && errorFields(refused)) });
    await parts.store(reread, { paged: true });
  }

  /** The job's rows are as they were at some time since it began: those that changed since then are read once more. */
  async function pageOfJob(
    reread: Reread,
    selection: RowSelection,
    job: BulkJob,
    signal: AbortSignal,
  ): Promise<RereadPage | undefined> {
    const state = await bulk.stateOf(job);
    if (state === 'lost') {
      await fallBack(reread);
      return undefined;
    }
    if (state === 'running') {
      await clock.wait(pauseMs, signal);
      pauseMs = Math.min(pauseMs * 1.6, LONGEST_PAUSE_MS);
      return undefined;
    }
    pauseMs = FIRST_PAUSE_MS;
    if (watched !== job.id) {
      live.watch();
      const since = new Date(Date.parse(job.startedAt) - TRANSACTION_MS);
      live.addChanged(await bulk.changedSince(selection.object, since));
      watched = job.id;
    }
    const { rows: all, locator } = await bulk.page(selection, job);
    const rows = await parts.hold(reread, async () => {
      const { changed = [], same = [] } = Object.groupBy(all, ({ id }) => (live.hasChanged(id) ? 'changed' : 'same'));
      const ids = changed.map(({ id }) => id);
      const fresh = ids.length === 0 ? [] : await reader.byIds(selection, ids);
      // What is gone by now was told by the channel.
      return [...same, ...fresh.filter(({ deleted }) => !deleted)];
    });
    return { rows, next: locator === undefined ? undefined : { lastId: '', job: { ...job, locator } } };
  }

  async function pageById(reread: Reread, selection: RowSelection, range: RowRange): Promise<RereadPage> {
    const { lastId = '' } = reread.progress ?? {};
    const rows = await parts.hold(reread, () => reader.page(selection, range, lastId, parts.pageSize));
    const last = rows.at(-1);
    return { rows, next: last === undefined || rows.length < parts.pageSize ? undefined : { lastId: last.id } };
  }

  return {
    async next(reread, selection, range, signal) {
      const job = reread.progress?.job;
      if (job !== undefined) return await pageOfJob(reread, selection, job, signal);
      if (!(await isForJob(reread, selection, range))) return await pageById(reread, selection, range);
      await open(reread, selection, range);
      return undefined;
    },
    forget() {
      watched = undefined;
    },
  };
}
