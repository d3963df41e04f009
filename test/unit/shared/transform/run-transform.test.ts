import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { filter } from '../../../../shared/transform/filter.ts';
import { json } from '../../../../shared/transform/json.ts';
import { map } from '../../../../shared/transform/map.ts';
import { pipe } from '../../../../shared/transform/pipe.ts';
import { runTransform } from '../../../../shared/transform/run-transform.ts';
import { kafkaRecord, memoryOf } from '../../../fixtures/records.ts';

const transform = pipe(
  json(z.object({ id: z.string(), price: z.number() })),
  filter((update) => update.price >= 0),
  map((update) => {
    if (update.id === 'boom') throw new TypeError(`cannot map ${update.price}`);
    return { Key__c: update.id, UnitPrice: update.price };
  }),
);

describe('runTransform', () => {
  it('answers every record in its place: row, filtered or rejected with the step that said so', async () => {
    const records = [
      kafkaRecord(0, 'a', { id: 'a', price: 1 }),
      kafkaRecord(1, 'b', { id: 'b', price: -1 }),
      kafkaRecord(2, 'c', { id: 'boom', price: 1 }),
      kafkaRecord(3, 'd', 'not json'),
      kafkaRecord(4, 'e', { id: 'e' }),
      kafkaRecord(5, 'f', null),
      kafkaRecord(6, 'g', { id: 'g', price: 2 }),
    ];
    const results = await runTransform(transform, records, { memory: memoryOf() });
    expect(results.map((each) => each.record.offset)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(results[0]).toMatchObject({ kind: 'rows', rows: [{ fields: { Key__c: 'a', UnitPrice: 1 } }] });
    expect(results[1]).toMatchObject({ kind: 'filtered', step: 'filter' });
    expect(
      results.slice(2, 6).map((each) => each.kind === 'rejected' && [each.error.code, each.error.message]),
    ).toEqual([
      ['SKB_TRANSFORM_FAILED', 'Step map threw TypeError for prices-0@2'],
      ['SKB_DECODE_FAILED', 'Record prices-0@3 is not JSON'],
      ['SKB_DECODE_FAILED', expect.stringMatching(/^Record prices-0@4 does not match its schema: price: /)],
      ['SKB_DECODE_FAILED', 'Record prices-0@5 has no value'],
    ]);
    expect(results[6]).toMatchObject({ kind: 'rows' });
  });

  it('refuses bytes that are not UTF-8 instead of mending them silently', async () => {
    const record = { ...kafkaRecord(0, 'a', ''), value: Buffer.from([0x22, 0xff, 0x22]) };
    const [result] = await runTransform(pipe(json(z.any())), [record], { memory: memoryOf() });
    expect(result?.kind).toBe('rejected');
  });
});
