import { describe, expect, it } from 'vitest';
import { enrich } from '../../../../shared/transform/enrich.ts';
import type { CacheOptions } from '../../../../shared/transform/lookup-cache.ts';
import {
  dynamodbItems,
  type LookupSource,
  lookUp,
  salesforceRows,
} from '../../../../shared/transform/lookup-sources.ts';
import { map } from '../../../../shared/transform/map.ts';
import { pipe } from '../../../../shared/transform/pipe.ts';
import { runTransform } from '../../../../shared/transform/run-transform.ts';
import { run } from '../../../../shared/transform/testing.ts';
import { text } from '../../../../shared/transform/text.ts';
import { kafkaRecord, memoryOf } from '../../../fixtures/records.ts';

/** A directory that counts how it is asked. */
function directory(answers: Readonly<Record<string, string | Error>>) {
  const asked: (readonly (string | number)[])[] = [];
  const source = lookUp(async (keys) => {
    asked.push(keys);
    return new Map(keys.flatMap((key) => (key in answers ? [[String(key), answers[key] as string] as const] : [])));
  });
  return { source, asked };
}

function setUp(source: LookupSource<string>, cache?: CacheOptions) {
  const transform = pipe(
    text(),
    enrich({
      from: source,
      key: (value) => {
        if (value === 'boom') throw new Error('no key');
        return value === 'none' ? undefined : value;
      },
      into: (value, found) => ({ Name: value, City__c: found ?? 'unknown' }),
      ...(cache === undefined ? {} : { cache }),
    }),
  );
  const services = { memory: memoryOf(), at: 0 };
  const deliver = async (...values: string[]) => {
    const records = values.map((value, offset) => kafkaRecord(offset, null, value));
    const results = await runTransform(transform, records, { memory: services.memory, now: () => services.at });
    return results.map((each) => (each.kind === 'rows' ? each.rows[0]?.fields['City__c'] : each.kind));
  };
  return { deliver, services };
}

describe('enrich', () => {
  it('asks once for all keys of a batch, each key once', async () => {
    const { source, asked } = directory({ a: 'Graz', b: 'Linz' });
    const { deliver } = setUp(source);
    expect(await deliver('a', 'b', 'a', 'c', 'none')).toEqual(['Graz', 'Linz', 'Graz', 'unknown', 'unknown']);
    expect(asked).toEqual([['a', 'b', 'c']]);
  });

  it('asks nobody when there is nothing to look up', async () => {
    const { source, asked } = directory({});
    expect(await setUp(source).deliver('none')).toEqual(['unknown']);
    expect(asked).toEqual([]);
  });

  it('uses what it found again for a while, and that it found nothing for a shorter while', async () => {
    const { source, asked } = directory({ a: 'Graz' });
    const { deliver, services } = setUp(source, { seconds: 10, missingSeconds: 2 });
    await deliver('a', 'c');
    services.at = 1_999;
    await deliver('a', 'c');
    services.at = 2_000;
    await deliver('a', 'c');
    services.at = 10_000;
    await deliver('a', 'c');
    expect(asked).toEqual([['a', 'c'], ['c'], ['a', 'c']]);
  });

  it('keeps a limited number of things and forgets the one unused for longest', async () => {
    const { source, asked } = directory({ a: 'A', b: 'B', c: 'C' });
    const { deliver } = setUp(source, { entries: 2 });
    await deliver('a', 'b');
    await deliver('a');
    await deliver('c');
    await deliver('a', 'c');
    await deliver('b');
    expect(asked).toEqual([['a', 'b'], ['c'], ['b']]);
  });

  it('rejects only the records of a key that cannot be used, and names no payload', async () => {
    const { source } = directory({ a: 'Graz', bad: new Error('secret words') });
    const { deliver } = setUp(source);
    expect(await deliver('a', 'bad', 'boom')).toEqual(['Graz', 'rejected', 'rejected']);
  });

  it('has the whole batch tried again when the look-up fails', async () => {
    const source = lookUp<string>(async () => {
      throw new TypeError('network');
    });
    await expect(setUp(source).deliver('a')).rejects.toMatchObject({
      code: 'SKB_LOOKUP_FAILED',
      disposition: 'retry',
      message: 'The look-up function of a transform threw TypeError',
    });
  });

  it('has the batch tried again when the look-up does not answer in time', async () => {
    const source = lookUp<string>(() => new Promise<never>(() => undefined), { seconds: 0.01 });
    await expect(setUp(source).deliver('a')).rejects.toMatchObject({ code: 'SKB_LOOKUP_FAILED' });
  });
});

describe('salesforceRows', () => {
  const transform = pipe(
    text(),
    enrich({
      from: salesforceRows({ object: 'Account', by: 'Number__c', fields: ['Id', 'Owner.Name'] }),
      key: (value) => value,
      into: (value, account) => ({ Name: value, AccountId: account === undefined ? null : String(account.Id) }),
    }),
  );
  const accounts = [
    { Id: '1', Number__c: 'A-1' },
    { Id: '2', Number__c: 'B' },
    { Id: '3', Number__c: 'b' },
  ];

  it('finds rows as Salesforce compares, and takes none of two', async () => {
    const { rows, rejected } = await run(transform, [{ value: 'a-1' }, { value: 'B' }, { value: 'C' }], {
      data: { salesforce: { Account: accounts } },
    });
    expect(rows.map((row) => row.fields['AccountId'])).toEqual(['1', null]);
    expect(rejected.map((error) => error.message)).toEqual([
      'Step enrich cannot use what it found for sample-0@1: Account has several rows with this Number__c',
    ]);
  });

  it('refuses names that are no API names, so that nothing but keys can reach a query', () => {
    expect(() => salesforceRows({ object: 'Account', by: "Name = '' OR Name", fields: [] })).toThrow(
      /is not an API name/,
    );
  });
});

describe('dynamodbItems', () => {
  it('finds items by key and says which table it reads', async () => {
    const from = dynamodbItems({ table: 'cities', key: 'zip' });
    const step = enrich({
      from,
      key: (zip: string) => zip,
      into: (zip, city) => ({ zip, city: String(city?.['name']) }),
    });
    expect(step.needs).toEqual({ tables: ['cities'] });
    const transform = pipe(
      text(),
      step,
      map(({ city }) => ({ City__c: city })),
    );
    const { rows } = await run(transform, [{ value: '8010' }], {
      data: { dynamodb: { cities: [{ zip: '8010', name: 'Graz' }] } },
    });
    expect(rows[0]?.fields).toEqual({ City__c: 'Graz' });
  });
});
