import { BridgeError } from '../errors/bridge-error.ts';
import { describeCoordinates, type KafkaRecord } from '../kafka/kafka-record.ts';
import type { AggregateItem, PendingRow } from './aggregate-store.ts';
import { addContained, isContained } from './contained-offsets.ts';
import { endOf, place, type Windowing, type WindowState } from './windows.ts';

/** How an aggregate counts, apart from what it reduces. */
export interface AggregateRules {
  readonly windowing: Windowing;
  readonly latenessMs: number;
  /** After how long without a record a key's windows close by the clock. */
  readonly silenceMs: number;
  readonly emit: 'change' | 'close';
}

/** One record to be contained. */
export interface Contribution {
  readonly record: KafkaRecord;
  /** Its event time. */
  readonly at: number;
  /** State after this record, given the states of the windows it falls into. */
  readonly reduce: (states: readonly string[]) => string;
}

export type ContributionOutcome =
  | { readonly kind: 'absorbed' }
  | { readonly kind: 'late' }
  | { readonly kind: 'rejected'; readonly error: unknown };

/** Characters of one window's state. */
const longestState = 100_000;
/** An item of DynamoDB has 400 KB: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
const longestItem = 350_000;

const emptyItem: AggregateItem = {
  version: 0,
  windows: [],
  outbox: [],
  contained: {},
  newest: Number.MIN_SAFE_INTEGER,
  closedUpTo: Number.MIN_SAFE_INTEGER,
  touchedAt: 0,
};

/** Takes records into a key's state, one after the other: each once, whatever was delivered before. Pure. */
export function contain(
  before: AggregateItem | undefined,
  contributions: readonly Contribution[],
  rules: AggregateRules,
  now: number,
): { readonly item: AggregateItem; readonly outcomes: readonly ContributionOutcome[]; readonly changed: boolean } {
  let item = before ?? emptyItem;
  // Parts of one record may have one key; they are delivered together.
  const fresh = new Set<KafkaRecord>();
  const outcomes = contributions.map((contribution): ContributionOutcome => {
    const { record } = contribution;
    if (!fresh.has(record) && isContained(item.contained, record)) return { kind: 'absorbed' };
    try {
      const after = containOne(item, contribution, rules, now);
      if (after === undefined) return { kind: 'late' };
      item = after;
      fresh.add(record);
      return { kind: 'absorbed' };
    } catch (error) {
      return { kind: 'rejected', error };
    }
  });
  return { item, outcomes, changed: fresh.size > 0 };
}

function containOne(
  item: AggregateItem,
  { record, at, reduce }: Contribution,
  rules: AggregateRules,
  now: number,
): AggregateItem | undefined {
  const { from, to, joins } = place(rules.windowing, at, item.windows);
  if (isClosed({ to }, item, rules)) return undefined;
  const state = reduce(joins.map((each) => each.state));
  if (state.length > longestState) throw tooLarge(record, `a state of more than ${longestState} characters`);
  const { topic, partition, offset, timestamp } = record;
  const window: WindowState = {
    from,
    to,
    state,
    records: joins.reduce((sum, each) => sum + each.records, 1),
    last: { topic, partition, offset, timestamp },
  };
  const after = closeWindows(
    {
      ...item,
      windows: [...item.windows.filter((each) => !joins.includes(each)), window],
      outbox:
        rules.emit === 'change'
          ? replaceRow(item.outbox, joins, { ...window, closed: false, owedAt: now })
          : item.outbox,
      contained: isContained(item.contained, record) ? item.contained : addContained(item.contained, record),
      newest: Math.max(item.newest, at),
      touchedAt: now,
    },
    rules,
    now,
  );
  if (JSON.stringify(after).length > longestItem) throw tooLarge(record, 'more open windows than one item can hold');
  return after;
}

/** A row of a window that was joined with others stands for all of them. */
function replaceRow(outbox: readonly PendingRow[], joins: readonly WindowState[], row: PendingRow): PendingRow[] {
  const replaced = new Set([row.from, ...joins.map((each) => each.from)]);
  const [kept, gone] = [
    outbox.filter((each) => !replaced.has(each.from)),
    outbox.filter((each) => replaced.has(each.from)),
  ];
  return [...kept, { ...row, owedAt: Math.min(...[row, ...gone].flatMap(({ owedAt }) => owedAt ?? [])) }];
}

function isClosed(
  window: Pick<WindowState, 'to'>,
  { newest, closedUpTo }: AggregateItem,
  rules: AggregateRules,
): boolean {
  const end = endOf(rules.windowing, window);
  return end + rules.latenessMs <= newest || end <= closedUpTo;
}

function closeWindows(item: AggregateItem, rules: AggregateRules, now: number): AggregateItem {
  const closed = item.windows.filter((window) => isClosed(window, item, rules));
  if (closed.length === 0) return item;
  const rows = rules.emit === 'close' ? closed.map((window) => ({ ...window, closed: true, owedAt: now })) : [];
  return {
    ...item,
    windows: item.windows.filter((window) => !closed.includes(window)),
    outbox: [...item.outbox, ...rows],
  };
}

/** Closes the windows of a key that fell silent: their time is over by the clock, and no record came for a while. Pure. */
export function closeSilent(item: AggregateItem, rules: AggregateRules, now: number): AggregateItem {
  const over = item.windows.filter((window) => silentFrom(window, item, rules) <= now);
  if (over.length === 0) return item;
  const closedUpTo = Math.max(item.closedUpTo, ...over.map((window) => endOf(rules.windowing, window)));
  return closeWindows({ ...item, closedUpTo }, rules, now);
}

function silentFrom(window: WindowState, { touchedAt }: AggregateItem, rules: AggregateRules): number {
  return Math.max(endOf(rules.windowing, window) + rules.latenessMs, touchedAt + rules.silenceMs);
}

/** When a tick has something to do with an item; undefined when never. Pure. */
export function dueAt(item: AggregateItem, rules: AggregateRules): number | undefined {
  const moments = item.windows.map((window) => silentFrom(window, item, rules)).filter(Number.isFinite);
  if (item.outbox.length > 0) moments.push(item.claim?.until ?? 0);
  return moments.length === 0 ? undefined : Math.min(...moments);
}

/** Since when the oldest row of an item is owed; undefined when none is. Pure. */
export function owedSince({ outbox, touchedAt }: AggregateItem): number | undefined {
  return outbox.length === 0 ? undefined : Math.min(...outbox.map(({ owedAt }) => owedAt ?? touchedAt));
}

function tooLarge(record: KafkaRecord, what: string): BridgeError {
  const { topic, partition, offset } = record;
  return new BridgeError('SKB_RECORD_TOO_LARGE', `Record ${describeCoordinates(record)} makes ${what}`, {
    context: { topic, partition, offset },
  });
}
