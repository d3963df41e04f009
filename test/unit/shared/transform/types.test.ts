import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import type { PricebookEntryRow } from '../../../../examples/price-book/salesforce-types.ts';
import type { AccountRow } from '../../../../examples/sensor-status/salesforce-types.ts';
import { changeThreshold } from '../../../../shared/transform/change-threshold.ts';
import { chooseSink } from '../../../../shared/transform/choose-sink.ts';
import { connect } from '../../../../shared/transform/connect.ts';
import { enrich } from '../../../../shared/transform/enrich.ts';
import { filter } from '../../../../shared/transform/filter.ts';
import { json } from '../../../../shared/transform/json.ts';
import { salesforceRows } from '../../../../shared/transform/lookup-sources.ts';
import { map } from '../../../../shared/transform/map.ts';
import { pipe } from '../../../../shared/transform/pipe.ts';
import { split } from '../../../../shared/transform/split.ts';
import { text } from '../../../../shared/transform/text.ts';

// The type checker is the test: each expected error must be one.

const Price = z.object({ product: z.string(), unitPrice: z.number(), tags: z.array(z.string()) });

describe('types of a transform', () => {
  it('follow each value from step to step', () => {
    const transform = pipe(
      json(Price),
      filter((price) => price.unitPrice > 0),
      changeThreshold({ of: (price) => price.unitPrice, by: 0.0001 }),
      enrich({
        from: salesforceRows({ object: 'Product2', by: 'External_Id__c', fields: ['Id', 'Family'] }),
        key: (price) => price.product,
        into: (price, found) => ({ ...price, family: String(found?.Family) }),
      }),
      split((price) => price.tags.map((tag) => ({ ...price, tag }))),
      filter((line): line is typeof line & { tag: 'a' | 'b' } => line.tag === 'a' || line.tag === 'b'),
      map((line): AccountRow => ({ Name: `${line.tag satisfies 'a' | 'b'} ${line.family}` })),
    );
    expect(transform.steps).toHaveLength(7);
  });

  it('refuse a field that the object does not have, or a value it does not take', () => {
    const steps = [
      // @ts-expect-error UnitPrise is no field
      map((price: { cents: number }): PricebookEntryRow => ({ UnitPrise: price.cents })),
      // @ts-expect-error a price is a number
      map((price: { cents: number }): PricebookEntryRow => ({ UnitPrice: String(price.cents) })),
      // @ts-expect-error no value of the restricted picklist
      map((): AccountRow => ({ Status__c: 'Broken' })),
      // @ts-expect-error a price cannot be cleared
      map((): PricebookEntryRow => ({ UnitPrice: null })),
      // @ts-expect-error no external ID of Product2
      map((): PricebookEntryRow => ({ Product2: { Name: 'Lamp' } })),
      map((): PricebookEntryRow => ({ UnitPrice: 1, ErpKey__c: null, Product2: { External_Id__c: 'Lamp' } })),
    ];
    expect(steps.map(({ name }) => name)).toEqual(Array(6).fill('map'));
  });

  it('refuse a step that does not fit the one before it', () => {
    const refused = [
      pipe(
        json(Price),
        // @ts-expect-error the decoded value has no name
        map((price) => ({ Name: price.name })),
      ),
      pipe(
        text(),
        // @ts-expect-error text has no field
        changeThreshold({ of: (value) => value.price }),
        map((value) => ({ Name: value })),
      ),
      // @ts-expect-error a transform begins with the bytes of a record
      pipe(map((value: string) => ({ Name: value }))),
      pipe(
        text(),
        // @ts-expect-error a transform ends with the fields of a row
        map((value) => value.length),
      ),
      pipe(
        connect({ key: z.object({ Id: z.string() }), value: Price }),
        // @ts-expect-error the key has no Name
        map(({ key }) => ({ Name: key.Name })),
      ),
    ];
    expect(refused.map(({ steps }) => steps.length)).toEqual([2, 3, 1, 2, 2]);
  });

  it('know what a look-up was asked for, and which sinks share a topic', () => {
    const step = enrich({
      from: salesforceRows({ object: 'Account', by: 'Number__c', fields: ['Id'] }),
      key: (value: string) => value,
      // @ts-expect-error the look-up was not asked for the owner
      into: (_, found) => found?.Owner,
    });
    // @ts-expect-error there is no sink of this name
    const other = chooseSink((price: { eu: boolean }) => (price.eu ? 'eu' : 'us')).only('asia');
    expect([step.name, other.name]).toEqual(['enrich', 'chooseSink']);
  });
});
