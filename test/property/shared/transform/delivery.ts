import fc from 'fast-check';
import type { KafkaRecord } from '../../../../shared/kafka/kafka-record.ts';
import { collectMemory } from '../../../../shared/transform/collect-memory.ts';
import { createMemoryAggregateStore } from '../../../../shared/transform/memory-aggregate-store.ts';
import { createMemoryStepMemory } from '../../../../shared/transform/memory-step-memory.ts';
import { runTransform, type Transformed } from '../../../../shared/transform/run-transform.ts';
import type { Transform } from '../../../../shared/transform/step.ts';
import { type OwedRow, tickAggregates, writeOwedRows } from '../../../../shared/transform/write-owed-rows.ts';

/** One delivery of a partition: how many records beyond the settled ones, and where it ends too early. */
export interface Delivery {
  readonly partition: number;
  readonly records: number;
  readonly end: 'settled' | 'crash before writing' | 'crash after writing' | 'crash before settling';
}

const end = fc.constantFrom<Delivery['end']>(
  'settled',
  'settled',
  'crash before writing',
  'crash after writing',
  'crash before settling',
);
export const deliveries = (partitions: number) =>
  fc.array(fc.record({ partition: fc.nat(partitions - 1), records: fc.integer({ min: 1, max: 5 }), end }), {
    maxLength: 30,
  });

/** How long an invocation may take; a crashed one keeps its claims for as long. */
const invocationMs = 1_000;

/**
 * Delivers partitions as Lambda does, in order and again from the settled offset on after a crash, until everything is
 * settled, and then ticks until nothing is owed. Answers the rows by key as an org would show them.
 */
export async function deliverAll(
  transform: Transform,
  partitions: readonly (readonly KafkaRecord[])[],
  plan: readonly Delivery[],
  keyField: string,
  clock: { now: number },
): Promise<{ rows: ReadonlyMap<unknown, Readonly<Record<string, unknown>>>; ends: ReadonlyMap<KafkaRecord, string> }> {
  const memory = createMemoryStepMemory();
  const aggregates = createMemoryAggregateStore();
  const org = new Map<unknown, Readonly<Record<string, unknown>>>();
  const ends = new Map<KafkaRecord, string>();
  const settled = partitions.map(() => 0);
  let invocations = 0;

  const write = (transformed: readonly Transformed[]) => {
    const rows = transformed.flatMap((each) =>
      each.kind === 'rows' ? each.rows.map((row) => ({ ...row, record: each.record })) : [],
    );
    for (const { fields } of rows) org.set(fields[keyField], { ...org.get(fields[keyField]), ...fields });
    return rows;
  };
  const services = () => {
    invocations += 1;
    const invocation = { id: `invocation ${invocations}`, endsAt: clock.now + invocationMs, owed: new Set<string>() };
    const parts = { memory, aggregates, invocation, now: () => clock.now };
    const settle = async (rest: Transform, owed: readonly OwedRow[]) => {
      const standIns = owed.map(({ record }) => record);
      await memory.store(collectMemory(write(await runTransform(rest, standIns, parts))));
      return () => 'settled' as const;
    };
    return { ...parts, transform, parentWaitMs: 0, settle };
  };
  async function invoke(partition: number, count: number, how: Delivery['end']): Promise<void> {
    const from = settled[partition] ?? 0;
    const batch = (partitions[partition] ?? []).slice(from, from + count);
    if (batch.length === 0) return;
    const parts = services();
    clock.now += 10;
    const transformed = await runTransform(transform, batch, parts);
    if (how === 'crash before writing') return;
    const rows = write(transformed);
    if (how === 'crash after writing') return;
    await memory.store(collectMemory(rows));
    await writeOwedRows(parts);
    if (how === 'crash before settling') return;
    for (const each of transformed) ends.set(each.record, each.kind);
    settled[partition] = from + batch.length;
  }
  for (const { partition, records, end: how } of plan) await invoke(partition, records, how);
  for (const partition of partitions.keys()) await invoke(partition, Number.POSITIVE_INFINITY, 'settled');
  // Claims of crashed invocations run out, and silent keys have been silent for long enough.
  clock.now += 48 * 3_600_000;
  while ((await tickAggregates(services())) > 0) clock.now += invocationMs;
  return { rows: org, ends };
}
