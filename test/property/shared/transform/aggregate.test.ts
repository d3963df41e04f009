import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregate } from '../../../../shared/transform/aggregate.ts';
import type { AggregateStore } from '../../../../shared/transform/aggregate-store.ts';
import { map } from '../../../../shared/transform/map.ts';
import { createMemoryAggregateStore } from '../../../../shared/transform/memory-aggregate-store.ts';
import { createMemoryStepMemory } from '../../../../shared/transform/memory-step-memory.ts';
import { pipe } from '../../../../shared/transform/pipe.ts';
import { runTransform } from '../../../../shared/transform/run-transform.ts';
import type { Transform } from '../../../../shared/transform/step.ts';
import { text } from '../../../../shared/transform/text.ts';
import { session, tumbling, type Windowing } from '../../../../shared/transform/windows.ts';
import { type OwedRow, tickAggregates, writeOwedRows } from '../../../../shared/transform/write-owed-rows.ts';
import { kafkaRecord } from '../../../fixtures/records.ts';
import { deliverAll, deliveries } from './delivery.ts';

const minute = 60_000;
const gap = 3;

interface Reading {
  readonly key: string;
  readonly amount: number;
  /** Minutes. */
  readonly at: number;
}

function summing(window: Windowing, emit: 'change' | 'close', latenessMinutes: number) {
  return pipe(
    text(),
    map((value) => JSON.parse(value) as Reading),
    aggregate({
      key: (each) => each.key,
      at: (each) => each.at * minute,
      window,
      emit,
      lateness: { minutes: latenessMinutes },
      start: 0,
      reduce: (sum, each) => sum + each.amount,
      merge: (a, b) => a + b,
    }),
    map(({ key, from, state, records }) => ({ Row__c: `${key} ${from / minute}`, Sum__c: state, Records__c: records })),
  );
}

const reading = (lastMinute: number) =>
  fc.record({ key: fc.constantFrom('a', 'b'), amount: fc.integer({ min: 1, max: 9 }), at: fc.nat(lastMinute) });

const toRecords = (readings: readonly Reading[], partition = 0) =>
  readings.map((each, offset) => kafkaRecord(offset, each.key, each, partition));

const shownSums = (rows: ReadonlyMap<unknown, Readonly<Record<string, unknown>>>) =>
  new Map([...rows].map(([key, row]) => [key, `${row['Sum__c']} of ${row['Records__c']}`]));

function sumsBy(readings: readonly Reading[], rowOf: (reading: Reading) => string): Map<string, string> {
  const groups = Map.groupBy(readings, rowOf);
  return new Map(
    [...groups].map(([row, all]) => [row, `${all.reduce((sum, { amount }) => sum + amount, 0)} of ${all.length}`]),
  );
}

describe('aggregate', () => {
  it.each(['change', 'close'] as const)(
    'of tumbling windows ends the same for any split into batches, any crash and any redelivery (emit on %s)',
    async (emit) => {
      const transform = summing(tumbling({ minutes: 5 }), emit, 4);
      await fc.assert(
        fc.asyncProperty(fc.array(reading(30), { maxLength: 30 }), deliveries(1), async (readings, plan) => {
          const records = toRecords(readings);
          const { rows, ends } = await deliverAll(transform, [records], plan, 'Row__c', { now: 0 });
          // A reading counts unless its window ended four minutes or more before the newest one of its key.
          const newest = new Map<string, number>();
          const counted = readings.filter(({ key, at }) => {
            const isLate = Math.floor(at / 5) * 5 + 5 + 4 <= (newest.get(key) ?? -1);
            if (!isLate) newest.set(key, Math.max(newest.get(key) ?? -1, at));
            return !isLate;
          });
          expect(shownSums(rows)).toEqual(sumsBy(counted, ({ key, at }) => `${key} ${Math.floor(at / 5) * 5}`));
          expect([...ends.values()].filter((end) => end === 'filtered')).toHaveLength(readings.length - counted.length);
        }),
        { numRuns: 200 },
      );
    },
  );

  it('counts every record once when several partitions share a key', async () => {
    const transform = summing(tumbling({ minutes: 5 }), 'change', 100);
    const partition = fc.array(reading(30), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.tuple(partition, partition, partition), deliveries(3), async (partitions, plan) => {
        const records = partitions.map(toRecords);
        const { rows } = await deliverAll(transform, records, plan, 'Row__c', { now: 0 });
        expect(shownSums(rows)).toEqual(sumsBy(partitions.flat(), ({ key, at }) => `${key} ${Math.floor(at / 5) * 5}`));
      }),
      { numRuns: 200 },
    );
  });

  it('finds the same sessions for any order of their records and any delivery', async () => {
    const transform = summing(session({ minutes: gap }), 'close', 100);
    await fc.assert(
      fc.asyncProperty(fc.array(reading(40), { maxLength: 25 }), deliveries(1), async (readings, plan) => {
        const { rows } = await deliverAll(transform, [toRecords(readings)], plan, 'Row__c', { now: 0 });
        // Sorted by time, a session begins wherever the gap before is too long.
        const start = new Map<Reading, number>();
        for (const key of ['a', 'b']) {
          let last: { at: number; from: number } | undefined;
          for (const each of readings.filter((one) => one.key === key).sort((one, other) => one.at - other.at)) {
            const from: number = last !== undefined && each.at - last.at <= gap ? last.from : each.at;
            start.set(each, from);
            last = { at: each.at, from };
          }
        }
        expect(shownSums(rows)).toEqual(sumsBy(readings, (each) => `${each.key} ${start.get(each)}`));
      }),
      { numRuns: 200 },
    );
  });
});

describe('concurrent invocations', () => {
  it('neither lose a record nor leave an older row behind, however their steps interleave', async () => {
    const transform = summing(tumbling({ minutes: 5 }), 'change', 100);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(reading(4), { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 4 }),
        fc.scheduler(),
        async (partitions, scheduler) => {
          const store = createMemoryAggregateStore();
          const aggregates: AggregateStore = {
            load: scheduler.scheduleFunction(store.load),
            put: scheduler.scheduleFunction(store.put),
            due: store.due,
          };
          const shown = new Map<unknown, Readonly<Record<string, unknown>>>();
          const writeRow = scheduler.scheduleFunction(async (fields: Readonly<Record<string, unknown>>) => {
            shown.set(fields['Row__c'], fields);
          });
          const memory = createMemoryStepMemory();
          const clock = { now: 0 };
          const servicesOf = (id: string) => {
            const invocation = { id, endsAt: clock.now + 1_000, owed: new Set<string>() };
            const services = { memory, aggregates, invocation, now: () => clock.now };
            const settle = async (rest: Transform, owed: readonly OwedRow[]) => {
              const standIns = owed.map(({ record }) => record);
              const made = await runTransform(rest, standIns, services);
              for (const each of made)
                if (each.kind === 'rows') for (const { fields } of each.rows) await writeRow(fields);
              return () => 'settled' as const;
            };
            return { ...services, transform, parentWaitMs: 0, settle };
          };
          const invocations = Promise.all(
            partitions.map(async (readings, index) => {
              const services = servicesOf(`invocation ${index}`);
              await runTransform(transform, toRecords(readings, index), services);
              await writeOwedRows(services);
            }),
          );
          await scheduler.waitFor(invocations);
          clock.now = 10_000;
          await scheduler.waitFor(tickAggregates(servicesOf('tick')));
          expect(shownSums(shown)).toEqual(sumsBy(partitions.flat(), ({ key }) => `${key} 0`));
        },
      ),
      { numRuns: 200 },
    );
  });
});
