import { BridgeError } from '../errors/bridge-error.ts';
import type { KafkaRecord } from '../kafka/kafka-record.ts';
import { type AggregateRules, type Contribution, type ContributionOutcome, contain, dueAt } from './aggregate-state.ts';
import type { AggregateItem, PendingRow } from './aggregate-store.ts';
import { type Moment, readEventTime } from './event-time.ts';
import { rejection } from './per-record.ts';
import { recordKey, recordTime, usableKey } from './record-parts.ts';
import type { Step, StepItem, StepOutcome, StepServices } from './step.ts';
import { type Span, toMs, type Windowing } from './windows.ts';

export interface AggregateOptions<In, State> {
  /** What is added up together. @default the record's key */
  readonly key?: (value: In, record: KafkaRecord) => string | number;
  /** When it happened. @default the record's timestamp */
  readonly at?: (value: In, record: KafkaRecord) => Moment;
  /** @default one window that never closes */
  readonly window?: Windowing;
  /** How much older than the newest record of its key a record may be and still count. @default none */
  readonly lateness?: Span;
  /** How long a key must be silent until its windows close by the clock. @default 1 minute */
  readonly silence?: Span;
  /** State of a window without records; anything that JSON can hold. */
  readonly start: State;
  readonly reduce: (state: State, value: In, record: KafkaRecord) => State;
  /** State of two sessions that turn out to be one; needed for sessions. */
  readonly merge?: (earlier: State, later: State) => State;
  /** A row whenever the state changed, or one when its window closes. @default 'change' */
  readonly emit?: 'change' | 'close';
  /** Under which states are stored. @default 'aggregate' */
  readonly name?: string;
}

/** What an aggregate hands on to the next step. */
export interface Aggregated<State> {
  readonly key: string;
  readonly state: State;
  /** How many records are in it. */
  readonly records: number;
  /** Bounds of the window, in milliseconds since 1970: the end of a tumbling one, the last record of a session. */
  readonly from: number;
  readonly to: number;
  /** Whether nothing more can come. */
  readonly closed: boolean;
}

/** What runs an aggregate besides batches: the rows it owes are written from its stored state, not from records. */
export interface AggregateStep<In, State> extends Step<In, Aggregated<State>> {
  readonly aggregate: {
    readonly rules: AggregateRules;
    toValue(key: string, row: PendingRow): Aggregated<State>;
    /** Whether its key is the record's own, so that one partition holds all records of a key. */
    readonly keyedByRecord: boolean;
  };
}

/** Why an aggregate filters: the windows of the record's time are closed. */
export const lateReason = 'late';

/** Tries against others who write the same key. */
const tries = 20;

/**
 * Adds records up by key and window. Every record is absorbed: state, the coordinates of what it contains and the row that it
 * owes are durable in one write before the record is acknowledged; then the row is written, then the debt is cleared. So a
 * record that comes again is counted once, and a crash in between loses no row.
 */
export function aggregate<In, State>(options: AggregateOptions<In, State>): AggregateStep<In, State> {
  const {
    key = recordKey,
    at = recordTime,
    window = { kind: 'endless' },
    name = 'aggregate',
    emit = 'change',
  } = options;
  const { lateness, silence = { minutes: 1 }, start, reduce, merge } = options;
  if (window.kind === 'session' && merge === undefined) refuse(name, 'sessions need merge');
  if (window.kind === 'endless' && emit === 'close') refuse(name, "emit: 'close' needs a window");
  const rules: AggregateRules = {
    windowing: window,
    latenessMs: lateness === undefined ? 0 : toMs(lateness, `${name}.lateness`),
    silenceMs: toMs(silence, `${name}.silence`),
    emit,
  };
  const empty = JSON.stringify(start);

  function reduceOne(states: readonly string[], value: In, record: KafkaRecord): string {
    const [first = empty, ...others] = states;
    // Parsed anew each time, so that a reduce that changes its argument and then throws leaves nothing behind.
    const joined = others.reduce<State>(
      (earlier, later) => (merge ?? bug)(earlier, JSON.parse(later) as State),
      JSON.parse(first) as State,
    );
    const text = JSON.stringify(reduce(joined, value, record)) as string | undefined;
    if (text === undefined) throw new TypeError('reduce left nothing that JSON can hold');
    return text;
  }

  function read(
    { value, record }: StepItem<In>,
    now: number,
  ): { key: string; contribution: Contribution } | { error: unknown } {
    try {
      const text = String(usableKey(key(value, record)));
      return {
        key: text,
        contribution: {
          record,
          at: readEventTime(at(value, record), now),
          reduce: (states) => reduceOne(states, value, record),
        },
      };
    } catch (error) {
      return { error };
    }
  }

  return {
    name,
    remembers: true,
    aggregate: {
      rules,
      keyedByRecord: options.key === undefined,
      toValue: (itsKey, { state, records, from, to, closed }) => ({
        key: itsKey,
        state: JSON.parse(state) as State,
        records,
        from,
        to,
        closed,
      }),
    },
    async run(items, services) {
      const now = (services.now ?? Date.now)();
      const readings = items.map((item) => read(item, now));
      const unreadable = new Set(
        items.filter((_, index) => 'error' in (readings[index] ?? {})).map(({ record }) => record),
      );
      const byKey = Map.groupBy(
        items.flatMap(({ record }, index) => {
          const reading = readings[index];
          // All parts of a record or none.
          return reading !== undefined && 'key' in reading && !unreadable.has(record) ? [{ ...reading, index }] : [];
        }),
        (each) => each.key,
      );
      const outcomes = new Map<number, ContributionOutcome>();
      await containAll(name, rules, services, byKey, (index, outcome) => outcomes.set(index, outcome));
      return items.map(({ record }, index): StepOutcome<Aggregated<State>> => {
        const reading = readings[index];
        if (reading !== undefined && 'error' in reading)
          return { kind: 'rejected', error: rejection(name, record, reading.error) };
        const outcome = outcomes.get(index);
        if (outcome === undefined || outcome.kind === 'absorbed') return { kind: 'absorbed' };
        if (outcome.kind === 'late') return { kind: 'filtered', reason: lateReason };
        return { kind: 'rejected', error: rejection(name, record, outcome.error) };
      });
    },
  };
}

interface Part {
  readonly contribution: Contribution;
  readonly index: number;
}

/** Reads, counts and writes every key of a batch; a key that somebody else wrote meanwhile is read and counted again. */
async function containAll(
  step: string,
  rules: AggregateRules,
  services: StepServices,
  byKey: ReadonlyMap<string, readonly Part[]>,
  settle: (index: number, outcome: ContributionOutcome) => void,
): Promise<void> {
  const { aggregates, now = Date.now, invocation } = services;
  if (aggregates === undefined || invocation === undefined) {
    throw new BridgeError('SKB_BUG', 'An aggregate runs where there is no store for it');
  }
  let keys = [...byKey.keys()];
  for (let attempt = 1; keys.length > 0; attempt += 1) {
    if (attempt > tries) throw new BridgeError('SKB_CHECKPOINT_FAILED', `${keys.length} keys of ${step} are contended`);
    const loaded = await aggregates.load(step, keys);
    const lost = await Promise.all(
      keys.map(async (key) => {
        const parts = byKey.get(key) ?? [];
        const before = loaded.get(key);
        const { item, outcomes, changed } = contain(
          before,
          parts.map((each) => each.contribution),
          rules,
          now(),
        );
        if (changed && !(await aggregates.put({ step, key }, claimed(item, before, rules, invocation, now()), before)))
          return [key];
        if (item.outbox.length > 0) invocation.owed.add(JSON.stringify([step, key]));
        for (const [place, part] of parts.entries()) settle(part.index, outcomes[place] ?? { kind: 'absorbed' });
        return [];
      }),
    );
    keys = lost.flat();
  }
}

/** The item as it is written: one version on, its rows claimed unless somebody else is writing them. */
export function claimed(
  item: AggregateItem,
  before: AggregateItem | undefined,
  rules: AggregateRules,
  invocation: { readonly id: string; readonly endsAt: number },
  now: number,
): AggregateItem {
  const { claim: held, dueAt: _due, ...rest } = item;
  const foreign = held !== undefined && held.by !== invocation.id && held.until > now;
  const claim = foreign ? held : { by: invocation.id, until: invocation.endsAt };
  const next: AggregateItem = {
    ...rest,
    version: (before?.version ?? 0) + 1,
    ...(item.outbox.length === 0 ? {} : { claim }),
  };
  return listedAt(next, lazily(before?.dueAt, dueAt(next, rules)));
}

export function listedAt(item: AggregateItem, due: number | undefined): AggregateItem {
  const { dueAt: _, ...rest } = item;
  return due === undefined ? rest : { ...rest, dueAt: due };
}

/** A key stays listed for the earlier moment until a tick looks at it, so that a busy key is not listed anew each time. */
function lazily(listed: number | undefined, due: number | undefined): number | undefined {
  return listed !== undefined && (due === undefined || listed <= due) ? listed : due;
}

function refuse(name: string, rule: string): never {
  throw new BridgeError('SKB_CONFIG_INVALID', `${name}: ${rule}`);
}

function bug(): never {
  throw new BridgeError('SKB_BUG', 'Windows that do not merge were merged');
}
