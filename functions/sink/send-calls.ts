import { BridgeError } from '../../shared/errors/bridge-error.ts';
import type { CallAnswer, CollectionsCall } from '../../shared/salesforce/composite.ts';
import { callLimits, cutCalls } from '../../shared/salesforce/cut-calls.ts';
import type { Pace } from './pace.ts';
import { toOutcome, type WriteOutcome } from './row-outcome.ts';
import type { RowWrite } from './row-write.ts';
import { mayCall, outOfTime, type TimeBudget } from './time-budget.ts';

/** One row of a call, for one write. */
export interface Attempt {
  readonly write: RowWrite;
  readonly operation: CollectionsCall['operation'];
  readonly fields: Readonly<Record<string, unknown>>;
  /** It must not share its call with others. */
  readonly isAlone: boolean;
}

/** Sends up to five calls in one request; never throws for what Salesforce or the network did. */
export type SendRequest = (calls: readonly CollectionsCall[]) => Promise<readonly CallAnswer[]>;

export interface SendParts {
  readonly send: SendRequest;
  readonly pace: Pace;
  /** How long a call may take until it counts as unanswered. */
  readonly callTimeoutMs: number;
}

/** Asks the org again for an object of which rows were refused; true when it is another one than they were prepared by. */
export type HasChanged = (object: string) => Promise<boolean>;

type Row = Readonly<Record<string, unknown>>;

/**
 * Sends rows in as few requests as they fit into, a few at a time; one outcome for each. Rows of one request are
 * independent of each other. Once a request finds the org in trouble, the others are not sent.
 */
export async function sendAttempts(
  { send, pace, callTimeoutMs }: SendParts,
  attempts: readonly Attempt[],
  budget: TimeBudget,
  hasChanged: HasChanged,
): Promise<ReadonlyMap<RowWrite, WriteOutcome>> {
  const outcomes = new Map<RowWrite, WriteOutcome>();
  const attemptOf = new Map<Row, Attempt>();
  const limits = { ...callLimits, rowsPerCall: pace.rowsPerCall };
  const requests = cutCalls(toCalls(attempts, attemptOf), limits);
  let trouble: BridgeError | undefined;

  async function sendOne(calls: readonly CollectionsCall[]): Promise<void> {
    trouble ??= mayCall(budget, callTimeoutMs) ? undefined : outOfTime();
    if (trouble !== undefined) return notSent(calls, trouble);
    const answers = await send(calls);
    const halves: CollectionsCall[] = [];
    let met: Parameters<Pace['observe']>[0] = 'nothing';
    for (const [index, call] of calls.entries()) {
      const answer = answers[index] ?? lost;
      if (answer.kind === 'rows') {
        call.rows.forEach((row, place) => {
          const attempt = attemptOf.get(row);
          if (attempt === undefined) throw new BridgeError('SKB_BUG', 'A row was sent that nobody asked for');
          const outcome = toOutcome(answer.results[place], attempt.write.operation);
          if (outcome.kind === 'refused' && outcome.disposition === 'lock') met = 'locks';
          outcomes.set(attempt.write, outcome);
        });
      } else if (answer.kind === 'ambiguous') {
        record(call.rows, { kind: 'inDoubt', error: answer.error });
      } else if (answer.error.disposition !== 'reject' || !isOfRows(answer.error)) {
        const error = asRefusal(answer.error);
        met = shrinks(error) ?? met;
        // A lock or a limit of this call says nothing of the next ones.
        if (met === 'nothing') trouble = error;
        record(call.rows, { kind: 'notSent', error });
      } else {
        const rows = answer.error.context['status'] === 413 ? call.rows : await preparedByNow(call.rows);
        if (rows.length < call.rows.length) halves.push({ ...call, rows });
        else if (rows.length === 1) {
          record(rows, { kind: 'refused', disposition: 'reject', error: wholeCallError(answer.error) });
        } else {
          // One row spoils the call (an unknown column, a wrong JSON type): find it by halves, spare the others.
          const middle = Math.ceil(rows.length / 2);
          halves.push({ ...call, rows: rows.slice(0, middle) }, { ...call, rows: rows.slice(middle) });
        }
      }
    }
    pace.observe(met);
    for (const request of cutCalls(halves, limits)) await sendOne(request);
  }

  /** Rows of objects that changed would be refused one by one: they are taken out without looking for the one to blame. */
  async function preparedByNow(rows: readonly Row[]): Promise<readonly Row[]> {
    const objectOf = (row: Row) => attemptOf.get(row)?.write.object ?? '';
    const changed = new Set<string>();
    for (const object of new Set(rows.map(objectOf))) if (await hasChanged(object)) changed.add(object);
    record(
      rows.filter((row) => changed.has(objectOf(row))),
      { kind: 'outdated' },
    );
    return rows.filter((row) => !changed.has(objectOf(row)));
  }

  function record(rows: readonly Row[], outcome: WriteOutcome): void {
    for (const row of rows) {
      const write = attemptOf.get(row)?.write;
      if (write !== undefined) outcomes.set(write, outcome);
    }
  }

  function notSent(calls: readonly CollectionsCall[], error: BridgeError): void {
    for (const { rows } of calls) record(rows, { kind: 'notSent', error });
  }

  // Events are published in order, so one request after the other.
  const ordered = attempts.some(({ write }) => write.operation === 'publish');
  await inLanes(requests, ordered ? 1 : pace.concurrentCalls, sendOne);
  return outcomes;
}

const lost: CallAnswer = {
  kind: 'ambiguous',
  error: new BridgeError('SKB_SALESFORCE_UNAVAILABLE', 'Salesforce answered fewer calls than it was sent'),
};

/** Rows of one kind in one call each, whatever its size; those that must be alone each in one of its own. */
function toCalls(attempts: readonly Attempt[], attemptOf: Map<Row, Attempt>): CollectionsCall[] {
  const groups: { call: Omit<CollectionsCall, 'rows'>; attempts: [Attempt, ...Attempt[]] }[] = [];
  for (const attempt of attempts) {
    const group = groups.find(({ attempts: [first] }) => goTogether(first, attempt));
    if (group !== undefined) {
      group.attempts.push(attempt);
      continue;
    }
    const { operation, write } = attempt;
    const key = operation === 'upsert' && write.keyField !== undefined ? { externalId: write.keyField } : {};
    groups.push({ call: { operation, object: write.object, ...key }, attempts: [attempt] });
  }
  return groups.map(({ call, attempts: group }) => {
    const rows = group.toSorted(byObjectAndParent).map((attempt) => {
      const row =
        attempt.write.object === call.object
          ? attempt.fields
          : { attributes: { type: attempt.write.object }, ...attempt.fields };
      attemptOf.set(row, attempt);
      return row;
    });
    return { ...call, rows };
  });
}

/** An upsert names its object and key in the URL. The others may mix objects; events stay among themselves, in order. */
function goTogether(a: Attempt, b: Attempt): boolean {
  if (a.isAlone || b.isAlone || a.operation !== b.operation) return false;
  if ((a.write.operation === 'publish') !== (b.write.operation === 'publish')) return false;
  const mayMix = a.operation !== 'upsert' && a.write.operation !== 'publish';
  return mayMix || (a.write.object === b.write.object && a.write.keyField === b.write.keyField);
}

/** Objects together, since only so many changes of object are taken in one call; children of one parent together, since they lock it. */
function byObjectAndParent(a: Attempt, b: Attempt): number {
  const byObject = compare(a.write.object, b.write.object);
  return byObject === 0 ? compare(parentOf(a), parentOf(b)) : byObject;
}

function parentOf({ write }: Attempt): string {
  return write.rows.at(-1)?.parents[0] ?? '';
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/**
 * Whether one row can have spoilt the call: a wrong column or JSON type, or too much of it. Other refusals are of the app, its
 * rights or the resource (403, 404, 410), and would make a dead letter of every good record.
 */
function isOfRows({ context: { status } }: BridgeError): boolean {
  return status === undefined || status === 400 || status === 413;
}

function asRefusal(error: BridgeError): BridgeError {
  if (error.disposition !== 'reject') return error;
  return new BridgeError('SKB_AUTH_REJECTED', error.message, { cause: error, context: error.context });
}

function wholeCallError(error: BridgeError) {
  return { statusCode: String(error.context['salesforceCode'] ?? error.code), message: error.message, fields: [] };
}

const smallerCalls = new Set(['QUERY_TIMEOUT', 'REQUEST_RUNNING_TOO_LONG']);

function shrinks(error: BridgeError): 'locks' | 'limits' | undefined {
  if (error.code === 'SKB_ROW_LOCKED' || smallerCalls.has(String(error.context['salesforceCode']))) return 'locks';
  return error.message.includes('ConcurrentRequests') ? 'limits' : undefined;
}

/** Requests in order, so many at a time. */
async function inLanes<Item>(
  items: readonly Item[],
  lanes: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let item = items[next]; item !== undefined; item = items[next]) {
      next += 1;
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
}
