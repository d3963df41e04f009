import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestOrg, type TestOrg } from './support.ts';

let org: TestOrg;
beforeAll(async () => {
  org = await startTestOrg({
    seed: { currencies: ['EUR', 'USD'], rows: { Product2: [{ Name: 'Lamp', External_Id__c: 'L' }] } },
  });
});
afterAll(() => org.close());

const entry = (key: string, CurrencyIsoCode?: string) => ({
  ErpKey__c: key,
  UnitPrice: 1,
  Product2: { External_Id__c: 'L' },
  Pricebook2: { External_Id__c: 'standard' },
  ...(CurrencyIsoCode === undefined ? {} : { CurrencyIsoCode }),
});

describe('an org with several currencies', () => {
  it('has a price per currency, in its own where none is given', async () => {
    for (const fields of [entry('own'), entry('dollar', 'USD')]) {
      expect(await org.rest('POST', 'sobjects/PricebookEntry', fields)).toMatchObject({ status: 201 });
    }
    const { body } = await org.rest(
      'GET',
      `query?q=${encodeURIComponent('SELECT CurrencyIsoCode FROM PricebookEntry ORDER BY ErpKey__c')}`,
    );
    expect(body).toMatchObject({ records: [{ CurrencyIsoCode: 'USD' }, { CurrencyIsoCode: 'EUR' }] });
  });

  it('keeps the currency of a price, and refuses one it does not have', async () => {
    const change = await org.rest('PATCH', 'sobjects/PricebookEntry/ErpKey__c/own', { CurrencyIsoCode: 'USD' });
    expect(change).toMatchObject({ status: 400, body: [{ errorCode: 'INVALID_FIELD_FOR_INSERT_UPDATE' }] });
    const other = await org.rest('POST', 'sobjects/PricebookEntry', entry('franc', 'CHF'));
    expect(other).toMatchObject({ status: 400, body: [{ errorCode: 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST' }] });
  });
});
