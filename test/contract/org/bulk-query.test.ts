import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ended, parseResults } from './bulk-support.ts';
import { startTestOrg, type TestOrg } from './support.ts';

let org: TestOrg;
beforeAll(async () => {
  org = await startTestOrg({
    settings: { bulkDelayMs: 1 },
    seed: {
      rows: {
        Account: Array.from({ length: 5 }, (_unused, index) => ({ Name: `A${index}`, External_Id__c: `A-${index}` })),
        Contact: [
          { LastName: 'One', Account: { External_Id__c: 'A-1' }, Birthdate: '1980-05-05' },
          { LastName: 'Two' },
        ],
      },
    },
  });
});
afterAll(() => org.close());

async function create(query: string, more: object = {}) {
  return await org.rest('POST', 'jobs/query', { operation: 'query', query, ...more });
}

async function completed(query: string, more: object = {}): Promise<string> {
  const { status, body } = await create(query, more);
  expect(status).toBe(200);
  const { id } = body as { id: string };
  expect(await ended(org, `jobs/query/${id}`)).toMatchObject({ state: 'JobComplete', jobType: 'V2Query' });
  return id;
}

describe('query jobs', () => {
  it('answers each step', async () => {
    const created = await create('SELECT Id FROM Account');
    const { id } = created.body as { id: string };
    expect(created).toMatchObject({
      status: 200,
      body: {
        id: expect.stringMatching(/^750\w{15}$/),
        operation: 'query',
        object: 'Account',
        state: 'UploadComplete',
        concurrencyMode: 'Parallel',
        contentType: 'CSV',
        apiVersion: 66,
        lineEnding: 'LF',
        columnDelimiter: 'COMMA',
      },
    });
    expect(await ended(org, `jobs/query/${id}`)).toMatchObject({
      numberRecordsProcessed: 5,
      retries: 0,
      isPkChunkingSupported: true,
    });
    const list = await org.rest('GET', 'jobs/query');
    expect(list.body).toMatchObject({ done: true, records: expect.arrayContaining([expect.objectContaining({ id })]) });
    expect((await org.rest('DELETE', `jobs/query/${id}`)).status).toBe(204);
    expect((await org.rest('GET', `jobs/query/${id}`)).status).toBe(404);
  });

  it('pages with Sforce-Locator and maxRecords', async () => {
    const id = await completed('SELECT Name FROM Account ORDER BY Name');
    const names: string[] = [];
    const sizes: (string | null)[] = [];
    let locator: string | null = null;
    do {
      const at: string = locator === null ? '' : `&locator=${locator}`;
      const page = await org.rest('GET', `jobs/query/${id}/results?maxRecords=2${at}`);
      expect(page.headers.get('content-type')).toContain('text/csv');
      const [heading, ...rows] = parseResults(String(page.body));
      expect(heading).toEqual(['Name']);
      names.push(...rows.map(([name = '']) => name));
      sizes.push(page.headers.get('sforce-numberofrecords'));
      locator = page.headers.get('sforce-locator');
    } while (locator !== 'null');
    expect(names).toEqual(['A0', 'A1', 'A2', 'A3', 'A4']);
    expect(sizes).toEqual(['2', '2', '1']);
    expect(await org.rest('GET', `jobs/query/${id}/results?locator=bogus`)).toMatchObject({ status: 400 });
  });

  it('prints parents by path, null as an empty cell, in the chosen format', async () => {
    const format = { columnDelimiter: 'PIPE', lineEnding: 'CRLF' };
    const id = await completed(
      'SELECT LastName, Account.Name, Birthdate, DoNotCall FROM Contact ORDER BY LastName',
      format,
    );
    const { body } = await org.rest('GET', `jobs/query/${id}/results`);
    expect(body).toBe(
      '"LastName"|"Account.Name"|"Birthdate"|"DoNotCall"\r\n"One"|"A1"|"1980-05-05"|"false"\r\n"Two"|""|""|"false"\r\n',
    );
  });

  it('reads the recycle bin with queryAll', async () => {
    const { body } = await org.rest('POST', 'sobjects/Product2', { Name: 'Gone' });
    await org.rest('DELETE', `sobjects/Product2/${(body as { id: string }).id}`);
    for (const [operation, rows] of [
      ['query', 0],
      ['queryAll', 1],
    ]) {
      const id = await completed("SELECT Id, Name FROM Product2 WHERE Name = 'Gone'", { operation });
      expect(parseResults(String((await org.rest('GET', `jobs/query/${id}/results`)).body))).toHaveLength(
        1 + Number(rows),
      );
    }
  });

  it.each([
    ['SELECT Foo FROM Account', 'INVALID_FIELD', "No such column 'Foo' on entity 'Account'"],
    ['SELEC Id FROM Account', 'MALFORMED_QUERY', "unexpected token: 'SELEC'"],
    ['SELECT COUNT() FROM Account', 'INVALIDJOB', 'Aggregate queries are not supported'],
    ['SELECT Id FROM Account OFFSET 1', 'INVALIDJOB', 'OFFSET is not supported'],
    [
      'SELECT BillingAddress FROM Account',
      'FEATURENOTENABLED',
      "Cannot serialize value for 'BillingAddress' in CSV format",
    ],
    [
      'SELECT (SELECT Id FROM Contacts) FROM Account',
      'FEATURENOTENABLED',
      "Cannot serialize value for 'Contacts' in CSV format",
    ],
  ])('refuses %s', async (query, errorCode, message) => {
    expect(await create(query)).toMatchObject({
      status: 400,
      body: [{ errorCode, message: expect.stringContaining(message) }],
    });
  });

  it('can be aborted, and has no results then', async () => {
    const slow = await startTestOrg({ settings: { bulkDelayMs: 60_000 } });
    const { body } = await slow.rest('POST', 'jobs/query', { operation: 'query', query: 'SELECT Id FROM Account' });
    const path = `jobs/query/${(body as { id: string }).id}`;
    expect((await slow.rest('DELETE', path)).status).toBe(400);
    expect(await slow.rest('PATCH', path, { state: 'Aborted' })).toMatchObject({
      status: 200,
      body: { state: 'Aborted' },
    });
    slow.clock.advance(60_000);
    expect((await slow.rest('GET', `${path}/results`)).body).toMatchObject([{ errorCode: 'INVALIDJOBSTATE' }]);
    expect((await slow.rest('DELETE', path)).status).toBe(204);
    await slow.close();
  });
});
