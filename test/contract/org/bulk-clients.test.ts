import jsforce from 'jsforce';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, startTestOrg, type TestOrg } from './support.ts';

let org: TestOrg;
let connection: jsforce.Connection;
beforeAll(async () => {
  org = await startTestOrg({ settings: { bulkDelayMs: 1 } });
  connection = new jsforce.Connection({ instanceUrl: org.instanceUrl, accessToken: org.token, version: '60.0' });
  connection.bulk2.pollInterval = 5;
  connection.bulk.pollInterval = 5;
});
afterAll(() => org.close());

describe('jsforce bulk2', () => {
  it('loads and waits for results', async () => {
    const results = await connection.bulk2.loadAndWaitForResults({
      object: 'Account',
      operation: 'upsert',
      externalIdFieldName: 'External_Id__c',
      input: [
        { External_Id__c: 'J-1', Name: 'One', Phone: null, AnnualRevenue: 1.5 },
        { External_Id__c: 'J-2', Name: 'Two "quoted", with comma\nand line' },
        { External_Id__c: 'J-3', Name: '' },
      ],
      pollInterval: 5,
    });
    expect(results.successfulResults).toHaveLength(2);
    for (const row of results.successfulResults) expect(row).toMatchObject({ sf__Created: 'true' });
    expect(results.failedResults).toMatchObject([
      { sf__Id: '', sf__Error: 'REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --' },
    ]);
    expect(results.unprocessedRecords).toEqual([]);
  });

  it('works step by step', async () => {
    const job = connection.bulk2.createJob({ object: 'Contact', operation: 'insert' });
    await job.open();
    await job.uploadData('LastName,Account.External_Id__c\nStep,J-1\nLost,none\n');
    await job.close();
    await job.poll(5, 10_000);
    expect(await job.check()).toMatchObject({
      state: 'JobComplete',
      numberRecordsProcessed: 2,
      numberRecordsFailed: 1,
    });
    const { successfulResults, failedResults } = await job.getAllResults();
    expect(successfulResults).toMatchObject([{ LastName: 'Step' }]);
    expect(failedResults).toMatchObject([{ LastName: 'Lost' }]);
    await job.delete();
    await expect(job.check()).rejects.toMatchObject({ errorCode: 'NOT_FOUND' });
  });

  it('queries', async () => {
    const stream = await connection.bulk2.query(
      "SELECT Name, Phone FROM Account WHERE External_Id__c LIKE 'J-%' ORDER BY Name",
    );
    expect(await stream.toArray()).toEqual([
      { Name: 'One', Phone: '' },
      { Name: 'Two "quoted", with comma\nand line', Phone: '' },
    ]);
  });
});

describe('jsforce bulk', () => {
  it('keeps the order of the rows', async () => {
    const results = await connection.bulk.load('Account', 'insert', [
      { Name: 'First', Phone: '1' },
      { Name: '', Phone: '2' },
      { Name: 'Third', Phone: '3' },
    ]);
    expect(results).toEqual([
      { id: expect.stringMatching(/^001/), success: true, created: true, errors: [] },
      {
        id: null,
        success: false,
        created: false,
        errors: ['REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --'],
      },
      { id: expect.stringMatching(/^001/), success: true, created: true, errors: [] },
    ]);
  });

  it('upserts by external ID', async () => {
    const rows = [{ External_Id__c: 'J-1', Name: 'Again' }];
    const results = await connection.bulk.load('Account', 'upsert', { extIdField: 'External_Id__c' }, rows);
    expect(results).toMatchObject([{ success: true, created: false }]);
  });

  it('queries', async () => {
    const stream = await connection.bulk.query(
      "SELECT Name FROM Account WHERE Name IN ('First', 'Third') ORDER BY Name",
    );
    expect(await stream.toArray()).toEqual([{ Name: 'First' }, { Name: 'Third' }]);
  });

  it('hears what is wrong with a batch', async () => {
    await expect(connection.bulk.load('Account', 'insert', [{ Nope: 'x' }])).rejects.toThrow(
      'InvalidBatch : Field name not found : Nope',
    );
  });
});

describe('jsforce query', () => {
  it('follows the pages and reads aggregates', async () => {
    const rows = Array.from({ length: 450 }, (_unused, index) => ({ Name: `Page ${index % 3}` }));
    await connection.bulk2.loadAndWaitForResults({
      object: 'Product2',
      operation: 'insert',
      input: rows,
      pollInterval: 5,
    });
    const options = { autoFetch: true, maxFetch: 1000, headers: { 'Sforce-Query-Options': 'batchSize=200' } };
    const all = await connection.query('SELECT Id FROM Product2').execute(options);
    expect(all).toMatchObject({ totalSize: 450, records: { length: 450 } });
    const first = await connection.query('SELECT Id FROM Product2', { headers: options.headers });
    expect(first).toMatchObject({ totalSize: 450, done: false });
    const second = await connection.queryMore(first.nextRecordsUrl ?? '');
    expect(second.records).toHaveLength(200);
    const { records } = await connection.query('SELECT Name, COUNT(Id) n FROM Product2 GROUP BY Name ORDER BY Name');
    expect(records).toMatchObject([
      { Name: 'Page 0', n: 150 },
      { Name: 'Page 1', n: 150 },
      { Name: 'Page 2', n: 150 },
    ]);
  });
});

describe('Bulk API 1.0 as JSON', () => {
  const json = () => ({ 'x-sfdc-session': org.token, 'content-type': 'application/json' });
  const async = () => `${org.instanceUrl}/services/async/59.0`;

  async function finished(path: string): Promise<void> {
    const state = async () => ((await call(path, 'GET', undefined, json())).body as { state: string }).state;
    await expect.poll(state, { interval: 5 }).toBe('Completed');
  }

  async function runBatch(job: object, body: unknown): Promise<string> {
    const created = await call(`${async()}/job`, 'POST', { contentType: 'JSON', ...job }, json());
    expect(created).toMatchObject({ status: 201, body: { state: 'Open', numberBatchesTotal: 0, apiVersion: 59 } });
    const path = `${async()}/job/${(created.body as { id: string }).id}`;
    const batch = await call(`${path}/batch`, 'POST', body, json());
    expect(batch).toMatchObject({ status: 201, body: { state: 'Queued' } });
    expect(await call(path, 'POST', { state: 'Closed' }, json())).toMatchObject({
      status: 200,
      body: { state: 'Closed' },
    });
    const batchPath = `${path}/batch/${(batch.body as { id: string }).id}`;
    await finished(batchPath);
    return batchPath;
  }

  it('answers every row in its place', async () => {
    const path = await runBatch({ object: 'Account', operation: 'insert' }, [{ Name: 'Json' }, { Name: null }]);
    expect((await call(`${path}/result`, 'GET', undefined, json())).body).toEqual([
      { success: true, created: true, id: expect.stringMatching(/^001/), errors: [] },
      {
        success: false,
        created: false,
        id: null,
        errors: [
          {
            message: 'Required fields are missing: [Name]',
            fields: ['Name'],
            statusCode: 'REQUIRED_FIELD_MISSING',
            extendedErrorDetails: null,
          },
        ],
      },
    ]);
  });

  it('queries', async () => {
    const path = await runBatch(
      { object: 'Account', operation: 'query' },
      "SELECT Id, Name FROM Account WHERE Name = 'Json'",
    );
    const list = await call(`${path}/result`, 'GET', undefined, json());
    const [result] = list.body as string[];
    expect((await call(`${path}/result/${result}`, 'GET', undefined, json())).body).toMatchObject([
      { attributes: { type: 'Account' }, Name: 'Json' },
    ]);
  });

  it.each([
    [{ 'x-sfdc-session': 'dead' }, 'InvalidSessionId', 'Invalid session id'],
    [{}, 'InvalidJob', 'Unknown operation: undefined'],
  ])('refuses with %j in its own words', async (headers, exceptionCode, exceptionMessage) => {
    expect(await call(`${async()}/job`, 'POST', {}, { ...json(), ...headers })).toMatchObject({
      status: 400,
      body: { exceptionCode, exceptionMessage },
    });
    const xml = { 'x-sfdc-session': org.token, 'content-type': 'application/xml', ...headers };
    expect(await call(`${async()}/job`, 'POST', '<jobInfo/>', xml)).toMatchObject({
      status: 400,
      body: expect.stringContaining(`<exceptionCode>${exceptionCode}</exceptionCode>`),
    });
  });
});
