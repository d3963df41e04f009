import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { json } from '../../../../shared/transform/json.ts';
import { type LastWriterOptions, lastWriter } from '../../../../shared/transform/last-writer.ts';
import { map } from '../../../../shared/transform/map.ts';
import { pipe } from '../../../../shared/transform/pipe.ts';
import { type RunState, run, type SampleRecord } from '../../../../shared/transform/testing.ts';

const Change = z.object({ name: z.string(), at: z.string() });
type Change = z.infer<typeof Change>;

const day = (time: string) => `2026-01-01T${time}Z`;
const change = (name: string, time: string, key = 'K'): SampleRecord => ({ key, value: { name, at: day(time) } });

const current = { object: 'Account', by: 'Number__c', from: 'Changed_At__c' };
const accounts = (changedAt: string | null) => ({
  salesforce: { Account: [{ Number__c: 'K', Changed_At__c: changedAt }] },
});

const transformWith = (options: LastWriterOptions<Change> = {}) =>
  pipe(
    json(Change),
    lastWriter({ at: (each) => each.at, ...options }),
    map(({ name }) => ({ Name: name })),
  );

/** Names that pass, batch by batch. */
async function deliver(
  batches: readonly (readonly SampleRecord[])[],
  options: LastWriterOptions<Change> = {},
  data: Parameters<typeof run>[2] = {},
) {
  let state: RunState | undefined;
  const passed: unknown[][] = [];
  for (const batch of batches) {
    const result = await run(transformWith(options), batch, { at: day('12:00:00'), ...data, ...(state && { state }) });
    state = result.state;
    passed.push(result.rows.map(({ fields }) => fields['Name']));
  }
  return passed;
}

describe('lastWriter', () => {
  it('lets only changes through that are newer than the last one written, in one batch or several', async () => {
    const [a, b, c, d] = [
      change('a', '09:00:00'),
      change('b', '11:00:00'),
      change('c', '10:00:00'),
      change('d', '11:00:01'),
    ];
    expect(await deliver([[a, b, c, d]])).toEqual([['a', 'b', 'd']]);
    expect(await deliver([[a], [b], [c], [d]])).toEqual([['a'], ['b'], [], ['d']]);
  });

  it('filters what came again, under its own name', async () => {
    const first = change('a', '09:00:00');
    const { state } = await run(transformWith(), [first], { at: day('12:00:00') });
    const { rows, filtered } = await run(transformWith(), [first], { at: day('12:00:00'), state });
    expect([rows, filtered]).toEqual([[], ['lastWriter']]);
  });

  it('keeps keys apart', async () => {
    expect(await deliver([[change('a', '10:00:00'), change('b', '09:00:00', 'L')]])).toEqual([['a', 'b']]);
  });

  it('compares with what others wrote, when Salesforce tells when that was', async () => {
    const batch = [change('older', '09:59:59'), change('same', '10:00:00'), change('newer', '10:00:01')];
    expect(await deliver([batch], { current }, { data: accounts(day('10:00:00')) })).toEqual([['newer']]);
    expect(await deliver([batch], { current }, { data: accounts('2026-01-01T10:00:00.000+0000') })).toEqual([
      ['newer'],
    ]);
    expect(await deliver([batch], { current }, { data: accounts(null) })).toEqual([['older', 'same', 'newer']]);
    expect(await deliver([batch], { current }, {})).toEqual([['older', 'same', 'newer']]);
  });

  it('reads what others wrote with every batch', async () => {
    const { state } = await run(transformWith({ current }), [change('a', '09:00:00')], {
      at: day('12:00:00'),
      data: accounts(null),
    });
    const later = { at: day('12:00:00'), data: accounts(day('11:00:00')), state };
    expect((await run(transformWith({ current }), [change('b', '10:00:00')], later)).rows).toEqual([]);
  });

  it('goes by the time of the record unless it is told otherwise', async () => {
    const records = [5_000, 4_000, 6_000].map((timestamp) => ({
      key: 'K',
      timestamp,
      value: { name: `${timestamp}`, at: '' },
    }));
    const transform = pipe(
      json(Change),
      lastWriter(),
      map(({ name }) => ({ Name: name })),
    );
    expect((await run(transform, records)).rows.map(({ fields }) => fields['Name'])).toEqual(['5000', '6000']);
  });

  it.each([
    ['no time', 'yesterday'],
    ['more than a day ahead of the clock', '2026-01-03T00:00:00Z'],
  ])('rejects a record whose time is %s, because it would outdo every change to come', async (_, at) => {
    const { rejected } = await run(transformWith(), [{ key: 'K', value: { name: 'a', at } }]);
    expect(rejected.map((error) => error.message)).toEqual(['Step lastWriter threw RangeError for sample-0@0']);
  });
});
