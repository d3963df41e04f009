import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeThreshold } from '../../../../shared/transform/change-threshold.ts';
import { map } from '../../../../shared/transform/map.ts';
import { pipe } from '../../../../shared/transform/pipe.ts';
import { text } from '../../../../shared/transform/text.ts';
import { kafkaRecord } from '../../../fixtures/records.ts';
import { deliverAll, deliveries } from './delivery.ts';

const transform = pipe(
  text(),
  map((value) => value.split(' ')),
  changeThreshold({ key: ([key = '']) => key, of: ([, price = '']) => price, by: 0.01 }),
  map(([key = '', price = '']) => ({ Key__c: key, Price__c: Number(price) })),
);

/** One record at a time, in whole numbers: the last value that moved by at least one percent. */
function expected(updates: readonly { key: string; price: number }[]) {
  const shown = new Map<string, number>();
  const ends = updates.map(({ key, price }) => {
    const last = shown.get(key);
    if (last !== undefined && (price === last || Math.abs(price - last) * 100 < last)) return 'filtered';
    shown.set(key, price);
    return 'rows';
  });
  return { shown, ends };
}

const update = fc.record({ key: fc.constantFrom('a', 'b', 'c'), price: fc.integer({ min: 0, max: 400 }) });

describe('changeThreshold', () => {
  it('ends the same for any split into batches, any crash and any redelivery', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(update, { maxLength: 40 }), deliveries(1), async (updates, plan) => {
        const records = updates.map(({ key, price }, offset) => kafkaRecord(offset, key, `${key} ${price}`));
        const { rows, ends } = await deliverAll(transform, [records], plan, 'Key__c', { now: 0 });
        const oracle = expected(updates);
        expect(new Map([...rows].map(([key, row]) => [key, row['Price__c']]))).toEqual(oracle.shown);
        expect(records.map((record) => ends.get(record))).toEqual(oracle.ends);
      }),
      { numRuns: 300 },
    );
  });
});
