import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastWriter } from '../../../../shared/transform/last-writer.ts';
import { map } from '../../../../shared/transform/map.ts';
import { pipe } from '../../../../shared/transform/pipe.ts';
import { text } from '../../../../shared/transform/text.ts';
import { kafkaRecord } from '../../../fixtures/records.ts';
import { deliverAll, deliveries } from './delivery.ts';

const transform = pipe(
  text(),
  map((value) => JSON.parse(value) as { key: string; at: number; name: string }),
  lastWriter({ key: ({ key }) => key, at: ({ at }) => at }),
  map(({ key, name }) => ({ Key__c: key, Name: name })),
);

const change = fc.record({ key: fc.constantFrom('a', 'b', 'c'), at: fc.nat(20) });

describe('lastWriter', () => {
  it('leaves the newest change of each key, for any split into batches, any crash and any redelivery', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 40 }), deliveries(1), async (changes, plan) => {
        const named = changes.map((each, index) => ({ ...each, name: `change ${index}` }));
        const records = named.map((each, offset) => kafkaRecord(offset, each.key, JSON.stringify(each)));
        const { rows } = await deliverAll(transform, [records], plan, 'Key__c', { now: 0 });
        // Of several at one time the first counts.
        const newest = new Map<string, (typeof named)[number]>();
        for (const each of named) {
          const before = newest.get(each.key);
          if (before === undefined || each.at > before.at) newest.set(each.key, each);
        }
        expect(new Map([...rows].map(([key, row]) => [key, row['Name']]))).toEqual(
          new Map([...newest].map(([key, { name }]) => [key, name])),
        );
      }),
      { numRuns: 300 },
    );
  });
});
