import type { BridgeError } from '../errors/bridge-error.ts';
import type { KafkaRecord, RecordHeader } from '../kafka/kafka-record.ts';
import { collectMemory } from './collect-memory.ts';
import { createMemoryAggregateStore, type PlainAggregates } from './memory-aggregate-store.ts';
import { createMemoryLookups, type PlainData } from './memory-lookups.ts';
import { createMemoryStepMemory, type PlainMemory } from './memory-step-memory.ts';
import { runTransform, type Transformed } from './run-transform.ts';
import type { RowIntent, StepServices, Transform } from './step.ts';
import { type OwedRow, tickAggregates, writeOwedRows } from './write-owed-rows.ts';

// The package's `./testing` entry: runs a transform on plain values, without a broker, an org or a mock.

/** A record as a test writes it down. */
export interface SampleRecord {
  readonly key?: string | null;
  /** A text or bytes as they are, null for a tombstone, anything else as JSON. */
  readonly value: unknown;
  readonly topic?: string;
  readonly partition?: number;
  /** @default its place among the records of this run, from {@link RunState.nextOffset} on */
  readonly offset?: number;
  /** @default the time of the run */
  readonly timestamp?: string | number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RunOptions {
  /** What the clock says. @default 2026-01-01T00:00:00Z */
  readonly at?: string;
  /** State that an earlier run left. */
  readonly state?: RunState;
  /** What the transform may look up. */
  readonly data?: PlainData;
}

/** Everything a transform remembers, as plain values. */
export interface RunState {
  readonly remembered: PlainMemory;
  readonly aggregates: PlainAggregates;
  readonly nextOffset: number;
}

export interface RunResult {
  /** Rows in the order of their records. */
  readonly rows: readonly Pick<RowIntent, 'object' | 'operation' | 'fields'>[];
  /** Names of the steps that filtered, one for each record. */
  readonly filtered: readonly string[];
  readonly absorbed: number;
  readonly rejected: readonly BridgeError[];
  readonly state: RunState;
}

/**
 * Runs records through a transform as one batch whose rows are all written, and then what a tick does at that time. Rows of
 * an aggregate come last.
 */
export async function run(
  transform: Transform,
  records: readonly SampleRecord[],
  { at = '2026-01-01T00:00:00Z', state = noState, data = {} }: RunOptions = {},
): Promise<RunResult> {
  const now = Date.parse(at);
  const memory = createMemoryStepMemory(state.remembered);
  const aggregates = createMemoryAggregateStore(state.aggregates);
  const services: StepServices & Required<Pick<StepServices, 'aggregates' | 'invocation' | 'now'>> = {
    memory,
    aggregates,
    invocation: { id: `run-${state.nextOffset}`, endsAt: now + 1, owed: new Set() },
    lookups: createMemoryLookups(data),
    now: () => now,
  };
  const batch = records.map((record, index) => toKafkaRecord(record, state.nextOffset + index, now));
  const transformed = [...(await runTransform(transform, batch, services))];
  await memory.store(collectMemory(rowsOf(transformed)));
  const owed = {
    ...services,
    transform,
    parentWaitMs: 0,
    settle: async (rest: Transform, rows: readonly OwedRow[]) => {
      const standIns = rows.map(({ record }) => record);
      const made = await runTransform(rest, standIns, services);
      await memory.store(collectMemory(rowsOf(made)));
      transformed.push(...made);
      return () => 'settled' as const;
    },
  };
  await writeOwedRows(owed);
  await tickAggregates(owed);
  return {
    rows: rowsOf(transformed).map(({ remember: _, record: __, ...row }) => row),
    filtered: transformed.flatMap((each) => (each.kind === 'filtered' ? [each.step] : [])),
    absorbed: transformed.filter((each) => each.kind === 'absorbed').length,
    rejected: transformed.flatMap((each) => (each.kind === 'rejected' ? [each.error] : [])),
    state: {
      remembered: memory.plain(),
      aggregates: aggregates.plain(),
      nextOffset: state.nextOffset + records.length,
    },
  };
}

const noState: RunState = { remembered: {}, aggregates: {}, nextOffset: 0 };

function rowsOf(transformed: readonly Transformed[]) {
  return transformed.flatMap((each) =>
    each.kind === 'rows' ? each.rows.map((row) => ({ ...row, record: each.record })) : [],
  );
}

function toKafkaRecord(record: SampleRecord, offset: number, now: number): KafkaRecord {
  const { key = null, value, timestamp = now, headers = {} } = record;
  return {
    topic: record.topic ?? 'sample',
    partition: record.partition ?? 0,
    offset: record.offset ?? offset,
    timestamp: typeof timestamp === 'string' ? Date.parse(timestamp) : timestamp,
    key: key === null ? null : Buffer.from(key),
    value: toBytes(value),
    headers: Object.entries(headers).map(([name, text]): RecordHeader => ({ name, value: Buffer.from(text) })),
  };
}

function toBytes(value: unknown): Buffer | null {
  if (value === null || Buffer.isBuffer(value)) return value;
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}
