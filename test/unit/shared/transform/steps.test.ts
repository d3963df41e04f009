import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { chooseSink } from '../../../../shared/transform/choose-sink.ts';
import { connect } from '../../../../shared/transform/connect.ts';
import { filter } from '../../../../shared/transform/filter.ts';
import { json } from '../../../../shared/transform/json.ts';
import { map } from '../../../../shared/transform/map.ts';
import { pipe } from '../../../../shared/transform/pipe.ts';
import { route } from '../../../../shared/transform/route.ts';
import { runTransform } from '../../../../shared/transform/run-transform.ts';
import { split } from '../../../../shared/transform/split.ts';
import { run } from '../../../../shared/transform/testing.ts';
import { text } from '../../../../shared/transform/text.ts';
import { kafkaRecord, memoryOf } from '../../../fixtures/records.ts';

const messages = (errors: readonly Error[]) => errors.map((error) => error.message);

describe('text', () => {
  it('decodes UTF-8 and refuses what is none', async () => {
    const transform = pipe(
      text(),
      map((name) => ({ Name: name })),
    );
    const { rows, rejected } = await run(transform, [
      { value: 'Zoë' },
      { value: Buffer.from([0xff]) },
      { value: null },
    ]);
    expect(rows).toEqual([{ fields: { Name: 'Zoë' } }]);
    expect(messages(rejected)).toEqual(['Record sample-0@1 is not UTF-8', 'Record sample-0@2 has no value']);
  });
});

describe('connect', () => {
  const schema = z.object({ Id: z.string(), Amount: z.nullable(z.union([z.number(), z.string()])) });
  const transform = pipe(
    connect(schema),
    map(({ Id, Amount }) => ({ Ext__c: Id, Amount__c: Amount })),
  );

  it('takes a value with its schema or without', async () => {
    const enveloped = { schema: { type: 'struct', fields: [] }, payload: { Id: 'a', Amount: 1 } };
    const { rows } = await run(transform, [{ value: enveloped }, { value: { Id: 'b', Amount: null } }]);
    expect(rows.map((row) => row.fields)).toEqual([
      { Ext__c: 'a', Amount__c: 1 },
      { Ext__c: 'b', Amount__c: null },
    ]);
  });

  it.each([
    ['Decimal', { name: 'Decimal', type: 'bytes', parameters: { scale: '2' } }, 'B88=', '19.99'],
    ['a negative Decimal', { name: 'Decimal', type: 'bytes', parameters: { scale: '2' } }, '+DE=', '-19.99'],
    ['a Decimal below one', { name: 'Decimal', type: 'bytes', parameters: { scale: '3' } }, 'BQ==', '0.005'],
    ['Timestamp', { name: 'Timestamp', type: 'int64' }, 1_767_225_600_123, '2026-01-01T00:00:00.123Z'],
    ['Date', { name: 'Date', type: 'int32' }, 20_454, '2026-01-01'],
    ['Time', { name: 'Time', type: 'int32' }, 3_723_000, '01:02:03.000Z'],
  ])('reads the logical type %s as Salesforce writes it', async (_, field, given, expected) => {
    const logical = { ...field, field: 'Amount', name: `org.apache.kafka.connect.data.${field.name}` };
    const value = { schema: { type: 'struct', fields: [logical] }, payload: { Id: 'a', Amount: given } };
    const { rows } = await run(transform, [{ value }]);
    expect(rows[0]?.fields).toEqual({ Ext__c: 'a', Amount__c: expected });
  });

  it('leaves the struct of the key too, when it has a schema for it', async () => {
    const withKey = pipe(
      connect({ key: z.object({ Id: z.string() }), value: z.object({ Name: z.string() }) }),
      map(({ key, value }) => ({ Ext__c: key.Id, Name: value.Name })),
    );
    const key = JSON.stringify({ schema: { type: 'struct' }, payload: { Id: 'k' } });
    const { rows, rejected } = await run(withKey, [
      { key, value: { Name: 'n' } },
      { key: '{"Id":"bare"}', value: { Name: 'm' } },
      { key: '{}', value: { Name: 'm' } },
    ]);
    expect(rows.map((row) => row.fields)).toEqual([
      { Ext__c: 'k', Name: 'n' },
      { Ext__c: 'bare', Name: 'm' },
    ]);
    expect(messages(rejected)).toEqual([
      expect.stringMatching(/^Record sample-0@2 does not match the schema of its key: Id: /),
    ]);
  });
});

describe('split', () => {
  const lines = json(z.array(z.number()));

  it('makes several rows of a record, and rejects all of them when one part is rejected', async () => {
    const transform = pipe(
      lines,
      split((numbers) => numbers),
      map((number) => {
        if (number < 0) throw new Error('negative');
        return { Number__c: number };
      }),
    );
    const records = [kafkaRecord(0, 'a', [1, 2]), kafkaRecord(1, 'b', [3, -1, 4]), kafkaRecord(2, 'c', [])];
    const results = await runTransform(transform, records, { memory: memoryOf() });
    expect(results.map((each) => each.kind)).toEqual(['rows', 'rejected', 'filtered']);
    expect(results[0]).toMatchObject({ rows: [{ fields: { Number__c: 1 } }, { fields: { Number__c: 2 } }] });
    expect(results[2]).toMatchObject({ step: 'split' });
  });

  it('keeps the parts that pass a filter', async () => {
    const transform = pipe(
      lines,
      split((numbers) => numbers),
      filter((number) => number > 1, { name: 'large enough' }),
      map((number) => ({ Number__c: number })),
    );
    const { rows, filtered } = await run(transform, [{ value: [1, 2, 3] }, { value: [1, 0] }]);
    expect(rows.map((row) => row.fields)).toEqual([{ Number__c: 2 }, { Number__c: 3 }]);
    expect(filtered).toEqual(['large enough']);
  });

  it('rejects a record with more parts than are allowed', async () => {
    const transform = pipe(
      lines,
      split((numbers) => numbers, { atMost: 2 }),
      map((number) => ({ Number__c: number })),
    );
    const { rejected } = await run(transform, [{ value: [1, 2, 3] }]);
    expect(messages(rejected)).toEqual(['Step split threw RangeError for sample-0@0']);
  });
});

describe('route', () => {
  it('chooses object and operation by content, and filters what it has no place for', async () => {
    const transform = pipe(
      json(z.object({ type: z.string(), id: z.string() })),
      route(({ type, id }) => {
        if (type === 'order') return { object: 'Order__c', fields: { Ext__c: id } };
        if (type === 'cancelled') return { object: 'Order__c', operation: 'delete', fields: { Ext__c: id } };
        return type === 'line' ? { fields: { Ext__c: id } } : undefined;
      }),
    );
    const records = ['order', 'cancelled', 'line', 'other'].map((type) => ({ value: { type, id: type } }));
    const { rows, filtered } = await run(transform, records);
    expect(rows).toEqual([
      { object: 'Order__c', fields: { Ext__c: 'order' } },
      { object: 'Order__c', operation: 'delete', fields: { Ext__c: 'cancelled' } },
      { fields: { Ext__c: 'line' } },
    ]);
    expect(filtered).toEqual(['route']);
  });
});

describe('chooseSink', () => {
  it('lets every record pass in exactly one of the sinks of a topic', async () => {
    const regions = chooseSink((price: { currency: string }) => (price.currency === 'USD' ? 'us' : 'eu'));
    const sink = (name: 'us' | 'eu') =>
      pipe(
        json(z.object({ currency: z.string() })),
        regions.only(name),
        map(({ currency }) => ({ CurrencyIsoCode: currency })),
      );
    const records = ['USD', 'EUR', 'CHF'].map((currency) => ({ value: { currency } }));
    const currencies = async (name: 'us' | 'eu') =>
      (await run(sink(name), records)).rows.map((row) => row.fields['CurrencyIsoCode']);
    expect([await currencies('us'), await currencies('eu')]).toEqual([['USD'], ['EUR', 'CHF']]);
  });
});

describe('limits', () => {
  it('rejects a record that keeps a step busy for more than ten seconds', async () => {
    let clock = 0;
    const transform = pipe(
      text(),
      map((value) => {
        clock += value === 'slow' ? 10_001 : 1;
        return { Name: value };
      }),
    );
    const records = [kafkaRecord(0, 'a', 'slow'), kafkaRecord(1, 'b', 'fast')];
    const results = await runTransform(transform, records, { memory: memoryOf(), now: () => clock });
    expect(results.map((each) => each.kind)).toEqual(['rejected', 'rows']);
    expect(results[0]).toMatchObject({
      error: { code: 'SKB_TRANSFORM_FAILED', message: 'Step map took 10001 ms for prices-0@0, more than 10000' },
    });
  });

  it('rejects a record whose row cannot be sent together with others', async () => {
    const transform = pipe(
      text(),
      map((value) => ({ Name: value.repeat(1_000_001) })),
    );
    const { rejected } = await run(transform, [{ value: 'x' }]);
    expect(rejected.map((error) => error.code)).toEqual(['SKB_RECORD_TOO_LARGE']);
  });

  it('leaves undefined fields out, so that they do not clear what stands there', async () => {
    const transform = pipe(
      text(),
      map((value) => ({ Name: value, Phone: undefined })),
    );
    const { rows } = await run(transform, [{ value: 'x' }]);
    expect(Object.keys(rows[0]?.fields ?? {})).toEqual(['Name']);
  });
});
