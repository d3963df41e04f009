import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { type AggregateOptions, aggregate } from '../../../../shared/transform/aggregate.ts';
import { json } from '../../../../shared/transform/json.ts';
import { map } from '../../../../shared/transform/map.ts';
import { pipe } from '../../../../shared/transform/pipe.ts';
import { split } from '../../../../shared/transform/split.ts';
import { type RunState, run, type SampleRecord } from '../../../../shared/transform/testing.ts';
import { session, tumbling } from '../../../../shared/transform/windows.ts';

const Sale = z.object({ amount: z.number(), at: z.optional(z.string()) });
type Sale = z.infer<typeof Sale>;

const day = (time: string) => `2026-01-01T${time}Z`;
const sale = (amount: number, time: string, key = 'K'): SampleRecord => ({ key, value: { amount, at: day(time) } });

function summing(options: Partial<AggregateOptions<Sale, number>>) {
  return pipe(
    json(Sale),
    aggregate<Sale, number>({
      at: (each) => each.at ?? 0,
      start: 0,
      reduce: (sum, each) => sum + each.amount,
      ...options,
    }),
    map(({ key, state, from, records }) => ({
      Key__c: key,
      Sum__c: state,
      From__c: new Date(from).toISOString().slice(11, 16),
      Records__c: records,
    })),
  );
}

/** Runs batches one after the other, the clock on the last event time or later. */
async function deliver(
  transform: ReturnType<typeof summing>,
  batches: readonly (readonly SampleRecord[])[],
  times: readonly string[] = [],
) {
  let state: RunState | undefined;
  const rows: (readonly unknown[])[][] = [];
  const filtered: string[] = [];
  for (const [index, batch] of batches.entries()) {
    const result = await run(transform, batch, { at: day(times[index] ?? '10:00:00'), ...(state && { state }) });
    state = result.state;
    filtered.push(...result.filtered);
    rows.push(result.rows.map(({ fields }) => [fields['From__c'], fields['Sum__c']]));
  }
  return { rows, filtered, state };
}

describe('aggregate', () => {
  it('absorbs every record and emits the state of each key once a batch', async () => {
    const transform = summing({});
    const result = await run(transform, [sale(1, '09:00:00'), sale(5, '09:00:00', 'L'), sale(2, '09:00:01')]);
    expect(result.absorbed).toBe(3);
    expect(result.rows.map(({ fields }) => [fields['Key__c'], fields['Sum__c'], fields['Records__c']])).toEqual([
      ['K', 3, 2],
      ['L', 5, 1],
    ]);
  });

  it('counts a record once, however often it is delivered', async () => {
    const transform = summing({});
    const records = [sale(1, '09:00:00'), sale(2, '09:00:01')].map((record, offset) => ({ ...record, offset }));
    const { rows } = await deliver(transform, [
      records,
      records.slice(1),
      [...records, { ...sale(4, '09:00:02'), offset: 2 }],
    ]);
    expect(rows).toEqual([[['00:00', 3]], [], [['00:00', 7]]]);
  });

  it('counts the records of a topic that was deleted and made again', async () => {
    const transform = summing({});
    const first = { ...sale(1, '09:00:00'), offset: 0, timestamp: 1000 };
    const { rows } = await deliver(transform, [[first], [{ ...first, timestamp: 2000 }]]);
    expect(rows).toEqual([[['00:00', 1]], [['00:00', 2]]]);
  });

  it('counts every part of a record that was split, under one key or several', async () => {
    const transform = pipe(
      json(z.array(z.tuple([z.string(), z.number()]))),
      split((lines) => lines),
      aggregate({ key: ([product]) => product, start: 0, reduce: (sum: number, [, count]) => sum + count }),
      map(({ key, state }) => ({ Key__c: key, Sum__c: state })),
    );
    const records = [
      {
        offset: 0,
        value: [
          ['A', 1],
          ['B', 2],
          ['A', 3],
        ],
      },
    ];
    const { rows, absorbed, state } = await run(transform, records);
    expect(rows.map(({ fields }) => Object.values(fields))).toEqual([
      ['A', 4],
      ['B', 2],
    ]);
    expect(absorbed).toBe(1);
    expect((await run(transform, records, { state })).rows).toEqual([]);
  });

  it('emits a row per window when it closes, by the event time of its key', async () => {
    const transform = summing({ window: tumbling({ minutes: 5 }), emit: 'close' });
    const { rows } = await deliver(
      transform,
      [[sale(1, '09:01:00'), sale(2, '09:04:59')], [sale(4, '09:05:00')], [sale(8, '09:16:00')]],
      ['09:05:00', '09:06:00', '09:16:00'],
    );
    expect(rows).toEqual([[], [['09:00', 3]], [['09:05', 4]]]);
  });

  it('closes the windows of a key that fell silent by the clock, but not while records may be on their way', async () => {
    const transform = summing({ window: tumbling({ minutes: 5 }), emit: 'close', silence: { minutes: 2 } });
    const { rows } = await deliver(
      transform,
      [[sale(1, '09:01:00')], [], [], []],
      ['09:08:00', '09:09:59', '09:10:00', '09:20:00'],
    );
    expect(rows).toEqual([[], [], [['09:00', 1]], []]);
  });

  it('waits for late records, and counts those as filtered that come later still', async () => {
    const transform = summing({ window: tumbling({ minutes: 5 }), emit: 'close', lateness: { minutes: 1 } });
    const { rows, filtered } = await deliver(
      transform,
      [
        [sale(1, '09:04:00'), sale(2, '09:05:59'), sale(4, '09:03:00')],
        [sale(8, '09:06:00'), sale(16, '09:04:59')],
      ],
      ['09:06:00', '09:06:30'],
    );
    expect(rows).toEqual([[], [['09:00', 5]]]);
    expect(filtered).toEqual(['aggregate: late']);
  });

  it('joins records into sessions, and sessions that turn out to be one', async () => {
    const transform = summing({
      window: session({ minutes: 10 }),
      lateness: { minutes: 30 },
      merge: (a, b) => a + b,
      emit: 'close',
    });
    const { rows } = await deliver(
      transform,
      [[sale(1, '09:00:00'), sale(2, '09:15:00'), sale(4, '09:08:00')], [sale(8, '09:55:01')], [sale(16, '10:50:00')]],
      ['09:15:00', '09:55:01', '10:50:00'],
    );
    expect(rows).toEqual([[], [['09:00', 7]], [['09:55', 8]]]);
  });

  it('emits windows on change with their state so far, and nothing more when they close', async () => {
    const transform = summing({ window: tumbling({ minutes: 5 }), emit: 'change', silence: { minutes: 1 } });
    const { rows, state } = await deliver(
      transform,
      [[sale(1, '09:01:00')], [sale(2, '09:02:00')], []],
      ['09:02:00', '09:02:00', '09:30:00'],
    );
    expect(rows).toEqual([[['09:00', 1]], [['09:00', 3]], []]);
    expect(state?.aggregates['aggregate']?.['K']?.windows).toEqual([]);
  });

  it('rejects only the record whose reduce throws, and keeps no half of its change', async () => {
    const transform = pipe(
      json(Sale),
      aggregate({
        start: { sums: [] as number[] },
        reduce: (state, each: Sale) => {
          state.sums.push(each.amount);
          if (each.amount < 0) throw new Error('negative');
          return state;
        },
      }),
      map(({ state }) => ({ Sums__c: state.sums.join() })),
    );
    const { rows, rejected } = await run(
      transform,
      [1, -1, 2].map((amount) => ({ key: 'K', value: { amount } })),
    );
    expect(rows).toEqual([{ fields: { Sums__c: '1,2' } }]);
    expect(rejected.map((error) => error.message)).toEqual(['Step aggregate threw Error for sample-0@1']);
  });

  it.each([
    ['no time', { amount: 1, at: 'yesterday' }],
    ['more than a day ahead of the clock', { amount: 1, at: '2026-01-03T00:00:00Z' }],
  ])('rejects a record whose event time is %s, because it would close every window', async (_, value) => {
    const { rejected } = await run(summing({ window: tumbling({ hours: 1 }) }), [{ key: 'K', value }]);
    expect(rejected.map((error) => error.message)).toEqual(['Step aggregate threw RangeError for sample-0@0']);
  });

  it('rejects a record whose key the state table cannot list', async () => {
    const { rows, rejected } = await run(summing({}), [
      sale(1, '09:00:00', 'x'.repeat(1000)),
      sale(1, '09:00:00', 'x'.repeat(1001)),
    ]);
    expect(rows).toHaveLength(1);
    expect(rejected.map((error) => error.message)).toEqual(['Step aggregate threw RangeError for sample-0@1']);
  });

  it('rejects records that make a state larger than an item can be', async () => {
    const large = 'x'.repeat(60_000);
    const transform = pipe(
      json(z.string()),
      aggregate({ start: '', reduce: (text, added: string) => text + added, key: () => 'K' }),
      map(({ state }) => ({ Length__c: state.length })),
    );
    const { rows, rejected } = await run(transform, [{ value: `"${large}"` }, { value: `"${large}"` }]);
    expect(rows).toEqual([{ fields: { Length__c: 60_000 } }]);
    expect(rejected.map((error) => error.code)).toEqual(['SKB_RECORD_TOO_LARGE']);
  });

  it('keeps a bounded list of what it contains', async () => {
    const transform = summing({});
    const records = Array.from({ length: 1_000 }, (_, offset) => ({ ...sale(1, '09:00:00'), offset: 2 * offset }));
    const { state } = await deliver(transform, [records]);
    const contained = state?.aggregates['aggregate']?.['K']?.contained['sample-0'];
    expect(contained?.offsets).toHaveLength(64);
    expect((await deliver(transform, [records, records])).rows).toEqual([[['00:00', 1_000]], []]);
  });

  it('refuses settings that make no sense', () => {
    const common = { start: 0, reduce: () => 0 };
    expect(() => aggregate({ ...common, window: session({ minutes: 1 }) })).toThrow('sessions need merge');
    expect(() => aggregate({ ...common, emit: 'close' })).toThrow("emit: 'close' needs a window");
    expect(() => tumbling({ minutes: 0 })).toThrow('must be a time');
  });
});
