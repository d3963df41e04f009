import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClock } from '../../../local/org/clock.ts';
import { startTestOrg, type TestOrg } from './support.ts';

const startAt = Date.parse('2026-05-13T10:00:00Z');
let org: TestOrg;
beforeAll(async () => {
  org = await startTestOrg({ clock: createClock({ manual: true, startAt }) });
});
afterAll(() => org.close());

async function create(object: string, record: object): Promise<string> {
  const { body, status } = await org.rest('POST', `sobjects/${object}`, record);
  if (status !== 201) throw new Error(JSON.stringify(body));
  return (body as { id: string }).id;
}

async function names(soql: string): Promise<readonly unknown[]> {
  const { body } = await org.rest('GET', `query?q=${encodeURIComponent(soql)}`);
  return (body as { records: { Name: unknown }[] }).records.map((record) => record.Name);
}

describe('conditional requests', () => {
  it('answer 304 and 412 by tag and by time', async () => {
    const path = `sobjects/Account/${await create('Account', { Name: 'conditional' })}`;
    const first = await org.rest('GET', path);
    const tag = first.headers.get('etag') ?? '';
    const modified = first.headers.get('last-modified') ?? '';
    const earlier = new Date(Date.parse(modified) - 1000).toUTCString();
    const cases: [string, Record<string, string>, number][] = [
      ['GET', { 'if-none-match': tag }, 304],
      ['GET', { 'if-none-match': '"other"' }, 200],
      ['GET', { 'if-modified-since': modified }, 304],
      ['GET', { 'if-modified-since': earlier }, 200],
      ['GET', { 'if-match': '"other"' }, 412],
      ['GET', { 'if-unmodified-since': earlier }, 412],
      ['PATCH', { 'if-match': '"other"' }, 412],
      ['PATCH', { 'if-unmodified-since': earlier }, 412],
      ['PATCH', { 'if-none-match': tag }, 412],
      ['PATCH', { 'if-match': `W/${tag}` }, 204],
    ];
    for (const [method, headers, status] of cases) {
      const answer = await org.rest(method, path, method === 'PATCH' ? { Site: 'x' } : undefined, headers);
      expect([method, headers, answer.status]).toEqual([method, headers, status]);
    }
    expect((await org.rest('PATCH', path, { Site: 'y' }, { 'if-match': tag })).status).toBe(412);
  });

  it.each(['sobjects', 'sobjects/Account/describe'])('%s says when nothing changed', async (path) => {
    const first = await org.rest('GET', path);
    const since = { 'if-modified-since': first.headers.get('last-modified') ?? '' };
    expect((await org.rest('GET', path, undefined, since)).status).toBe(304);
  });
});

describe('composite graph', () => {
  const node = (referenceId: string, url: string, body: object) => ({
    method: 'POST',
    url: `/services/data/v66.0/sobjects/${url}`,
    referenceId,
    body,
  });

  it('takes each graph as a transaction of its own', async () => {
    const good = [
      node('a', 'Account', { Name: 'graph 1' }),
      node('c', 'Contact', { LastName: 'g', AccountId: '@{a.id}' }),
    ];
    const bad = [node('a', 'Account', { Name: 'graph 2' }), node('c', 'Contact', {})];
    const { status, body } = await org.rest('POST', 'composite/graph', {
      graphs: [
        { graphId: '1', compositeRequest: good },
        { graphId: '2', compositeRequest: bad },
      ],
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      graphs: [
        { graphId: '1', isSuccessful: true, graphResponse: { compositeResponse: [{ httpStatusCode: 201 }, {}] } },
        {
          graphId: '2',
          isSuccessful: false,
          graphResponse: {
            compositeResponse: [
              { httpStatusCode: 400, body: [{ errorCode: 'PROCESSING_HALTED' }] },
              { httpStatusCode: 400, body: [{ errorCode: 'REQUIRED_FIELD_MISSING' }] },
            ],
          },
        },
      ],
    });
    expect(await names("SELECT Name FROM Account WHERE Name LIKE 'graph%'")).toEqual(['graph 1']);
  });

  it('halts what comes after fourteen failures', async () => {
    const graphs = Array.from({ length: 16 }, (_unused, index) => ({
      graphId: `g${index}`,
      compositeRequest: [node('c', 'Contact', {})],
    }));
    const { body } = await org.rest('POST', 'composite/graph', { graphs });
    const codes = (
      body as { graphs: { graphResponse: { compositeResponse: { body: { errorCode: string }[] }[] } }[] }
    ).graphs.map((item) => item.graphResponse.compositeResponse[0]?.body[0]?.errorCode);
    expect(codes.filter((code) => code === 'PROCESSING_HALTED')).toHaveLength(2);
  });

  const chain = Array.from({ length: 16 }, (_unused, index) =>
    node(`n${index}`, 'Account', index === 0 ? { Name: 'x' } : { Name: 'x', ParentId: `@{n${index - 1}.id}` }),
  );
  it.each([
    [
      'too many graphs',
      { graphs: Array.from({ length: 76 }, (_u, index) => ({ graphId: `${index}`, compositeRequest: [] })) },
    ],
    [
      'too many nodes',
      {
        graphs: [
          { graphId: 'a', compositeRequest: Array.from({ length: 501 }, (_u, i) => node(`n${i}`, 'Account', {})) },
        ],
      },
    ],
    ['too deep', { graphs: [{ graphId: 'a', compositeRequest: chain }] }],
  ])('refuses %s', async (_name, body) => {
    expect(await org.rest('POST', 'composite/graph', body)).toMatchObject({
      status: 400,
      body: [{ errorCode: 'LIMIT_EXCEEDED' }],
    });
  });
});

describe('composite tree', () => {
  const account = (referenceId: string, more: object = {}) => ({
    attributes: { type: 'Account', referenceId },
    Name: `tree ${referenceId}`,
    ...more,
  });
  const contact = (referenceId: string, more: object = { LastName: 't' }) => ({
    attributes: { type: 'Contact', referenceId },
    ...more,
  });

  it('creates records with their children', async () => {
    const records = [account('r1', { Contacts: { records: [contact('r2'), contact('r3')] } }), account('r4')];
    const { status, body } = await org.rest('POST', 'composite/tree/Account', { records });
    expect(status).toBe(201);
    const { hasErrors, results } = body as { hasErrors: boolean; results: { referenceId: string; id: string }[] };
    expect([hasErrors, results.map((result) => result.referenceId)]).toEqual([false, ['r1', 'r2', 'r3', 'r4']]);
    const child = await org.rest('GET', `sobjects/Contact/${results[1]?.id}`);
    expect(child.body).toMatchObject({ AccountId: results[0]?.id });
  });

  it.each([
    ['a bad child', [account('bad', { Contacts: { records: [contact('c', {})] } })], 'c', 'REQUIRED_FIELD_MISSING'],
    ['a reference ID twice', [account('bad'), account('bad')], 'bad', 'INVALID_INPUT'],
    ['no reference ID', [{ attributes: { type: 'Account' }, Name: 'tree bad' }], '', 'INVALID_INPUT'],
    ['another type', [contact('c')], 'c', 'INVALID_INPUT'],
    ['too many', Array.from({ length: 201 }, (_unused, index) => account(`b${index}`)), '', 'LIMIT_EXCEEDED'],
  ])('saves nothing of %s', async (_name, records, referenceId, statusCode) => {
    const answer = await org.rest('POST', 'composite/tree/Account', { records });
    expect(answer).toMatchObject({
      status: 400,
      body: { hasErrors: true, results: [{ referenceId, errors: [{ statusCode }] }] },
    });
    expect(await names("SELECT Name FROM Account WHERE Name = 'tree bad'")).toEqual([]);
  });
});

describe('composite batch', () => {
  it('goes on after a failure, or halts when told to', async () => {
    const batchRequests = [
      { method: 'GET', url: 'v66.0/limits' },
      { method: 'GET', url: 'v66.0/sobjects/Nope' },
      { method: 'POST', url: 'v66.0/sobjects/Account', richInput: { Name: 'batch' } },
    ];
    const all = await org.rest('POST', 'composite/batch', { batchRequests });
    const codes = (answer: typeof all) =>
      (answer.body as { results: { statusCode: number }[] }).results.map((result) => result.statusCode);
    expect(codes(all)).toEqual([200, 404, 201]);
    const halted = await org.rest('POST', 'composite/batch', { batchRequests, haltOnError: true });
    expect(codes(halted)).toEqual([200, 404, 412]);
    expect(halted.body).toMatchObject({
      hasErrors: true,
      results: [{}, {}, { result: [{ errorCode: 'BATCH_PROCESSING_HALTED' }] }],
    });
  });
});

describe('relationships', () => {
  it('lead from a record to its parent and to its children', async () => {
    const parent = await create('Account', { Name: 'parent' });
    const child = await create('Contact', { LastName: 'child', AccountId: parent });
    const up = await org.rest('GET', `sobjects/Contact/${child}/Account?fields=Name`);
    expect(up.body).toMatchObject({ attributes: { type: 'Account' }, Name: 'parent' });
    const down = await org.rest('GET', `sobjects/Account/${parent}/Contacts`);
    expect(down.body).toMatchObject({ totalSize: 1, done: true, records: [{ Id: child }] });
    const orphan = await create('Contact', { LastName: 'orphan' });
    expect((await org.rest('GET', `sobjects/Contact/${orphan}/Account`)).status).toBe(404);
    expect((await org.rest('GET', `sobjects/Account/${parent}/Nope`)).status).toBe(404);
  });
});

describe('replication', () => {
  it('lists what was changed and deleted between two moments', async () => {
    org.control.advanceClock(3_600_000);
    const kept = await create('Lead', { LastName: 'kept', Company: 'c' });
    const gone = await create('Lead', { LastName: 'gone', Company: 'c' });
    await org.rest('DELETE', `sobjects/Lead/${gone}`);
    const span = 'start=2026-05-13T10:30:00%2B00:00&end=2026-05-13T12:00:00+00:00';
    expect((await org.rest('GET', `sobjects/Lead/updated/?${span}`)).body).toEqual({
      ids: [kept],
      latestDateCovered: '2026-05-13T12:00:00.000+0000',
    });
    expect((await org.rest('GET', `sobjects/Lead/deleted/?${span}`)).body).toMatchObject({
      deletedRecords: [{ id: gone, deletedDate: '2026-05-13T11:00:00.000+0000' }],
    });
    expect(await org.rest('GET', 'sobjects/Lead/updated?start=x&end=y')).toMatchObject({
      status: 400,
      body: [{ errorCode: 'INVALID_REPLICATION_DATE' }],
    });
  });
});

describe('setup objects', () => {
  it('do not change in one transaction with others', async () => {
    const users = await org.rest('GET', `query?q=${encodeURIComponent('SELECT Id FROM User LIMIT 1')}`);
    const id = (users.body as { records: { Id: string }[] }).records[0]?.Id;
    const records = [
      { attributes: { type: 'Account' }, Id: await create('Account', { Name: 'mixed' }), Site: 'x' },
      { attributes: { type: 'User' }, Id: id, Title: 'x' },
    ];
    const message =
      'DML operation on setup object is not permitted after you have updated a non-setup object (or vice versa): User, original object: Account';
    expect((await org.rest('PATCH', 'composite/sobjects', { records })).body).toMatchObject([
      { success: true },
      { success: false, errors: [{ statusCode: 'MIXED_DML_OPERATION', message }] },
    ]);
  });
});

describe('limits', () => {
  it('name every allocation, the apps included', async () => {
    const { body } = await org.rest('GET', 'limits');
    const limits = body as Record<string, Record<string, unknown>>;
    expect(Object.keys(limits).length).toBeGreaterThan(45);
    expect(limits['DailyApiRequests']).toMatchObject({ Max: 100_000, bridge: { Max: 0, Remaining: 0 } });
  });

  it('count rows', async () => {
    const { body } = await org.rest('GET', 'limits/recordCount?sObjects=Pricebook2,Nope');
    expect(body).toEqual({ sObjects: [{ count: 1, name: 'Pricebook2' }] });
  });
});

describe('records by external ID', () => {
  it('are read, refused when several, and deleted', async () => {
    await create('Product2', { Name: 'keyed', External_Id__c: 'k/1' });
    const path = 'sobjects/Product2/External_Id__c/k%2F1';
    expect((await org.rest('GET', `${path}?fields=Name`)).body).toMatchObject({ Name: 'keyed' });
    for (const last of ['a', 'b']) await create('Contact', { LastName: last, Email: 'two@example.org' });
    for (const method of ['GET', 'DELETE']) {
      expect((await org.rest(method, 'sobjects/Contact/Email/two@example.org')).status).toBe(300);
    }
    expect((await org.rest('DELETE', path)).status).toBe(204);
    expect(await org.rest('GET', path)).toMatchObject({ status: 404, body: [{ errorCode: 'NOT_FOUND' }] });
  });
});
