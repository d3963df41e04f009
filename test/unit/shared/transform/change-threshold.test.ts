import { describe, expect, it } from 'vitest';
import { changeThreshold } from '../../../../shared/transform/change-threshold.ts';
import { collectMemory } from '../../../../shared/transform/collect-memory.ts';
import { map } from '../../../../shared/transform/map.ts';
import { pipe } from '../../../../shared/transform/pipe.ts';
import { runTransform } from '../../../../shared/transform/run-transform.ts';
import type { StepMemory } from '../../../../shared/transform/step-memory.ts';
import { kafkaRecord, memoryOf, rowsOf } from '../../../fixtures/records.ts';

const transform = pipe(
  map((bytes: Buffer | null) => Number(bytes?.toString())),
  changeThreshold({ of: (price) => price, by: 0.0001 }),
  map((price) => ({ UnitPrice: price })),
);

/** Judges a batch and, as the sink does after writing, remembers what passed. Answers the values that passed. */
async function deliver(memory: StepMemory, prices: Readonly<Record<number, number>>, key = 'A'): Promise<number[]> {
  const records = Object.entries(prices).map(([offset, price]) => kafkaRecord(Number(offset), key, String(price)));
  const judged = await runTransform(transform, records, { memory });
  const rows = judged.flatMap(rowsOf);
  await memory.store(collectMemory(rows));
  return rows.map((row) => row.record.offset);
}

describe('changeThreshold', () => {
  it.each<[string, number, number, boolean]>([
    ['exactly the threshold', 19.99, 19.991999, true],
    ['just below the threshold', 19.99, 19.991998, false],
    ['a hair that binary arithmetic gets wrong', 1.1, 1.10011, true],
    ['no change', 5, 5, false],
    ['a fall beyond the threshold', 100, 99.98, true],
    ['a fall within the threshold', 100, 99.995, false],
    ['any change from zero', 0, 0.000001, true],
    ['zero again', 0, 0, false],
    ['down to zero', 0.01, 0, true],
    ['a negative value that moves', -100, -100.02, true],
    ['a negative value that hardly moves', -100, -100.005, false],
  ])('judges %s', async (_, before, after, passes) => {
    const memory = memoryOf();
    expect(await deliver(memory, { 0: before })).toEqual([0]);
    expect(await deliver(memory, { 1: after })).toEqual(passes ? [1] : []);
  });

  it('compares with the last value that passed, so that slow drift adds up', async () => {
    const memory = memoryOf();
    const passed: number[] = [];
    for (let day = 0; day <= 10; day += 1)
      passed.push(...(await deliver(memory, { [day]: 100 * (1 + day * 0.00004) })));
    expect(passed).toEqual([0, 3, 6, 9]);
  });

  it('judges two records of one batch like two batches', async () => {
    const prices = { 0: 100, 1: 100.005, 2: 100.02, 3: 100.021, 4: 100.04 };
    expect(await deliver(memoryOf(), prices)).toEqual([0, 2, 4]);
  });

  it('repeats its decisions when a batch is delivered again, however it is cut', async () => {
    const memory = memoryOf();
    const prices = { 5: 10, 7: 10.0001, 9: 11 };
    expect(await deliver(memory, prices)).toEqual([5, 9]);
    expect(await deliver(memory, prices)).toEqual([5, 9]);
    expect(await deliver(memory, { 5: 10, 7: 10.0001 })).toEqual([5]);
    expect(await deliver(memory, { 9: 11, 12: 11.0001, 13: 12 })).toEqual([9, 13]);
  });

  it('judges a new record against the newest written value, not against an older one that came again beside it', async () => {
    const memory = memoryOf();
    await deliver(memory, { 5: 10, 9: 11 });
    expect(await deliver(memory, { 5: 10, 12: 11.0001 })).toEqual([5]);
  });

  it('loads what it remembers once a batch', async () => {
    const loads: (readonly string[])[] = [];
    const memory = memoryOf();
    const counting: StepMemory = {
      store: (entries) => memory.store(entries),
      load(step, keys) {
        loads.push(keys);
        return memory.load(step, keys);
      },
    };
    const records = ['A', 'B', 'A', 'C'].map((key, offset) => kafkaRecord(offset, key, '5'));
    await runTransform(transform, records, { memory: counting });
    expect(loads).toEqual([['A', 'B', 'C']]);
  });

  it('keeps keys apart', async () => {
    const memory = memoryOf();
    await deliver(memory, { 0: 100 }, 'A');
    expect(await deliver(memory, { 1: 100 }, 'B')).toEqual([1]);
  });

  it('rejects a value that is no number, and a record without a key', async () => {
    const records = [kafkaRecord(0, 'A', 'abc'), kafkaRecord(1, null, '5')];
    const judged = await runTransform(transform, records, { memory: memoryOf() });
    expect(judged.map((each) => each.kind === 'rejected' && each.error.message)).toEqual([
      'Step changeThreshold threw Error for prices-0@0',
      'Step changeThreshold threw Error for prices-0@1',
    ]);
  });
});
