import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { type ChangeThresholdOptions, changeThreshold } from '../../../../shared/transform/change-threshold.ts';
import { json } from '../../../../shared/transform/json.ts';
import { map } from '../../../../shared/transform/map.ts';
import { pipe } from '../../../../shared/transform/pipe.ts';
import { run, type SampleRecord } from '../../../../shared/transform/testing.ts';

const Reading = z.object({
  price: z.optional(z.nullable(z.number())),
  stock: z.optional(z.number()),
  status: z.optional(z.nullable(z.string())),
  currency: z.optional(z.string()),
});
type Reading = z.infer<typeof Reading>;

const watching = (options: ChangeThresholdOptions<Reading>) =>
  pipe(
    json(Reading),
    changeThreshold(options),
    map((reading) => ({ Price__c: reading.price })),
  );

/** Whether each reading passes, one after the other. */
async function judge(options: ChangeThresholdOptions<Reading>, readings: readonly Reading[], data = {}) {
  const passed: boolean[] = [];
  let state: Awaited<ReturnType<typeof run>>['state'] | undefined;
  for (const value of readings) {
    const result = await run(watching(options), [{ key: 'K', value }], { data, ...(state && { state }) });
    state = result.state;
    passed.push(result.rows.length === 1);
  }
  return passed;
}

describe('changeThreshold of one field', () => {
  it('takes an absolute size', async () => {
    const prices = [10, 10.04, 10.05, 10.01, 10, 0, 0.04, -0.05].map((price) => ({ price }));
    expect(await judge({ of: ({ price }) => price, atLeast: 0.05 }, prices)).toEqual([
      true,
      false,
      true,
      false,
      true,
      true,
      false,
      true,
    ]);
  });

  it('takes either size when both are given', async () => {
    const prices = [1000, 1001, 1002, 10, 10.5].map((price) => ({ price }));
    const passed = await judge({ of: ({ price }) => price, by: 0.04, atLeast: 2 }, prices);
    expect(passed).toEqual([true, false, true, true, true]);
  });

  it('passes any change of a text', async () => {
    const readings = ['ok', 'ok', 'OK', null, null, 'OK'].map((status) => ({ status }));
    expect(await judge({ of: ({ status }) => status }, readings)).toEqual([true, false, true, true, false, true]);
  });

  it('takes numbers for the same however they are written', async () => {
    expect(
      await judge({ of: ({ price }) => (price === null ? null : `${price}.0`), by: 0 }, [{ price: 5 }, { price: 5 }]),
    ).toEqual([true, false]);
  });

  it('passes when the value is cleared, and when there is one again', async () => {
    const readings = [{ price: 5 }, { price: null }, { price: null }, { price: 5 }];
    expect(await judge({ of: ({ price }) => price, by: 0.5 }, readings)).toEqual([true, true, false, true]);
  });

  it('does not judge a record that does not carry the value', async () => {
    const readings = [{ price: 5 }, {}, { price: 5 }, { price: 50 }];
    expect(await judge({ of: ({ price }) => price, by: 0.5 }, readings)).toEqual([true, false, false, true]);
  });

  it('passes a value in another unit', async () => {
    const readings = [
      { price: 5, currency: 'EUR' },
      { price: 5, currency: 'USD' },
      { price: 5.01, currency: 'USD' },
      { price: 5.01 },
    ];
    const options = { of: (reading: Reading) => reading.price, unit: (reading: Reading) => reading.currency, by: 0.5 };
    expect(await judge(options, readings)).toEqual([true, true, false, true]);
  });

  it.each([
    ['0.004 %', 1.00004, [0, 3, 6, 9]],
    ['0.009 %', 1.00009, [0, 2, 4, 6, 8, 10]],
  ])('lets a price that creeps by %s a day through when the sum passes the threshold', async (_, growth, passing) => {
    const days = Array.from({ length: 11 }, (_day, day) => ({ price: Number((100 * growth ** day).toFixed(6)) }));
    const passed = await judge({ of: ({ price }) => price, by: 0.0001 }, days);
    expect(passed.map((each, day) => (each ? day : -1)).filter((day) => day >= 0)).toEqual(passing);
  });

  it('refuses a threshold that is no size', () => {
    expect(() => changeThreshold({ of: () => 1, by: -1 })).toThrow('a threshold must be a number from 0 on');
  });

  it('rejects a key that the state table cannot take', async () => {
    const { rejected } = await run(watching({ of: () => 1 }), [{ key: 'x'.repeat(1025), value: {} }]);
    expect(rejected.map((error) => error.message)).toEqual(['Step changeThreshold threw RangeError for sample-0@0']);
  });
});

describe('what an item cannot hold', () => {
  it('is rejected, also when it only adds up to that, and is not remembered', async () => {
    const options: ChangeThresholdOptions<{ a?: string; b?: string }> = {
      fields: { a: { of: ({ a }) => a }, b: { of: ({ b }) => b } },
    };
    const long = 'x'.repeat(50_000);
    const { rows, rejected, state } = await run(
      pipe(
        json(z.object({ a: z.optional(z.string()), b: z.optional(z.string()) })),
        changeThreshold(options),
        map(() => ({ Name: 'x' })),
      ),
      [
        { key: 'k', value: { a: long } },
        { key: 'k', value: { b: long } },
        { key: 'other', value: { a: 'x'.repeat(90_000) } },
      ],
    );
    expect(rows).toHaveLength(1);
    expect(rejected).toHaveLength(2);
    expect(JSON.stringify(state.remembered)).not.toContain('"b"');
  });
});

describe('changeThreshold of several fields', () => {
  const options: ChangeThresholdOptions<Reading> = {
    fields: {
      price: { of: ({ price }) => price, by: 0.01 },
      stock: { of: ({ stock }) => stock, atLeast: 10 },
      status: { of: ({ status }) => status },
    },
  };

  it('passes when one of them moved, and then remembers all of them', async () => {
    const readings = [
      { price: 100, stock: 50, status: 'on' },
      { price: 100.5, stock: 55, status: 'on' },
      { price: 100.5, stock: 61, status: 'on' },
      { price: 101.2, stock: 61, status: 'on' },
      { price: 101.6, stock: 61, status: 'on' },
      { price: 101.6, stock: 61, status: 'off' },
    ];
    expect(await judge(options, readings)).toEqual([true, false, true, false, true, true]);
  });

  it('keeps what it remembers of a field that a passing record does not carry', async () => {
    const readings = [{ price: 100, stock: 50 }, { status: 'on' }, { stock: 55 }, { stock: 60 }];
    expect(await judge(options, readings)).toEqual([true, true, false, true]);
  });
});

describe('refresh', () => {
  const options: ChangeThresholdOptions<Reading> = {
    of: ({ price }) => price,
    unit: ({ currency }) => currency,
    by: 0.01,
    refresh: { object: 'PricebookEntry', by: 'ErpKey__c', from: 'UnitPrice', unit: 'CurrencyIsoCode' },
  };
  const data = {
    salesforce: { PricebookEntry: [{ ErpKey__c: 'K', UnitPrice: 100, CurrencyIsoCode: 'EUR' }] },
  };

  it('judges the first value of a key by what Salesforce holds', async () => {
    const small = { price: 100.5, currency: 'EUR' };
    expect(await judge(options, [small, { price: 101, currency: 'EUR' }], data)).toEqual([false, true]);
    expect(await judge(options, [{ price: 100, currency: 'USD' }], data)).toEqual([true]);
  });

  it('passes the first value of a key that Salesforce has no row of, or several', async () => {
    const [row] = data.salesforce.PricebookEntry;
    expect(await judge(options, [{ price: 1, currency: 'EUR' }], {})).toEqual([true]);
    const twice = { salesforce: { PricebookEntry: [row, row] } };
    expect(await judge(options, [{ price: 100, currency: 'EUR' }], twice)).toEqual([true]);
  });

  it('asks once for what it remembers from then on', async () => {
    const records: SampleRecord[] = [{ key: 'K', value: { price: 100.5, currency: 'EUR' } }];
    const { state } = await run(watching(options), records, { data });
    const { rows } = await run(watching(options), [{ key: 'K', value: { price: 100.6, currency: 'EUR' } }], { state });
    expect(rows).toEqual([]);
  });
});
