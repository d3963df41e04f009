import { asBridgeError } from '../../../shared/errors/bridge-error.ts';
import type { LogPositions } from '../../../shared/kafka/log-positions.ts';
import { rereadHeader } from '../../../shared/kafka/published-log.ts';
import type { BulkRowReader } from '../../../shared/salesforce/bulk-rows.ts';
import type { ReadRow, RowReader } from '../../../shared/salesforce/read-rows.ts';
import type { ChangedRow, EventType } from '../../../shared/salesforce/row-record.ts';
import type { RowSelection } from '../../../shared/salesforce/row-selection.ts';
import type { ChannelKey } from '../../../shared/state/channel-store.ts';
import type { Hole, Reread, RereadProgress, RereadStore } from '../../../shared/state/reread-store.ts';
import { errorFields, type Logger } from '../../../shared/telemetry/logger.ts';
import type { Clock } from '../clock.ts';
import type { Counters } from '../counters.ts';
import { keepTrying } from '../keep-trying.ts';
import type { HeldRow, LiveRows, StreamState } from './live-rows.ts';
import { createRereadPages } from './reread-pages.ts';

export interface RereadWorkerParts {
  readonly key: ChannelKey;
  readonly orgId: () => string;
  readonly store: RereadStore;
  readonly reader: RowReader;
  readonly bulk: BulkRowReader;
  readonly bulkFromRows: number;
  readonly live: LiveRows;
  readonly streamState: () => StreamState;
  /** What the channel shows of an object's rows. */
  readonly selectionOf: (object: string) => Promise<RowSelection>;
  /** Where the topics stand: what is published from now on lies behind. */
  readonly logPositions: () => LogPositions;
  /** What was published of a re-read does not come again: its progress is stored. */
  readonly noted: (rereadId: string) => void;
  /** Publishes rows in the order of the channel; resolves when Kafka has them. */
  readonly publish: (rows: () => readonly ChangedRow[], source: string | undefined) => Promise<number>;
  /** Tells what the channel's readers missed. */
  readonly publishGap: (reread: Reread, hole: Hole, rowsReread: number) => Promise<void>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly counters: Counters;
  readonly logger: Logger;
  /** Rows of a page. @default 2000 */
  readonly pageSize?: number;
}

export interface RereadWorker {
  /** Works until the signal is aborted; never fails but for a bug. */
  run(signal: AbortSignal): Promise<void>;
  /** There is something new in the store. */
  wake(): void;
}

/** How often it looks for re-reads that somebody else asked for. */
const LOOK_EVERY_MS = 15_000;
/** How often it looks whether held rows have their turn. */
const TURN_EVERY_MS = 200;
const IDS_AT_ONCE = 200;
/** Events wait while rows are published, so these come in portions. */
const ROWS_AT_ONCE = 1000;
/** How long a re-read rests that Salesforce refused: somebody has to change a right or the definition. */
const REFUSED_MS = 15 * 60_000;

/** Reads again what the table says has to be, one page at a time, and publishes it among the channel's changes. */
export function createRereadWorker(parts: RereadWorkerParts): RereadWorker {
  const { key, store, live, clock, counters, logger, pageSize = 2000 } = parts;
  let awake = new AbortController();
  let woken = false;
  const refusedUntil = new Map<string, number>();
  const pages = createRereadPages({
    ...parts,
    pageSize,
    hold: read,
    store: ({ id, progress }, way) => store.progress(key, id, { ...start(), ...progress, ...way }),
  });

  async function publishHeld(source: string | undefined, signal: AbortSignal): Promise<number> {
    let count = 0;
    while (live.held > 0) {
      signal.throwIfAborted();
      const published = await parts.publish(() => live.takeDue(parts.streamState(), ROWS_AT_ONCE), source);
      count += published;
      if (published === 0 && live.held > 0) await clock.wait(TURN_EVERY_MS, signal);
    }
    counters.add('rowsReread', count);
    return count;
  }

  /** Waits until the channel is subscribed: what happens from then on comes by itself. */
  async function untilSubscribed(signal: AbortSignal): Promise<void> {
    while (parts.streamState().subscribedSince === undefined) {
      signal.throwIfAborted();
      await clock.wait(TURN_EVERY_MS, signal);
    }
  }

  async function read(reread: Reread, load: () => Promise<readonly ReadRow[]>): Promise<readonly ReadRow[]> {
    live.beginRead();
    let rows: readonly ReadRow[] = [];
    try {
      rows = await load();
      return rows;
    } finally {
      live.endRead(
        rows.map((each) => toHeldRow(each, reread, parts)),
        clock.now(),
      );
    }
  }

  /** Notes where the log stands before the first of its rows, so that a successor finds those that were published. */
  async function begin({ id, progress }: Reread): Promise<void> {
    if (progress === undefined) await store.progress(key, id, start());
  }

  function start(): RereadProgress {
    return { phase: 'rows', lastId: '', read: 0, logPositions: parts.logPositions() };
  }

  async function progress({ id }: Reread, reached: RereadProgress): Promise<void> {
    await store.progress(key, id, reached);
    parts.noted(id);
  }

  async function finish({ id }: Reread): Promise<void> {
    await store.done(key, id, clock.date());
    parts.noted(id);
  }

  async function rereadIds(rereads: readonly Reread[], signal: AbortSignal): Promise<void> {
    const [first] = rereads;
    if (first === undefined) return;
    const selection = await parts.selectionOf(first.object);
    // The last word on an Id counts: how its record is called depends on it.
    const causes = new Map(rereads.flatMap((reread) => (reread.ids ?? []).map((id) => [id, reread] as const)));
    for (const ids of chunks([...causes.keys()], IDS_AT_ONCE)) {
      live.beginRead();
      let held: HeldRow[] = [];
      try {
        const rows = new Map((await parts.reader.byIds(selection, ids)).map((row) => [row.id, row]));
        held = ids.flatMap((id) => {
          const reread = causes.get(id);
          if (reread === undefined) return [];
          // Gone from the recycle bin as well: all that is left to say is that it is deleted.
          const gone = { id, stamp: Date.parse(reread.from ?? reread.requestedAt), deleted: true, fields: {} };
          return toHeldRow(rows.get(id) ?? gone, reread, parts);
        });
      } finally {
        live.endRead(held, clock.now());
      }
      await publishHeld(first.source, signal);
    }
    // Oldest first, since a row counts for the last re-read that names it.
    for (const reread of rereads) await finish(reread);
    logger.info('rows of gap events read again', { ...key, object: first.object, rows: causes.size });
  }

  async function rereadPage(reread: Reread, signal: AbortSignal): Promise<void> {
    const { phase = 'rows', read: before = 0 } = reread.progress ?? {};
    const selection = await parts.selectionOf(reread.object);
    const range = { from: reread.from, to: reread.to, deleted: phase === 'deletes' };
    const page = await pages.next(reread, selection, range, signal);
    if (page === undefined) return;
    await publishHeld(reread.source, signal);
    const total = before + page.rows.length;
    const logPositions = parts.logPositions();
    const { object, reason } = reread;
    logger.info('rows read again', { ...key, object, reason, phase, rows: total });
    if (page.next !== undefined) {
      await progress(reread, { phase, read: total, logPositions, ...page.next });
    } else if (phase === 'rows' && reread.deletes) {
      await progress(reread, { phase: 'deletes', lastId: '', read: total, logPositions });
    } else {
      if (reread.hole !== undefined) await parts.publishGap(reread, reread.hole, total);
      await finish(reread);
      logger.info('re-read done', { ...key, object, reason, rows: total });
    }
  }

  async function reportHole(reread: Reread, hole: Hole): Promise<true> {
    await parts.publishGap(reread, hole, 0);
    await finish(reread);
    return true;
  }

  /** @returns false when there is nothing to do. */
  async function step(signal: AbortSignal): Promise<boolean> {
    live.clear();
    const open = (await store.open(key)).filter(({ id }) => (refusedUntil.get(id) ?? 0) <= clock.now());
    // A row of a gap event may change again any time, so it goes before long re-reads.
    const next = open.find((reread) => reread.ids !== undefined) ?? open[0];
    if (next === undefined) return false;
    const { hole } = next;
    const together = next.ids === undefined ? [next] : open.filter((other) => isAlike(other, next));
    for (const reread of together) await begin(reread);
    if (hole?.policy === 'halt') return reportHole(next, hole);
    await untilSubscribed(signal);
    if (hole?.policy === 'latest' || hole?.policy === 'earliest') return reportHole(next, hole);
    try {
      if (next.ids === undefined) await rereadPage(next, signal);
      else await rereadIds(together, signal);
    } catch (error) {
      const refused = asBridgeError(error);
      if (refused.disposition !== 'reject' || signal.aborted) throw error;
      // It stays in the table; the channel and its other re-reads go on.
      logger.error('re-read refused', { ...key, ...errorFields(refused), object: next.object, retryInMs: REFUSED_MS });
      for (const { id } of together) refusedUntil.set(id, clock.now() + REFUSED_MS);
    }
    return true;
  }

  return {
    async run(signal) {
      pages.forget();
      while (!signal.aborted) {
        woken = false;
        try {
          if (await keepTrying('re-read', () => step(signal), parts, signal)) continue;
        } catch (error) {
          if (signal.aborted) return;
          throw error;
        }
        if (woken) continue;
        awake = new AbortController();
        await clock.wait(LOOK_EVERY_MS, AbortSignal.any([signal, awake.signal]));
      }
    },
    wake() {
      woken = true;
      awake.abort();
    },
  };
}

function isAlike(other: Reread, { object, source }: Reread): boolean {
  return other.ids !== undefined && other.object === object && other.source === source;
}

function toHeldRow(read: ReadRow, reread: Reread, { key, orgId }: RereadWorkerParts): HeldRow {
  const row: ChangedRow = {
    channel: key.channel,
    replayId: undefined,
    orgId: orgId(),
    id: read.id,
    object: reread.object,
    type: typeOf(read, reread),
    fields: read.fields,
    complete: !read.deleted,
    committedAt: read.stamp,
    headers: {
      'bridge.reread': reread.reason,
      [rereadHeader]: reread.id,
      'salesforce.change.type': reread.changeType,
    },
  };
  return { read, row };
}

function typeOf({ deleted }: ReadRow, { reason, changeType }: Reread): EventType {
  if (deleted) return 'deleted';
  if (reason !== 'gap') return 'snapshot';
  if (changeType === 'GAP_CREATE') return 'created';
  return changeType === 'GAP_UNDELETE' ? 'undeleted' : 'updated';
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  const cut: Item[][] = [];
  for (let start = 0; start < items.length; start += size) cut.push(items.slice(start, start + size));
  return cut;
}
