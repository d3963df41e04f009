import { BridgeError } from '../../shared/errors/bridge-error.ts';
import type { KafkaRecord } from '../../shared/kafka/kafka-record.ts';
import type { RowError } from '../../shared/salesforce/collections.ts';
import { createChangedObjects, outdated } from './changed-objects.ts';
import type { Fence } from './fence.ts';
import { judgeRefusal, type Reason } from './judge-outcome.ts';
import { type MissingParents, missingParentOf } from './missing-parents.ts';
import type { WriteOutcome } from './row-outcome.ts';
import { createRowQueue, type RowQueue } from './row-queue.ts';
import type { PlannedRow, RowWrite } from './row-write.ts';
import type { RowWriter } from './row-writer.ts';
import { mayCall, outOfTime, type TimeBudget } from './time-budget.ts';

/** How one row of a record ended in this invocation. */
export type RowEnd =
  | { readonly kind: 'written'; readonly id: string | undefined; readonly created: boolean }
  | { readonly kind: 'rejected'; readonly object: string; readonly error: RowError }
  | { readonly kind: 'handedBack'; readonly reason: Reason; readonly error: BridgeError };

/** What earlier deliveries of a record came to. */
export interface RecordHistory {
  /** Deliveries in which it failed for a reason that nobody understood. */
  attemptsOf(record: KafkaRecord): number;
  /** Since when it waits for a parent, in milliseconds since the epoch. */
  waitingSince(record: KafkaRecord): number | undefined;
}

export interface WriteParts {
  readonly writer: RowWriter;
  readonly fence: Fence;
  /** Which of these writes are known to have taken effect, although their call was not answered. */
  readonly prove: (writes: readonly RowWrite[], sentAt: number, budget: TimeBudget) => Promise<ReadonlySet<RowWrite>>;
  readonly history: RecordHistory;
  /** Asks the org for an object's fields again; true when they are others than was thought. */
  readonly objects: { refresh(name: string): Promise<boolean> };
  readonly settings: { readonly maxAttempts: number; readonly parentWaitMs: number; readonly callTimeoutMs: number };
  readonly missing: MissingParents;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** 0 to 1. */
  readonly random: () => number;
}

export interface WrittenRows {
  readonly ends: ReadonlyMap<PlannedRow, RowEnd>;
  /** Records that were judged by a value that turned out not to be written; none of their rows was sent. */
  readonly judgeAgain: ReadonlySet<KafkaRecord>;
  /** Merged writes that were taken apart. */
  readonly unmerged: number;
  /** Rows that were sent again. */
  readonly retried: number;
}

const firstPauseMs = 1_000;
const longestPauseMs = 15_000;
const triesInDoubt = 2;

/**
 * Makes the writes of all rows: those of one row in order, each after the other is through; parents before children. What
 * Salesforce refuses is sent again, taken apart, rejected or handed back; while the org is in trouble, it waits.
 */
export async function writeRows(
  parts: WriteParts,
  rows: readonly PlannedRow[],
  budget: TimeBudget,
): Promise<WrittenRows> {
  const { writer, fence, prove, history, objects, settings, missing, now, sleep, random } = parts;
  const queue: RowQueue = createRowQueue(rows);
  const ends = new Map<PlannedRow, RowEnd>();
  const judgeAgain = new Set<KafkaRecord>();
  const sent = new Set<KafkaRecord>();
  const changedObjects = createChangedObjects((name) => objects.refresh(name));
  let alone = new Set<RowWrite>();
  let troubles = 0;
  let unmerged = 0;
  let retried = 0;

  function handBack(write: RowWrite, reason: Reason, error: BridgeError): void {
    const own = new Set(write.rows);
    // What comes later in the same row must not be written before.
    for (const row of queue.drop(write)) {
      ends.set(row, { kind: 'handedBack', reason: own.has(row) ? reason : 'behind', error });
    }
  }

  function reject(write: RowWrite, error: RowError): void {
    const parent = missingParentOf(error);
    // Each of them waits for itself, though they are merged.
    const naming =
      parent === undefined
        ? []
        : write.rows.filter((row) => row.parents.includes(parent) && waitedMs(row) >= settings.parentWaitMs);
    const refused = write.rows.length === 1 ? write.rows : naming;
    if (refused.length === 0) {
      unmerged += 1;
      queue.split(write);
      return;
    }
    for (const row of refused) ends.set(row, { kind: 'rejected', object: write.object, error });
    if (refused.length === write.rows.length) queue.done(write);
    else
      queue.replace(
        write,
        write.rows.filter((row) => !refused.includes(row)),
      );
    voidJudgements(refused);
  }

  /** Records judged by a value that a rejected row was to leave are judged again without it. */
  function voidJudgements(refused: readonly PlannedRow[]): void {
    for (const { remember, place } of refused) {
      for (const { step, key } of remember) {
        const stale = queue
          .rowsAfter(place)
          .filter((row) => row.remember.some((each) => each.step === step && each.key === key));
        for (const { record } of stale) if (!sent.has(record)) judgeAgain.add(record);
      }
    }
    if (judgeAgain.size > 0) queue.remove(({ record }) => judgeAgain.has(record));
  }

  function waitedMs({ record }: PlannedRow): number {
    const at = now();
    return at - (history.waitingSince(record) ?? at);
  }

  function judge(write: RowWrite, outcome: Extract<WriteOutcome, { kind: 'refused' }>): void {
    const at = now();
    const verdict = judgeRefusal(outcome, {
      tries: queue.triesOf(write),
      attempts: Math.max(...write.rows.map(({ record }) => history.attemptsOf(record))),
      maxAttempts: settings.maxAttempts,
      waitedMs: Math.max(...write.rows.map(waitedMs)),
      parentWaitMs: settings.parentWaitMs,
      random: random(),
    });
    const parent = missingParentOf(outcome.error);
    const until = verdict.kind === 'again' ? at + verdict.afterMs : Number.POSITIVE_INFINITY;
    if (parent !== undefined) missing.note(parent, { error: outcome.error, until });
    if (verdict.kind === 'reject') reject(write, verdict.error);
    else if (verdict.kind === 'handBack') handBack(write, verdict.reason, verdict.error);
    else {
      retried += 1;
      if (verdict.alone === true) alone.add(write);
      queue.again(write, at + verdict.afterMs);
    }
  }

  /** Sent and not answered: found to be written, or held and sent once more as it is. */
  async function settleDoubt(writes: ReadonlyMap<RowWrite, BridgeError>, sentAt: number): Promise<void> {
    const proven = await prove([...writes.keys()], sentAt, budget);
    const open = [...writes.keys()].filter((write) => !proven.has(write));
    await fence.hold(open);
    for (const write of proven) written(write, { kind: 'written', id: undefined, created: false });
    for (const write of open) {
      const error = writes.get(write) ?? outOfTime();
      const mayRepeat = write.key !== undefined || write.operation === 'publish';
      if (!mayRepeat || queue.triesOf(write) + 1 >= triesInDoubt) handBack(write, 'inDoubt', error);
      else {
        retried += 1;
        queue.again(write, now() + pauseMs());
      }
    }
  }

  function written(write: RowWrite, outcome: Extract<WriteOutcome, { kind: 'written' }>): void {
    for (const row of write.rows) {
      ends.set(row, outcome);
      missing.forget(row.provides);
    }
    queue.done(write);
  }

  function noteSent({ rows: merged }: RowWrite): void {
    for (const { record } of merged) sent.add(record);
  }

  function pauseMs(): number {
    return random() * Math.min(longestPauseMs, firstPauseMs * 2 ** troubles);
  }

  /** What may be sent of the ready writes; the others are decided without a call. */
  function admitted(ready: readonly RowWrite[]): RowWrite[] {
    return ready.filter((write) => {
      const admission = fence.admit(write);
      if (admission.kind === 'firstRows') {
        queue.cut(write, admission.rows);
        return false;
      }
      if (admission.kind === 'no') {
        handBack(write, 'inDoubt', heldBack(write, admission.until));
        return false;
      }
      const known = missing.find(parentsOf(write), now());
      if (known === undefined) return true;
      if (Number.isFinite(known.until)) queue.again(write, known.until);
      else judge(write, { kind: 'refused', disposition: 'parent', error: known.error });
      return false;
    });
  }

  while (!queue.isEmpty) {
    if (!mayCall(budget, settings.callTimeoutMs)) {
      for (const row of queue.drain()) ends.set(row, { kind: 'handedBack', reason: 'org', error: outOfTime() });
      break;
    }
    const ready = queue.ready(now());
    const writes = admitted(ready);
    if (writes.length === 0) {
      if (ready.length > 0) continue;
      const next = queue.nextAt(now()) ?? now();
      await sleep(Math.min(Math.max(1, next - now()), Math.max(1, budget.remainingMs() - settings.callTimeoutMs)));
      continue;
    }
    writes.forEach(noteSent);
    const sentAt = now();
    const inOwnCall = alone;
    alone = new Set();
    const outcomes = await writer.write(writes, budget, inOwnCall, changedObjects.hasChanged);
    await changedObjects.noteRefusals(outcomes);
    const inDoubt = new Map<RowWrite, BridgeError>();
    let trouble: BridgeError | undefined;
    // Not a loop of this function: one that waits is never compiled well, and there are as many turns as rows.
    writes.forEach((write) => {
      const outcome = outcomes.get(write);
      if (outcome === undefined) throw new BridgeError('SKB_BUG', 'A write was left without an outcome');
      if (outcome.kind === 'written') written(write, outcome);
      // Delivered again it is prepared by what the object has now; what follows in its row waits for it.
      else if (changedObjects.explain(write, outcome)) handBack(write, 'org', outdated(write));
      else if (outcome.kind === 'refused') judge(write, outcome);
      else if (outcome.kind === 'inDoubt') inDoubt.set(write, outcome.error);
      else if (outcome.kind === 'notSent') trouble = outcome.error;
    });
    if (inDoubt.size > 0) await settleDoubt(inDoubt, sentAt);
    troubles = trouble === undefined && inDoubt.size === 0 ? 0 : troubles + 1;
    if (trouble === undefined) continue;
    const resume = now() + Math.max(pauseMs(), Math.min(trouble.retryAfterMs ?? 0, longestPauseMs));
    for (const write of writes) if (outcomes.get(write)?.kind === 'notSent') queue.again(write, resume);
  }
  return { ends, judgeAgain, unmerged, retried };
}

function parentsOf({ rows: [first, ...others] }: RowWrite): readonly string[] {
  return others.length === 0 ? first.parents : [first, ...others].flatMap(({ parents }) => parents);
}

function heldBack({ object }: RowWrite, until: number): BridgeError {
  const message = `A call about this row of ${object} was not answered; a newer value waits until ${new Date(until).toISOString()}`;
  return new BridgeError('SKB_SALESFORCE_UNAVAILABLE', message);
}
