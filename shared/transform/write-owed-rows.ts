import { BridgeError } from '../errors/bridge-error.ts';
import type { KafkaRecord } from '../kafka/kafka-record.ts';
import { uncountedMs } from '../state/parent-wait.ts';
import { type AggregateStep, claimed, listedAt } from './aggregate.ts';
import { closeSilent, dueAt, owedSince } from './aggregate-state.ts';
import type { AggregateItem, AggregateStore, PendingRow } from './aggregate-store.ts';
import type { Invocation, Step, Transform } from './step.ts';

/** A row that an aggregate owes, with a record that stands in for those it is made of. */
export interface OwedRow {
  readonly record: KafkaRecord;
  /** Times it failed for a reason that nobody understood. */
  readonly attempts: number;
  /** Since when it waits for a parent. */
  readonly since: number | undefined;
}

/** What became of a row that is owed: over, or open, with what was learnt about it. */
export type OwedRowEnd = 'settled' | 'puzzle' | 'parentMissing' | 'nothingLearnt';

interface OwedRowsParts {
  readonly transform: Transform;
  readonly aggregates: AggregateStore;
  readonly invocation: Invocation;
  /** How long a row waits for a parent. */
  readonly parentWaitMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /**
   * Runs stand-ins through what follows the aggregate and settles them like records: their rows are written or stored as
   * dead letters. What is not settled is tried again by a later tick.
   */
  readonly settle: (rest: Transform, rows: readonly OwedRow[]) => Promise<(standIn: KafkaRecord) => OwedRowEnd>;
}

// biome-ignore lint/suspicious/noExplicitAny: what an aggregate adds up is checked where it is written.
type AnyAggregate = AggregateStep<any, any>;

const keysPerTick = 1_000;
/** Times that the rows of a key are written again because they changed meanwhile; the rest is left to a tick. */
const rounds = 5;

/** The aggregate of a transform and the steps behind it. */
export function findAggregate(
  transform: Transform,
): { step: AnyAggregate; rest: readonly Step<unknown, unknown>[] } | undefined {
  const index = transform.steps.findIndex((step) => 'aggregate' in step);
  const step = transform.steps[index] as AnyAggregate | undefined;
  return step === undefined ? undefined : { step, rest: transform.steps.slice(index + 1) };
}

/** Writes the rows that this invocation's records left owing; what cannot be written stays owed and is due to a tick. */
export async function writeOwedRows(parts: OwedRowsParts): Promise<void> {
  const found = findAggregate(parts.transform);
  if (found === undefined) return;
  const owed = [...parts.invocation.owed].map((text) => JSON.parse(text) as [step: string, key: string]);
  await writeRows(
    parts,
    found,
    owed.filter(([step]) => step === found.step.name).map(([, key]) => key),
  );
}

/**
 * What a tick does: closes the windows of keys that fell silent, and takes over rows that are owed and that nobody writes,
 * such as those of an invocation that was killed.
 *
 * @param tellOldest hears, before anything is written, since when the oldest of them is owed; undefined when none is.
 * @returns how many keys it looked at.
 */
export async function tickAggregates(
  parts: OwedRowsParts,
  tellOldest: (owedSince: number | undefined) => void = () => undefined,
): Promise<number> {
  const found = findAggregate(parts.transform);
  if (found === undefined) return 0;
  const { aggregates, invocation, now } = parts;
  const { name: step, aggregate } = found.step;
  const keys = await aggregates.due(step, now(), keysPerTick);
  const loaded = await aggregates.load(step, keys);
  const owed = [...loaded.values()].flatMap((item) => owedSince(item) ?? []);
  tellOldest(owed.length === 0 ? undefined : Math.min(...owed));
  const claimedKeys = await Promise.all(
    [...loaded].map(async ([key, item]): Promise<string[]> => {
      const after = closeSilent(item, aggregate.rules, now());
      const taken = claimed(after, item, aggregate.rules, invocation, now());
      const next = listedAt(taken, dueAt(taken, aggregate.rules));
      // Lost to a batch: that one writes the rows, or the key is due again.
      if (!(await aggregates.put({ step, key }, next, item))) return [];
      return next.outbox.length > 0 && next.claim?.by === invocation.id ? [key] : [];
    }),
  );
  await writeRows(parts, found, claimedKeys.flat());
  return keys.length;
}

async function writeRows(
  parts: OwedRowsParts,
  { step, rest }: NonNullable<ReturnType<typeof findAggregate>>,
  keys: readonly string[],
): Promise<void> {
  const { aggregates, invocation, now } = parts;
  let open = keys;
  for (let round = 0; open.length > 0 && round < rounds; round += 1) {
    const loaded = await aggregates.load(step.name, open);
    const mine = [...loaded].filter(([, { claim, outbox }]) => outbox.length > 0 && claim?.by === invocation.id);
    const standIns = new Map(
      mine.flatMap(([key, { outbox }]) => outbox.map((row) => [toStandIn(key, row), { key, row }] as const)),
    );
    if (standIns.size === 0) return;
    const first: Step<unknown, unknown> = {
      name: step.name,
      run: async (items) =>
        items.map(({ record }) => {
          const owed = standIns.get(record);
          if (owed === undefined) throw new BridgeError('SKB_BUG', 'A stand-in came from elsewhere');
          return { kind: 'passed', value: step.aggregate.toValue(owed.key, owed.row) };
        }),
    };
    const rows = [...standIns].map(([record, { row }]) => ({
      record,
      attempts: row.attempts ?? 0,
      since: row.since === undefined ? undefined : row.since + uncountedMs(row.missedAt, now(), parts.parentWaitMs),
    }));
    const endOf = await parts.settle({ steps: [first, ...rest] }, rows);
    const left = new Map(
      rows.flatMap((owed) => {
        const row = standIns.get(owed.record)?.row;
        return row === undefined ? [] : [[row, stillOwed(row, owed, endOf(owed.record), now())] as const];
      }),
    );
    const again = await Promise.all(
      mine.map(async ([key, item]): Promise<string[]> => {
        const outbox = item.outbox.flatMap((row) => left.get(row) ?? []);
        const next = claimed({ ...item, outbox }, item, step.aggregate.rules, invocation, now());
        // What cannot be written now is free for the next tick.
        const after = outbox.length === 0 ? next : released(next, now());
        if (await aggregates.put({ step: step.name, key }, after, item)) return [];
        // More came in while the rows were being written, and only who holds the claim writes: once more, with the latest.
        return [key];
      }),
    );
    open = again.flat();
  }
}

/** The row as it stays owed, with what was learnt about it; undefined when it is settled. */
function stillOwed(
  row: PendingRow,
  { attempts, since }: OwedRow,
  end: OwedRowEnd,
  now: number,
): PendingRow | undefined {
  const { since: _, missedAt: __, ...rest } = row;
  if (end === 'settled') return undefined;
  if (end === 'puzzle') return { ...rest, attempts: attempts + 1 };
  if (end === 'parentMissing') return { ...rest, since: since ?? now, missedAt: now };
  return row;
}

function released(item: AggregateItem, now: number): AggregateItem {
  const { claim: _, ...rest } = item;
  return listedAt(rest, now);
}

/** A record in place of those that a row is made of: it has the coordinates of the last one, and shows the state. */
function toStandIn(key: string, { last, state }: PendingRow): KafkaRecord {
  return { ...last, key: Buffer.from(key), value: Buffer.from(state), headers: [] };
}
