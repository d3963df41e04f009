import type { Source } from '../../../shared/bridge/bridge.ts';
import type { Gap } from '../../../shared/salesforce/row-record.ts';
import type { Hole, Reread } from '../../../shared/state/reread-store.ts';
import { keptSince, type LostPosition } from '../replay-start.ts';

// Why something has to be read again, and what exactly. The same cause makes the same ID.

/** How far before the last certain moment a re-read begins: clocks differ, transactions take their time. */
const OVERLAP_MS = 15 * 60_000;
/** A transaction of more than 100,000 changes takes its time; its first rows are stamped long before its commit. */
const OVERFLOW_OVERLAP_MS = 60 * 60_000;

export function rereadOfGap(gap: Gap, replayId: string | undefined, now: Date): Reread {
  const { object, changeType, ids, committedAt } = gap;
  const requestedAt = now.toISOString();
  const id = `gap#${replayId ?? requestedAt}#${object}`;
  const committed = new Date(committedAt).toISOString();
  if (ids !== undefined) {
    return { id, reason: 'gap', object, changeType, ids, from: committed, deletes: false, requestedAt };
  }
  // A conversion of a field's type stamps no row, so its wildcard stands for the whole object.
  const since = changeType === 'GAP_OVERFLOW' ? { from: before(new Date(committedAt), OVERFLOW_OVERLAP_MS) } : {};
  // All that is missing was committed at once; to read from long before costs nothing but rows.
  const hole = { from: committed, to: committed };
  return { id, reason: 'overflow', object, changeType, ...since, deletes: true, requestedAt, hole };
}

export function rereadOfSnapshot({ name }: Source, object: string, now: Date): Reread {
  const id = `snapshot#${name}#${object}`;
  return { id, reason: 'snapshot', object, deletes: false, source: name, requestedAt: now.toISOString() };
}

/** @param retainedMs how long Salesforce keeps the channel's events at least. */
export function rereadOfLoss(loss: LostPosition, source: Source, object: string, retainedMs: number): Reread {
  const { replayId, policy, deliveredUntil, at } = loss;
  // A topic of raw events holds what Salesforce sent and nothing else.
  const own = policy === 'resync' && source.format === 'raw' ? 'earliest' : policy;
  const hole: Hole = { from: deliveredUntil.toISOString(), replayId, policy: own, ...resumption(own, at, retainedMs) };
  const since = own === 'resync' ? { from: before(deliveredUntil, OVERLAP_MS) } : {};
  // Who halted and decides later decides anew.
  const id = `lost#${replayId}#${own}#${source.name}#${object}`;
  const requestedAt = at.toISOString();
  return {
    id,
    reason: 'replayLost',
    object,
    source: source.name,
    requestedAt,
    hole,
    ...since,
    deletes: own === 'resync',
  };
}

/** With these the channel is read from the start of retention, and so misses nothing that is younger. */
function resumption(policy: LostPosition['policy'], at: Date, retainedMs: number): { to?: string } {
  if (policy !== 'resync' && policy !== 'earliest') return {};
  return { to: keptSince(at, retainedMs).toISOString() };
}

/** A PushTopic named fields that are gone. @param toldUntil the last moment of which it told for certain. */
export function rereadOfDrift(source: Source, object: string, toldUntil: Date, now: Date): Reread {
  const from = toldUntil.toISOString();
  const shared = {
    id: `drift#${from}#${source.name}#${object}`,
    reason: 'drift',
    object,
    source: source.name,
  } as const;
  const requestedAt = now.toISOString();
  if (source.format === 'raw') return { ...shared, deletes: false, requestedAt, hole: { from, policy: 'latest' } };
  return { ...shared, from: before(toldUntil, OVERLAP_MS), deletes: true, requestedAt, hole: { from } };
}

function before(time: Date, ms: number): string {
  return new Date(time.getTime() - ms).toISOString();
}
