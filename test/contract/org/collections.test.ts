import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestOrg, type TestOrg } from './support.ts';

let org: TestOrg;
beforeAll(async () => {
  org = await startTestOrg();
});
afterAll(() => org.close());

const product = (key: string, more: object = {}) => ({
  attributes: { type: 'Product2' },
  Name: `Product ${key}`,
  External_Id__c: key,
  ...more,
});

function upsert(records: readonly object[], allOrNone = false) {
  return org.rest('PATCH', 'composite/sobjects/Product2/External_Id__c', { allOrNone, records });
}

describe('collections', () => {
  it('answers in request order with statusCode, and created on every row of an upsert', async () => {
    const first = await upsert([
      product('o-1'),
      { attributes: { type: 'Product2' }, External_Id__c: 'o-2' },
      product('o-3'),
    ]);
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject([
      { success: true, created: true, errors: [] },
      {
        success: false,
        created: true,
        errors: [
          { statusCode: 'REQUIRED_FIELD_MISSING', message: 'Required fields are missing: [Name]', fields: ['Name'] },
        ],
      },
      { success: true, created: true },
    ]);
    expect((await upsert([product('O-1')])).body).toMatchObject([{ success: true, created: false }]);
  });

  it('rolls back everything when allOrNone is set', async () => {
    const { body } = await upsert([product('r-1'), product('r-2', { Name: null })], true);
    expect(body).toMatchObject([
      {
        success: false,
        created: true,
        errors: [
          {
            statusCode: 'ALL_OR_NONE_OPERATION_ROLLED_BACK',
            message: 'Record rolled back because not all records were valid and the request was using AllOrNone header',
          },
        ],
      },
      { success: false, created: true, errors: [{ statusCode: 'REQUIRED_FIELD_MISSING' }] },
    ]);
    expect((await org.rest('GET', 'sobjects/Product2/External_Id__c/r-1')).status).toBe(404);
  });

  it('refuses every row that shares an external ID', async () => {
    const { body } = await upsert([product('d-1'), product('d-2'), product('D-1')]);
    const refused = { success: false, errors: [{ statusCode: 'DUPLICATE_VALUE' }] };
    expect(body).toMatchObject([refused, { success: true }, refused]);
    expect(body).toMatchObject([{ errors: [{ message: 'Duplicate external id specified: d-1' }] }, {}, {}]);
  });

  it('refuses more than 200 rows and more than 10 chunks', async () => {
    const many = await upsert(Array.from({ length: 201 }, (_unused, index) => product(`m-${index}`)));
    expect(many).toMatchObject({
      status: 400,
      body: [
        {
          errorCode: 'EXCEEDED_ID_LIMIT',
          message: 'record limit reached. cannot submit more than 200 records into this call',
        },
      ],
    });
    const records = Array.from({ length: 11 }, (_unused, index) =>
      index % 2 === 0 ? product(`c-${index}`) : { attributes: { type: 'Account' }, Name: 'a' },
    );
    const chunks = await org.rest('POST', 'composite/sobjects', { records });
    expect(chunks.status).toBe(400);
    expect(JSON.stringify(chunks.body)).toContain('Cannot have more than 10 chunks in a single operation.');
  });

  it('refuses the whole request for an unknown column and keeps nothing of it', async () => {
    const { status, body } = await upsert([product('u-1'), product('u-2', { Nope__c: 1 })]);
    expect(status).toBe(400);
    expect(body).toEqual([
      { errorCode: 'INVALID_FIELD', message: "No such column 'Nope__c' on sobject of type Product2" },
    ]);
    expect((await org.rest('GET', 'sobjects/Product2/External_Id__c/u-1')).status).toBe(404);
  });

  it('makes a bad reference the error of its row', async () => {
    const records = [
      { attributes: { type: 'Account' }, Name: 'a', OwnerId: 'INVALID_OWNER' },
      { attributes: { type: 'Account' }, Name: 'b' },
    ];
    const { body } = await org.rest('POST', 'composite/sobjects', { records });
    expect(body).toMatchObject([{ success: false, errors: [{ statusCode: 'MALFORMED_ID' }] }, { success: true }]);
    expect((body as object[])[0]).not.toHaveProperty('id');
  });

  it('updates, retrieves and deletes by ID', async () => {
    const { body } = await upsert([product('x-1'), product('x-2')]);
    const ids = (body as { id: string }[]).map(({ id }) => id);
    const records = [
      { attributes: { type: 'Product2' }, id: ids[0], Family: 'Hardware' },
      { attributes: { type: 'Product2' }, Name: 'no id' },
      { attributes: { type: 'Product2' }, id: ids[1], Name: null },
    ];
    expect((await org.rest('PATCH', 'composite/sobjects', { records })).body).toMatchObject([
      { id: ids[0], success: true },
      { success: false, errors: [{ statusCode: 'MISSING_ARGUMENT', message: 'Id not specified in an update call' }] },
      { id: ids[1], success: false, errors: [{ statusCode: 'REQUIRED_FIELD_MISSING' }] },
    ]);
    const missing = '01tHn0000000zzzAAA';
    const wanted = { ids: [ids[0], missing], fields: ['Family'] };
    expect((await org.rest('POST', 'composite/sobjects/Product2', wanted)).body).toMatchObject([
      { Family: 'Hardware' },
      null,
    ]);
    const path = `composite/sobjects?ids=${ids.join(',')}&allOrNone=false`;
    expect((await org.rest('DELETE', path)).body).toMatchObject([{ success: true }, { success: true }]);
    expect((await org.rest('DELETE', path)).body).toMatchObject([
      { success: false, errors: [{ statusCode: 'ENTITY_IS_DELETED' }] },
      { success: false },
    ]);
  });

  it('takes 12 updates of one record in a call and refuses the next', async () => {
    const { body } = await upsert([product('twelve')]);
    const id = (body as { id: string }[])[0]?.id;
    const records = Array.from({ length: 13 }, () => ({ attributes: { type: 'Product2' }, id, Family: 'Software' }));
    const results = (await org.rest('PATCH', 'composite/sobjects', { records })).body as { success: boolean }[];
    expect(results.filter(({ success }) => success)).toHaveLength(12);
    expect(results[12]).toMatchObject({ errors: [{ statusCode: 'DUPLICATE_VALUE' }] });
  });

  it('writes 200 rows quickly', async () => {
    const records = Array.from({ length: 200 }, (_unused, index) => product(`fast-${index}`));
    await upsert(records);
    const start = performance.now();
    for (let round = 0; round < 10; round += 1) await upsert(records);
    expect((performance.now() - start) / 10).toBeLessThan(100);
  });
});

describe('composite', () => {
  const collection = (referenceId: string, records: readonly object[]) => ({
    method: 'PATCH',
    url: '/services/data/v66.0/composite/sobjects/Product2/External_Id__c',
    referenceId,
    body: { allOrNone: false, records },
  });

  it('runs collections in one API call and keeps good rows beside bad ones', async () => {
    const before = org.control.counters();
    const compositeRequest = [collection('a', [product('k-1')]), collection('b', [product('k-2', { Name: null })])];
    const { status, body } = await org.rest('POST', 'composite', { collateSubrequests: false, compositeRequest });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      compositeResponse: [
        { referenceId: 'a', httpStatusCode: 200, body: [{ success: true }], httpHeaders: {} },
        { referenceId: 'b', httpStatusCode: 200, body: [{ success: false }] },
      ],
    });
    const after = org.control.counters();
    expect(after.apiCalls - before.apiCalls).toBe(1);
    expect((after.rowsWritten['Product2'] ?? 0) - (before.rowsWritten['Product2'] ?? 0)).toBe(1);
  });

  it('fills in references and halts what depends on a failure', async () => {
    const base = '/services/data/v66.0/sobjects';
    const compositeRequest = [
      { method: 'POST', url: `${base}/Account`, referenceId: 'acc', body: { Name: 'Parent' } },
      { method: 'POST', url: `${base}/Contact`, referenceId: 'con', body: { LastName: 'Kid', AccountId: '@{acc.id}' } },
      { method: 'POST', url: `${base}/Contact`, referenceId: 'bad', body: {} },
      { method: 'GET', url: `${base}/Contact/@{bad.id}`, referenceId: 'dep' },
    ];
    const { body } = await org.rest('POST', 'composite', { compositeRequest });
    expect(body).toMatchObject({
      compositeResponse: [
        { httpStatusCode: 201 },
        { httpStatusCode: 201 },
        { httpStatusCode: 400, body: [{ errorCode: 'REQUIRED_FIELD_MISSING' }] },
        { httpStatusCode: 400, body: [{ errorCode: 'PROCESSING_HALTED' }] },
      ],
    });
  });

  it('takes everything back when the outer allOrNone is set', async () => {
    const compositeRequest = [collection('a', [product('n-1')]), collection('b', [product('n-2', { Name: null })])];
    const { body } = await org.rest('POST', 'composite', { allOrNone: true, compositeRequest });
    expect(body).toMatchObject({
      compositeResponse: [{ body: [{ errorCode: 'PROCESSING_HALTED' }] }, { body: [{ success: false }] }],
    });
    expect((await org.rest('GET', 'sobjects/Product2/External_Id__c/n-1')).status).toBe(404);
  });

  it('counts the sub-requests of a batch one by one', async () => {
    const before = org.control.counters().apiCalls;
    const batchRequests = [
      { method: 'GET', url: 'v66.0/limits' },
      { method: 'GET', url: 'v66.0/sobjects/Nope/1' },
    ];
    const { body } = await org.rest('POST', 'composite/batch', { batchRequests });
    expect(body).toMatchObject({ hasErrors: true, results: [{ statusCode: 200 }, { statusCode: 404 }] });
    expect(org.control.counters().apiCalls - before).toBe(2);
  });

  it('takes five collections and no more', async () => {
    const compositeRequest = Array.from({ length: 6 }, (_unused, index) =>
      collection(`r${index}`, [product(`five-${index}`)]),
    );
    expect((await org.rest('POST', 'composite', { compositeRequest })).status).toBe(400);
  });
});
