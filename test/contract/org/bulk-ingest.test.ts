import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createJob, ended, parseResults, results, runJob, upload } from './bulk-support.ts';
import { call, collect, startTestOrg, type TestOrg } from './support.ts';

const upsert = { object: 'Account', operation: 'upsert', externalIdFieldName: 'External_Id__c' };
let org: TestOrg;
beforeAll(async () => {
  org = await startTestOrg({
    settings: { bulkDelayMs: 1 },
    seed: { rows: { Account: [{ Name: 'Parent', External_Id__c: 'P-1', Description: 'kept', Phone: '1' }] } },
  });
});
afterAll(() => org.close());

async function rows(soql: string) {
  const { body } = await org.rest('GET', `query?q=${encodeURIComponent(soql)}`);
  return (body as { records: Record<string, unknown>[] }).records;
}

describe('the life of a job', () => {
  it('answers each step as section "Bulk API 2.0 Ingest" of the guide shows', async () => {
    const created = await call(
      `${org.instanceUrl}/services/data/v58.0/jobs/ingest`,
      'POST',
      { object: 'account', operation: 'upsert', externalIdFieldName: 'external_id__c', contentType: 'CSV' },
      { authorization: `Bearer ${org.token}` },
    );
    expect(created.status).toBe(200);
    const { id } = created.body as { id: string };
    const date = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000$/);
    expect(created.body).toEqual({
      id: expect.stringMatching(/^750\w{15}$/),
      operation: 'upsert',
      object: 'Account',
      createdById: expect.stringMatching(/^005/),
      createdDate: date,
      systemModstamp: date,
      state: 'Open',
      externalIdFieldName: 'External_Id__c',
      concurrencyMode: 'Parallel',
      contentType: 'CSV',
      apiVersion: 58,
      contentUrl: `services/data/v58.0/jobs/ingest/${id}/batches`,
      lineEnding: 'LF',
      columnDelimiter: 'COMMA',
    });
    expect(await upload(org, id, 'External_Id__c,Name\nL-1,Life\n')).toMatchObject({ status: 201, body: undefined });
    const closed = await org.rest('PATCH', `jobs/ingest/${id}`, { state: 'UploadComplete' });
    expect(closed).toMatchObject({ status: 200, body: { id, state: 'UploadComplete', apiVersion: 58 } });
    expect(await ended(org, `jobs/ingest/${id}`)).toMatchObject({
      state: 'JobComplete',
      jobType: 'V2Ingest',
      numberRecordsProcessed: 1,
      numberRecordsFailed: 0,
      retries: 0,
      totalProcessingTime: expect.any(Number),
      apiActiveProcessingTime: expect.any(Number),
      apexProcessingTime: 0,
    });
    expect(parseResults(await results(org, id, 'successfulResults'))).toEqual([
      ['sf__Id', 'sf__Created', 'External_Id__c', 'Name'],
      [expect.stringMatching(/^001\w{15}$/), 'true', 'L-1', 'Life'],
    ]);
    expect(parseResults(await results(org, id, 'failedResults'))).toHaveLength(1);
    expect(parseResults(await results(org, id, 'unprocessedrecords'))).toHaveLength(1);
    const list = await org.rest('GET', 'jobs/ingest');
    expect(list.body).toMatchObject({ done: true, nextRecordsUrl: null, records: expect.any(Array) });
    expect((list.body as { records: { id: string }[] }).records.map((job) => job.id)).toContain(id);
    expect((await org.rest('DELETE', `jobs/ingest/${id}`)).status).toBe(204);
    expect((await org.rest('GET', `jobs/ingest/${id}`)).status).toBe(404);
  });

  it('prints the API version with its fraction', async () => {
    const response = await fetch(`${org.instanceUrl}/services/data/v66.0/jobs/ingest`, {
      method: 'POST',
      headers: { authorization: `Bearer ${org.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ object: 'Account', operation: 'insert' }),
    });
    expect(await response.text()).toContain('"apiVersion":66.0,');
  });

  it('ends normally with an empty upload', async () => {
    const job = await runJob(org, upsert, '');
    expect(job).toMatchObject({ state: 'JobComplete', numberRecordsProcessed: 0 });
    expect(await results(org, job['id'], 'successfulResults')).toBe('"sf__Id","sf__Created"\n');
    expect(await results(org, job['id'], 'unprocessedrecords')).toBe('');
  });

  it('takes job and data in one multipart request', async () => {
    const body = [
      '--BOUNDARY',
      'Content-Type: application/json',
      'Content-Disposition: form-data; name="job"',
      '',
      JSON.stringify({ object: 'Account', operation: 'insert', contentType: 'CSV', lineEnding: 'CRLF' }),
      '--BOUNDARY',
      'Content-Type: text/csv',
      'Content-Disposition: form-data; name="content"; filename="content"',
      '',
      'Name',
      'From one request',
      '--BOUNDARY--',
      '',
    ].join('\r\n');
    const answer = await org.rest('POST', 'jobs/ingest', body, {
      'content-type': 'multipart/form-data; boundary=BOUNDARY',
    });
    expect(answer).toMatchObject({ status: 200, body: { state: 'UploadComplete' } });
    const { id } = answer.body as { id: string };
    expect(await ended(org, `jobs/ingest/${id}`)).toMatchObject({ state: 'JobComplete', numberRecordsProcessed: 1 });
  });
});

describe('rows', () => {
  it('leaves empty cells alone, nulls #N/A, finds parents by external ID and reads any case', async () => {
    const csv = 'EXTERNAL_ID__C,name,Description,Phone,Parent.External_Id__c\nP-1,Renamed,,#N/A,\nC-1,Child,,,P-1\n';
    const job = await runJob(org, upsert, csv);
    expect(job).toMatchObject({ state: 'JobComplete', numberRecordsProcessed: 2, numberRecordsFailed: 0 });
    const created = parseResults(await results(org, job['id'], 'successfulResults')).slice(1);
    expect(created.map(([, isNew, key]) => [key, isNew]).sort()).toEqual([
      ['C-1', 'true'],
      ['P-1', 'false'],
    ]);
    const [parent, child] = await rows(
      "SELECT Name, Description, Phone, Parent.Name FROM Account WHERE External_Id__c IN ('P-1','C-1') ORDER BY Name DESC",
    );
    expect(parent).toMatchObject({ Name: 'Renamed', Description: 'kept', Phone: null });
    expect(child).toMatchObject({ Name: 'Child', Parent: { Name: 'Renamed' } });
  });

  it('names a parent of a polymorphic reference by its type', async () => {
    const job = await runJob(org, { object: 'Account', operation: 'insert' }, 'Name,User:Owner.Id\nOwned,nobody\n');
    expect(job).toMatchObject({ state: 'JobComplete', numberRecordsFailed: 1 });
  });

  it.each([
    ['External_Id__c,Name\nE-1,\n', 'REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --'],
    ['External_Id__c,Name\nE-2,a\nE-2,b\n', 'DUPLICATE_VALUE:Duplicate external id specified: E-2:--'],
    [
      'External_Id__c,Name,NumberOfEmployees\nE-3,a,many\n',
      'INVALID_TYPE_ON_FIELD_IN_RECORD:Employees: value not of required type: many:NumberOfEmployees --',
    ],
    [
      'External_Id__c,Name,Parent.External_Id__c\nE-4,a,none\n',
      'INVALID_FIELD:Foreign key external ID: none not found for field External_Id__c in entity Account:--',
    ],
  ])('refuses %j row by row', async (csv, error) => {
    const job = await runJob(org, upsert, csv);
    expect(job['state']).toBe('JobComplete');
    const [heading, ...failures] = parseResults(await results(org, job['id'], 'failedResults'));
    expect(heading?.slice(0, 2)).toEqual(['sf__Id', 'sf__Error']);
    expect(job['numberRecordsFailed']).toBe(failures.length);
    for (const failure of failures) expect(failure.slice(0, 2)).toEqual(['', error]);
  });

  it('updates, deletes and deletes for good by Id', async () => {
    const inserted = await runJob(org, { object: 'Contact', operation: 'insert' }, 'LastName\nOne\nTwo\n');
    const [[first = ''] = [], [second = ''] = []] = parseResults(
      await results(org, inserted['id'], 'successfulResults'),
    ).slice(1);
    const updated = await runJob(
      org,
      { object: 'Contact', operation: 'update' },
      `Id,FirstName\n${first},Ada\n${second.slice(0, 15)},Ada\n,Nobody\n`,
    );
    expect(updated).toMatchObject({ numberRecordsProcessed: 3, numberRecordsFailed: 1 });
    const success = parseResults(await results(org, updated['id'], 'successfulResults'));
    expect(success.slice(1).map(([, isNew]) => isNew)).toEqual(['false', 'false']);
    await runJob(org, { object: 'Contact', operation: 'delete' }, `Id\n${first}\n`);
    await runJob(org, { object: 'Contact', operation: 'hardDelete' }, `Id\n${second}\n`);
    const q = encodeURIComponent("SELECT Id FROM Contact WHERE FirstName = 'Ada'");
    const { body } = await org.rest('GET', `queryAll?q=${q}`);
    expect((body as { records: { Id: string }[] }).records.map(({ Id }) => Id)).toEqual([first]);
  });

  it('mixes up the order of the results and keeps every row', async () => {
    const keys = Array.from({ length: 450 }, (_unused, index) => `S-${String(index).padStart(3, '0')}`);
    const job = await runJob(org, upsert, `External_Id__c,Name\n${keys.map((key) => `${key},n`).join('\n')}\n`);
    const found = parseResults(await results(org, job['id'], 'successfulResults'))
      .slice(1)
      .map(([, , key]) => key);
    expect(found).not.toEqual(keys);
    expect([...found].sort()).toEqual(keys);
  });

  it('comes out as change events of the Bulk API', async () => {
    const probe = org.bayeux();
    const client = await probe.handshake();
    await probe.subscribe(client, '/data/AccountChangeEvent');
    await runJob(org, upsert, 'External_Id__c,Name\nEV-1,Event\n');
    const [event] = await collect(probe, client, 1);
    expect(event).toMatchObject({
      data: { payload: { Name: 'Event', ChangeEventHeader: { changeOrigin: 'com/salesforce/api/bulk/66.0;client=' } } },
    });
  });
});

describe('formats', () => {
  it.each([
    ['BACKQUOTE', '`'],
    ['CARET', '^'],
    ['COMMA', ','],
    ['PIPE', '|'],
    ['SEMICOLON', ';'],
    ['TAB', '\t'],
  ])('reads and writes %s', async (columnDelimiter, sign) => {
    for (const [lineEnding, end] of [
      ['LF', '\n'],
      ['CRLF', '\r\n'],
    ]) {
      const key = `${columnDelimiter}-${lineEnding}`;
      const data = [`External_Id__c${sign}Name`, `${key}${sign}"a ""b""\n${sign}c"`, ''].join(end);
      const job = await runJob(org, { ...upsert, columnDelimiter, lineEnding }, data);
      expect(job).toMatchObject({ state: 'JobComplete', numberRecordsFailed: 0, columnDelimiter, lineEnding });
      const text = await results(org, job['id'], 'successfulResults');
      expect(text.startsWith(`"sf__Id"${sign}"sf__Created"${sign}"External_Id__c"${sign}"Name"${end}`)).toBe(true);
      expect(text.endsWith(`${sign}"${key}"${sign}"a ""b""\n${sign}c"${end}`)).toBe(true);
      const [row] = await rows(`SELECT Name FROM Account WHERE External_Id__c = '${key}'`);
      expect(row).toMatchObject({ Name: `a "b"\n${sign}c` });
    }
  });
});

describe('failures', () => {
  it.each([
    [
      upsert,
      'External_Id__c,Name\r\nX,a\r\n',
      'ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF',
    ],
    [
      { ...upsert, lineEnding: 'CRLF' },
      'External_Id__c,Name\nX,a\n',
      'ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is CRLF',
    ],
    [upsert, 'External_Id__c,Nope\nX,a\n', 'InvalidBatch : Field name not found : Nope'],
    [upsert, 'External_Id__c|Name\nX|a\n', 'InvalidBatch : Field name not found : External_Id__c|Name'],
    [upsert, 'External_Id__c,Name\nX,"open\n', expect.stringMatching(/^InvalidBatch : /)],
    [{ object: 'Account', operation: 'delete' }, 'Name\nX\n', 'InvalidBatch : Field name not found : Id'],
  ])('ends %j with %j as Failed', async (settings, csv, errorMessage) => {
    const job = await runJob(org, settings, csv);
    expect(job).toMatchObject({ state: 'Failed', errorMessage, numberRecordsProcessed: 0 });
    expect(await results(org, job['id'], 'unprocessedrecords')).not.toBe('');
  });

  it.each([
    ['5,000 fields', `Name${',Name'.repeat(5000)}\nX\n`, 'InvalidBatch : More than 5000 fields'],
    [
      '400,000 characters in a record',
      `External_Id__c,Name\nX,${'y'.repeat(400_000)}\n`,
      'InvalidBatch : A record has more than 400000 characters',
    ],
  ])('ends data with more than %s as Failed', async (_limit, csv, errorMessage) => {
    expect(await runJob(org, upsert, csv)).toMatchObject({ state: 'Failed', errorMessage });
  });

  it.each([
    [{ object: 'Nope', operation: 'insert' }, 'InvalidJob : Unable to find object: Nope'],
    [
      { object: 'Account', operation: 'upsert' },
      'InvalidJob : External ID was blank for Account. An External ID must be specified for upsert.',
    ],
    [{ object: 'Account', operation: 'merge' }, 'InvalidJob : Unknown operation: merge'],
    [{ object: 'Account', operation: 'insert', columnDelimiter: 'DOT' }, 'InvalidJob : Unknown columnDelimiter: DOT'],
  ])('refuses to create %j', async (job, message) => {
    expect(await org.rest('POST', 'jobs/ingest', job)).toMatchObject({
      status: 400,
      body: [{ errorCode: 'INVALIDJOB', message }],
    });
  });

  it('notices a second upload when the job is closed', async () => {
    const id = await createJob(org, upsert);
    await upload(org, id, 'External_Id__c,Name\nT-1,a\n');
    await upload(org, id, 'External_Id__c,Name\nT-2,a\n');
    expect(await org.rest('PATCH', `jobs/ingest/${id}`, { state: 'UploadComplete' })).toMatchObject({
      status: 400,
      body: [
        {
          errorCode: 'INVALIDJOB',
          message: expect.stringContaining(`Found multipe contents for job: <${id.slice(0, 15)}>`),
        },
      ],
    });
  });

  it('refuses what does not fit the state', async () => {
    const id = await createJob(org, upsert);
    const refused = { status: 400, body: [{ errorCode: 'INVALIDJOBSTATE' }] };
    expect(await org.rest('DELETE', `jobs/ingest/${id}`)).toMatchObject(refused);
    expect(await org.rest('PATCH', `jobs/ingest/${id}`, { state: 'Odd' })).toMatchObject(refused);
    await org.rest('PATCH', `jobs/ingest/${id}`, { state: 'Aborted' });
    expect(await upload(org, id, 'x')).toMatchObject(refused);
    expect(await org.rest('PATCH', `jobs/ingest/${id}`, { state: 'UploadComplete' })).toMatchObject(refused);
    expect((await org.rest('DELETE', `jobs/ingest/${id}`)).status).toBe(204);
  });
});

describe('on the clock', () => {
  it('leaves the rows behind an abort unprocessed', async () => {
    const slow = await startTestOrg({ settings: { bulkDelayMs: 60_000, bulkBatchRows: 2 } });
    const id = await createJob(slow, upsert);
    await upload(slow, id, 'External_Id__c,Name\nA,1\nB,2\nC,3\nD,4\nE,5\n');
    await slow.rest('PATCH', `jobs/ingest/${id}`, { state: 'UploadComplete' });
    const info = async () => (await slow.rest('GET', `jobs/ingest/${id}`)).body as Record<string, unknown>;
    expect(await info()).toMatchObject({ state: 'UploadComplete', numberRecordsProcessed: 0 });
    slow.clock.advance(60_000);
    await expect.poll(async () => (await info())['numberRecordsProcessed'], { interval: 5 }).toBe(2);
    expect(await info()).toMatchObject({ state: 'InProgress' });
    await slow.rest('PATCH', `jobs/ingest/${id}`, { state: 'Aborted' });
    slow.clock.advance(60_000);
    expect(await ended(slow, `jobs/ingest/${id}`)).toMatchObject({ state: 'Aborted', numberRecordsProcessed: 2 });
    expect(parseResults(await results(slow, id, 'unprocessedrecords'))).toEqual([
      ['External_Id__c', 'Name'],
      ['C', '3'],
      ['D', '4'],
      ['E', '5'],
    ]);
    expect(parseResults(await results(slow, id, 'successfulResults'))).toHaveLength(3);
    await slow.close();
  });

  it('refuses jobs when the allocation of the day is used up', async () => {
    const small = await startTestOrg({ settings: { bulkDelayMs: 0, dailyBulkRows: 2 } });
    await runJob(small, upsert, 'External_Id__c,Name\nA,1\nB,2\n');
    expect(await small.rest('POST', 'jobs/ingest', upsert)).toMatchObject({
      status: 400,
      body: [{ errorCode: 'EXCEEDEDQUOTA' }],
    });
    const { body } = await small.rest('GET', 'limits');
    expect(body).toMatchObject({ DailyBulkApiBatches: { Max: 15_000, Remaining: 14_999 } });
    await small.close();
  });
});
