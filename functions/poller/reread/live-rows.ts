import type { ReadRow } from '../../../shared/salesforce/read-rows.ts';
import type { ChangedRow } from '../../../shared/salesforce/row-record.ts';

// Puts rows that were read into the stream of changes at a place where they are never older than what came before and
// never newer than what comes after. Pure bookkeeping of one channel: no waiting, no I/O.
//
// What is known of a row that was read: it contains every change committed before its stamp, and none of a later second.
// So it waits until the channel has brought everything up to its stamp. Changes of it that arrive meanwhile and may not be
// contained are laid over it, in their order; those that are contained came before it.

/** A row that was read, ready to be published but for its place in the stream. */
export interface HeldRow {
  readonly read: ReadRow;
  /** As it is published when nothing else happens to it. */
  readonly row: ChangedRow;
}

/** How the channel's stream stands at a moment; all times monotonic. */
export interface StreamState {
  readonly now: number;
  /** Since when the channel is subscribed without a break; undefined when it is not. */
  readonly subscribedSince: number | undefined;
  /** True while events wait here that were not noted yet; then quiet means nothing. */
  readonly waiting: boolean;
  /** Milliseconds since the epoch, by our clock. */
  readonly date: number;
}

export interface LiveRows {
  /** Before a read begins: changes are remembered from here on, because the read may or may not contain them. */
  beginRead(): void;
  /** The read's rows, or none when it failed. */
  endRead(rows: readonly HeldRow[], now: number): void;
  /** From now on the IDs of changed rows are kept, for rows of which nobody knows when they were read. */
  watch(): void;
  /** These changed as well since the watch began. */
  addChanged(ids: readonly string[]): void;
  hasChanged(id: string): boolean;
  /** Changes of the channel, in receipt order, right before they are handed over. */
  note(rows: readonly ChangedRow[], now: number): void;
  /** True for a change that a row published before contains: to publish it would bring back what is overwritten. */
  isContained(row: ChangedRow): boolean;
  /** Some rows whose turn has come, as they are now; they are no longer held. Rows deleted meanwhile are left out. */
  takeDue(state: StreamState, most?: number): readonly ChangedRow[];
  readonly held: number;
  /** The latest commit of which the channel told, in milliseconds since the epoch; -Infinity before the first one. */
  readonly committedUntil: number;
  /** Gives up what is held; it has to be read again. */
  clear(): void;
}

interface Held extends HeldRow {
  readonly heldAt: number;
  readonly changes: ChangedRow[];
}

/** Stamps are whole seconds. */
const STAMP_STEP_MS = 1000;
/** How far our clock and Salesforce's may be apart. */
const CLOCK_TOLERANCE_MS = 60_000;
/** How many published rows are remembered, to recognise changes that arrive after all. */
const REMEMBERED_ROWS = 10_000;

/** @param settleMs how long a change may take from its commit to here. */
export function createLiveRows(settleMs: number): LiveRows {
  let reading: Map<string, ChangedRow[]> | undefined;
  /** Of rows that changed since a job began; an org cannot deliver so many in the job's time that they would not fit. */
  let changed: Set<string> | undefined;
  let held = new Map<string, Held>();
  /** Everything committed before it was received. */
  let committedUntil = Number.NEGATIVE_INFINITY;
  let lastChangeAt = Number.NEGATIVE_INFINITY;
  const published = new Map<string, number>();

  function isDue({ read, heldAt }: Held, { now, subscribedSince, waiting, date }: StreamState): boolean {
    if (read.stamp + STAMP_STEP_MS <= committedUntil) return true;
    if (subscribedSince === undefined || waiting) return false;
    // Nothing came for so long that nothing older can be on its way.
    const quietSince = Math.max(lastChangeAt, subscribedSince);
    if (now - quietSince < settleMs) return false;
    const isOld = read.stamp + STAMP_STEP_MS + settleMs + CLOCK_TOLERANCE_MS < date;
    return isOld || now - Math.max(quietSince, heldAt) >= settleMs;
  }

  function remember(id: string, stamp: number): void {
    published.delete(id);
    published.set(id, stamp);
    for (const oldest of published.keys()) {
      if (published.size <= REMEMBERED_ROWS) break;
      published.delete(oldest);
    }
  }

  return {
    beginRead() {
      reading = new Map();
    },
    endRead(rows, now) {
      const since = reading ?? new Map<string, ChangedRow[]>();
      reading = undefined;
      for (const each of rows) {
        const earlier = held.get(each.read.id);
        const changes = [...(earlier?.changes ?? []), ...(since.get(each.read.id) ?? [])];
        held.set(each.read.id, {
          ...each,
          heldAt: now,
          changes: changes.filter((change) => mayMiss(each.read, change)),
        });
      }
    },
    watch() {
      changed = new Set();
    },
    addChanged(ids) {
      for (const id of ids) changed?.add(id);
    },
    hasChanged: (id) => changed?.has(id) ?? false,
    note(rows, now) {
      for (const row of rows) {
        committedUntil = Math.max(committedUntil, row.committedAt);
        lastChangeAt = now;
        if (row.id === undefined) continue;
        changed?.add(row.id);
        if (reading !== undefined) reading.set(row.id, [...(reading.get(row.id) ?? []), row]);
        const waiting = held.get(row.id);
        if (waiting !== undefined && mayMiss(waiting.read, row)) waiting.changes.push(row);
      }
    },
    isContained(row) {
      const stamp = row.id === undefined ? undefined : published.get(row.id);
      return stamp !== undefined && row.committedAt < stamp;
    },
    takeDue(state, most = Number.POSITIVE_INFINITY) {
      const due = [...held.values()].filter((each) => isDue(each, state)).slice(0, most);
      for (const { read } of due) {
        held.delete(read.id);
        remember(read.id, read.stamp);
      }
      return due.flatMap((each) => withChanges(each) ?? []);
    },
    get held() {
      return held.size;
    },
    get committedUntil() {
      return committedUntil;
    },
    clear() {
      held = new Map();
      reading = undefined;
    },
  };
}

/** False for a change that the row contains for certain. */
function mayMiss(read: ReadRow, change: ChangedRow): boolean {
  return change.committedAt >= read.stamp;
}

/** The row with the changes that came after it, or nothing when what came tells more than it does. */
function withChanges({ row, changes }: Held): ChangedRow | undefined {
  if (changes.some((change) => change.type !== 'updated')) return undefined;
  if (changes.length > 0 && row.type === 'deleted') return undefined;
  const fields = Object.assign({}, row.fields, ...changes.map((change) => change.fields));
  return { ...row, fields, committedAt: Math.max(row.committedAt, ...changes.map((change) => change.committedAt)) };
}
