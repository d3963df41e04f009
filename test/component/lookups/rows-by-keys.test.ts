import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createControlClient } from '../../../local/org/control-client.ts';
import { startOrg } from '../../../local/org/org.ts';
import { login } from '../../../shared/salesforce/auth/login.ts';
import { createTokenProvider } from '../../../shared/salesforce/auth/token-provider.ts';
import { createRestClient, type RestClient } from '../../../shared/salesforce/rest-client.ts';
import { rowsByKeys } from '../../../shared/salesforce/rows-by-keys.ts';

let org: Awaited<ReturnType<typeof startOrg>>;
let rest: RestClient;

const find = (keys: readonly (string | number)[], by = 'AccountNumber') =>
  rowsByKeys(rest, '66.0', { object: 'Account', by, fields: [by, 'Name'], keys });

async function callsDuring(work: () => Promise<unknown>): Promise<number> {
  const control = createControlClient(org.controlUrl);
  await control.resetCounters();
  await work();
  const { apiCallsByApp } = await control.counters();
  return Object.values(apiCallsByApp).reduce((sum, calls) => sum + calls.total, 0);
}

beforeAll(async () => {
  org = await startOrg({ port: 0, controlPort: 0, seed: {} });
  const { clientId: consumerKey, clientSecret: consumerSecret } = org.credentials;
  const credentials = { baseUri: org.instanceUrl, consumerKey, consumerSecret };
  const tokens = createTokenProvider({
    now: () => performance.now(),
    login: () => login('clientCredentials', credentials),
  });
  rest = createRestClient({ tokens, apiVersion: '66.0', clientName: 'test' });
});
afterAll(() => org.close());

describe('rowsByKeys', () => {
  it('finds rows by keys that hold what ends or breaks a SOQL literal', async () => {
    const keys = ["O'Hara", 'back\\slash', 'line\nbreak', "') OR Name != (''", 'ünï ☃', '%_'];
    for (const key of keys) await rest.create('Account', { Name: `of ${key}`, AccountNumber: key });
    await rest.create('Account', { Name: 'another', AccountNumber: 'another' });
    const rows = await find(keys);
    expect(rows.map((row) => row['AccountNumber']).sort()).toEqual([...keys].sort());
  });

  it('finds rows by numbers', async () => {
    await rest.create('Account', { Name: 'large', NumberOfEmployees: 4711 });
    expect((await find([4711, 4712], 'NumberOfEmployees')).map((row) => row['Name'])).toEqual(['large']);
  });

  it('asks for 5,000 keys in one API call', async () => {
    const keys = Array.from({ length: 5_000 }, (_, index) => `SKU-${String(index).padStart(5, '0')}`);
    await rest.create('Account', { Name: 'last', AccountNumber: keys.at(-1) });
    let names: unknown[] = [];
    const calls = await callsDuring(async () => {
      names = (await find(keys)).map((row) => row['Name']);
    });
    expect(names).toEqual(['last']);
    expect(calls).toBe(1);
  });

  it('reads every page of an answer', async () => {
    const records = Array.from({ length: 200 }, (_, index) => ({
      attributes: { type: 'Account' },
      Name: `many ${index}`,
      AccountNumber: 'many',
    }));
    for (let call = 0; call < 11; call += 1) {
      await rest.request({ method: 'POST', path: '/composite/sobjects', body: { records } });
    }
    const others = Array.from({ length: 1_500 }, (_, index) => `other-${index}`);
    expect(await find(['many'])).toHaveLength(2_200);
    expect(await find(['many', ...others])).toHaveLength(2_200);
  });

  it('names the object, not the keys, when Salesforce refuses the query', async () => {
    const keys = Array.from({ length: 2_000 }, (_, index) => `secret-${index}`);
    const refused = rowsByKeys(rest, '66.0', { object: 'Account', by: 'Nothing__c', fields: ['Id'], keys });
    await expect(refused).rejects.toMatchObject({
      code: 'SKB_LOOKUP_FAILED',
      message: 'Salesforce refused a look-up of Account: INVALID_FIELD',
    });
  });
});
