import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type StartedOrg, startOrg } from '../../../local/org/org.ts';
import { bulkQuery } from '../../../shared/salesforce/bulk-query.ts';
import { createBulkIngest } from '../../../shared/salesforce/bulk2.ts';
import type { OrgClient } from '../../../shared/salesforce/rest-client.ts';
import { clientOf } from '../../fixtures/org-client.ts';

let org: StartedOrg;
let rest: OrgClient;
beforeAll(async () => {
  org = await startOrg({ settings: { publishDelayMs: 0, bulkDelayMs: 5, bulkBatchRows: 100 } });
  rest = clientOf(org);
});
afterAll(() => org.close());
afterEach(() => org.control.clearFaults());

const bulk = () => createBulkIngest({ rest, wait: (ms) => new Promise((done) => setTimeout(done, Math.min(ms, 10))) });
const plenty = { remainingMs: () => 600_000 };
const upsert = { object: 'Account', operation: 'upsert', keyField: 'External_Id__c' } as const;
const account = (key: string, more: object = {}) => ({ External_Id__c: key, Name: `Account ${key}`, ...more });

describe('an ingest job', () => {
  it('writes rows and gives each its result, whatever the order', async () => {
    const job = await bulk().create(upsert);
    const rows = Array.from({ length: 250 }, (_, index) =>
      account(
        `b${index}`,
        index % 50 === 7 ? { Name: null } : { AnnualRevenue: index, Description: `a "b",\nc ${index}` },
      ),
    );
    await bulk().upload(job, rows);
    const outcome = await bulk().finish(job, 'External_Id__c', plenty);
    if (outcome.kind !== 'done') throw new Error('still running');
    expect(outcome.results.size).toBe(250);
    expect(outcome.results.get('b8')).toMatchObject({
      success: true,
      created: true,
      id: expect.stringMatching(/^001/),
    });
    expect(outcome.results.get('b7')).toEqual({
      success: false,
      errors: [
        { statusCode: 'REQUIRED_FIELD_MISSING', message: 'Required fields are missing: [Name]', fields: ['Name'] },
      ],
    });
    const [row] = await rest.query("SELECT AnnualRevenue, Description FROM Account WHERE External_Id__c = 'b8'");
    expect(row).toMatchObject({ AnnualRevenue: 8, Description: 'a "b",\nc 8' });
  });

  it('tells null from absent, and names parents by external ID', async () => {
    await rest.create('Account', { External_Id__c: 'parent', Name: 'Parent', Phone: '1', Description: 'old' });
    const accounts = await bulk().create(upsert);
    await bulk().upload(accounts, [
      { External_Id__c: 'parent', Phone: null },
      { External_Id__c: 'child', Name: 'Child', Description: 'new' },
    ]);
    await bulk().finish(accounts, 'External_Id__c', plenty);
    expect(await rest.query("SELECT Phone, Description FROM Account WHERE External_Id__c = 'parent'")).toMatchObject([
      { Phone: null, Description: 'old' },
    ]);
    const contacts = await bulk().create({ object: 'Contact', operation: 'insert', keyField: 'LastName' });
    await bulk().upload(contacts, [{ LastName: 'Ng', Account: { External_Id__c: 'child' } }]);
    await bulk().finish(contacts, 'LastName', plenty);
    expect(await rest.query("SELECT Account.Name FROM Contact WHERE LastName = 'Ng'")).toMatchObject([
      { Account: { Name: 'Child' } },
    ]);
  });

  it('deletes by Id', async () => {
    const id = await rest.create('Account', { Name: 'gone soon' });
    const job = await bulk().create({ object: 'Account', operation: 'delete', keyField: 'Id' });
    await bulk().upload(job, [{ Id: id }, { Id: '001000000000999AAA' }]);
    const outcome = await bulk().finish(job, 'Id', plenty);
    if (outcome.kind !== 'done') throw new Error('still running');
    expect(outcome.results.get(id)).toMatchObject({ success: true });
    expect(outcome.results.get('001000000000999AAA')).toMatchObject({ success: false });
  });

  it('that outlives the invocation is found again by its ID', async () => {
    const job = await bulk().create(upsert);
    await bulk().upload(job, [account('late')]);
    expect(await bulk().finish(job, 'External_Id__c', { remainingMs: () => 0 })).toEqual({ kind: 'running' });
    const outcome = await createBulkIngest({ rest: clientOf(org) }).finish(job, 'External_Id__c', plenty);
    expect(outcome).toMatchObject({ kind: 'done' });
    expect(outcome.kind === 'done' && outcome.results.has('late')).toBe(true);
  });

  it('that was never closed is aborted, and says that it wrote nothing', async () => {
    const job = await bulk().create(upsert);
    const outcome = await bulk().finish(job, 'External_Id__c', plenty);
    expect(outcome).toMatchObject({ kind: 'done', problem: { code: 'SKB_SALESFORCE_UNAVAILABLE' } });
    expect(outcome.kind === 'done' && outcome.results.size).toBe(0);
    await expect(bulk().upload(job, [account('never')])).rejects.toThrow();
  });

  it('may be aborted at any time, also when it is over', async () => {
    const job = await bulk().create(upsert);
    await bulk().abort(job);
    await bulk().abort(job);
    await expect(bulk().abort('750000000000999AAA')).resolves.toBeUndefined();
  });

  it('whose results break off is not half read', async () => {
    const job = await bulk().create(upsert);
    await bulk().upload(job, [account('broken')]);
    expect((await bulk().finish(job, 'External_Id__c', plenty)).kind).toBe('done');
    org.control.addFault({ kind: 'reset-connection', match: { pathContains: 'failedResults' }, times: 1 });
    await expect(bulk().finish(job, 'External_Id__c', plenty)).rejects.toMatchObject({
      code: 'SKB_SALESFORCE_UNAVAILABLE',
    });
  });
});

describe('a query job', () => {
  it('gives all rows, page after page', async () => {
    const job = await bulk().create(upsert);
    await bulk().upload(
      job,
      Array.from({ length: 120 }, (_, index) => account(`q${index}`)),
    );
    await bulk().finish(job, 'External_Id__c', plenty);
    const keys: string[] = [];
    const soql = "SELECT External_Id__c FROM Account WHERE External_Id__c LIKE 'q%' ORDER BY External_Id__c";
    for await (const row of bulkQuery(rest, soql, { pageRows: 50, wait: () => new Promise(setImmediate) })) {
      keys.push(row['External_Id__c'] ?? '');
    }
    expect(new Set(keys).size).toBe(120);
  });

  it('that is refused says why', async () => {
    await expect(bulkQuery(rest, 'SELECT Nonsense FROM Account').next()).rejects.toMatchObject({
      code: 'SKB_ROW_REJECTED',
      context: { salesforceCode: expect.stringMatching(/INVALID/) },
    });
  });
});
