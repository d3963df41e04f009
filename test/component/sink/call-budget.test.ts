import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { upsert } from '../../../shared/bridge/targets.ts';
import { changeThreshold } from '../../../shared/transform/change-threshold.ts';
import { json } from '../../../shared/transform/json.ts';
import { map } from '../../../shared/transform/map.ts';
import { pipe } from '../../../shared/transform/pipe.ts';
import { createModelOrg, describeObject } from '../../fixtures/model-org.ts';
import { kafkaRecord } from '../../fixtures/records.ts';
import { createSinkHarness } from './sink-harness.ts';

const entry = describeObject('PricebookEntry', {
  Key__c: { externalId: true },
  UnitPrice: { type: 'double' },
  Product2Id: {
    type: 'reference',
    relationshipName: 'Product2',
    referenceTo: ['Product2'],
    updateable: false,
    nillable: false,
  },
});

const prices = pipe(
  json(z.object({ product: z.string(), price: z.number() })),
  changeThreshold({ of: (update) => update.price, by: 0.0001 }),
  map((update) => ({ Key__c: update.product, UnitPrice: update.price, Product2: { Ext__c: update.product } })),
);

describe('what a batch of 10,000 costs', () => {
  it('10,000 prices of 5,000 entries, half of them below the threshold: rows / 1,000 calls and the describe', async () => {
    const org = createModelOrg([entry]);
    let describes = 0;
    const { get } = org.describes;
    org.describes.get = (object) => {
      describes += 1;
      return get(object);
    };
    for (let n = 0; n < 5_000; n += 1) org.put('PricebookEntry', { Key__c: `sku-${n}`, UnitPrice: 0 });
    const sink = createSinkHarness(org, {
      topic: 'prices',
      write: upsert('PricebookEntry', { externalId: 'Key__c' }),
      transform: prices,
      batch: { size: 10_000 },
    });
    const records = Array.from({ length: 10_000 }, (_, offset) => {
      const n = offset % 5_000;
      return kafkaRecord(offset, `sku-${n}`, { product: `sku-${n}`, price: offset < 5_000 ? 100 : 100.001 });
    });
    expect(await sink.deliver(records)).toEqual([]);
    expect(sink.counts()).toMatchObject({ written: 5_000, filtered: 5_000 });
    const rows = org.calls.reduce((sum, call) => sum + call.rows.length, 0);
    const parts = { rows, write: org.requests.length, lookUp: org.queries.length, describe: Math.min(1, describes) };
    expect(parts).toEqual({ rows: 5_000, write: 5, lookUp: 0, describe: 1 });
    expect(parts.write + parts.lookUp + parts.describe).toBeLessThanOrEqual(Math.ceil(rows / 1_000) + 6);
  });

  it('a batch of which nothing is to be written costs no call at all', async () => {
    const org = createModelOrg([entry]);
    const sink = createSinkHarness(org, {
      topic: 'prices',
      write: upsert('PricebookEntry', { externalId: 'Key__c' }),
      transform: prices,
    });
    await sink.deliver([kafkaRecord(0, 'A', { product: 'A', price: 100 })]);
    org.describes.get = () => Promise.reject(new Error('not asked'));
    org.requests.length = 0;
    expect(await sink.deliver([kafkaRecord(1, 'A', { product: 'A', price: 100.001 })])).toEqual([]);
    expect([org.requests, org.queries]).toEqual([[], []]);
  });
});
