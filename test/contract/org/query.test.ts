import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, startTestOrg, type TestOrg, tokenFor } from './support.ts';

let org: TestOrg;
beforeAll(async () => {
  org = await startTestOrg({
    seed: {
      rows: {
        Contact: [
          { LastName: 'Byron', FirstName: 'Ada', Account: { External_Id__c: 'A-1' }, Email: 'ada@example.org' },
          { LastName: "O'Neil", Account: { External_Id__c: 'A-2' }, Birthdate: '1980-05-05' },
          { LastName: 'Zed', HasOptedOutOfEmail: true },
        ],
        Account: [
          { Name: 'Alpha', External_Id__c: 'A-1', AnnualRevenue: 10, Industry: 'Energy' },
          { Name: 'Beta_100%', External_Id__c: 'A-2', AnnualRevenue: 20 },
          { Name: 'gamma', External_Id__c: 'A-3', Industry: 'Retail' },
        ],
      },
    },
  });
});
afterAll(() => org.close());

async function query(q: string, resource = 'query') {
  return await org.rest('GET', `${resource}?q=${encodeURIComponent(q)}`);
}

async function rowsOf(q: string) {
  return ((await query(q)).body as { records: Record<string, unknown>[] }).records;
}

describe('explain', () => {
  const explain = async (q: string) => (await org.rest('GET', `query?explain=${encodeURIComponent(q)}`)).body;

  it('says whether an index leads to the rows, without running the query', async () => {
    expect(await explain("SELECT Id FROM Account WHERE External_Id__c = 'A-1'")).toMatchObject({
      plans: [
        { leadingOperationType: 'Index', fields: ['External_Id__c'], cardinality: 1, sobjectCardinality: 3 },
        { leadingOperationType: 'TableScan', sobjectType: 'Account' },
      ],
    });
    expect(await explain("SELECT Id FROM Account WHERE Name = 'Alpha'")).toMatchObject({
      plans: [{ leadingOperationType: 'TableScan', cardinality: 1 }],
      sourceQuery: "SELECT Id FROM Account WHERE Name = 'Alpha'",
    });
  });

  it('refuses what a query refuses', async () => {
    expect(await explain('SELECT Foo FROM Account')).toMatchObject([{ errorCode: 'INVALID_FIELD' }]);
  });
});

describe('where', () => {
  it.each([
    ["SELECT Name FROM Account WHERE Name = 'ALPHA'", ['Alpha']],
    ["SELECT Name FROM Account WHERE Name != 'alpha' ORDER BY Name", ['Beta_100%', 'gamma']],
    ['SELECT Name FROM Account WHERE AnnualRevenue >= 10 AND AnnualRevenue < 20', ['Alpha']],
    ['SELECT Name FROM Account WHERE AnnualRevenue = null', ['gamma']],
    ["SELECT Name FROM Account WHERE Name LIKE 'beta\\_%' ", ['Beta_100%']],
    ["SELECT Name FROM Account WHERE Name LIKE '%a' ORDER BY Name DESC", ['gamma', 'Alpha']],
    ["SELECT Name FROM Account WHERE External_Id__c IN ('a-1', 'A-3') ORDER BY Name", ['Alpha', 'gamma']],
    ["SELECT Name FROM Account WHERE Industry NOT IN ('Energy') ORDER BY Name", ['Beta_100%', 'gamma']],
    ["SELECT Name FROM Account WHERE NOT (Name = 'Alpha' OR Name = 'gamma')", ['Beta_100%']],
    ["SELECT Name FROM Account WHERE (Name = 'Alpha' OR Name = 'gamma') AND Industry = 'Retail'", ['gamma']],
    ["SELECT Name FROM Contact WHERE LastName = 'O\\'Neil'", ["O'Neil"]],
    ["SELECT Name FROM Contact WHERE Account.Name = 'Alpha'", ['Ada Byron']],
    ['SELECT Name FROM Contact WHERE HasOptedOutOfEmail = true', ['Zed']],
    ['SELECT Name FROM Contact WHERE Birthdate < 1990-01-01', ["O'Neil"]],
    ['SELECT Name FROM Contact WHERE CreatedDate = TODAY ORDER BY LastName LIMIT 1 OFFSET 1', ["O'Neil"]],
    ['SELECT Name FROM Account WHERE Id IN (SELECT AccountId FROM Contact) ORDER BY Name', ['Alpha', 'Beta_100%']],
    ['SELECT Name FROM Account ORDER BY Industry NULLS LAST, Name', ['Alpha', 'gamma', 'Beta_100%']],
    ['SELECT a.Name FROM Account a WHERE a.AnnualRevenue = 20', ['Beta_100%']],
  ])('%s', async (q, names) => {
    const { body } = await query(q);
    expect((body as { records: { Name: string }[] }).records.map((record) => record.Name)).toEqual(names);
  });
});

describe('answers', () => {
  it('nests parents and prints null for a missing one', async () => {
    const { body } = await query(
      "SELECT Id, Account.Name, Account.Owner.Username FROM Contact WHERE LastName IN ('Byron','Zed') ORDER BY LastName",
    );
    expect(body).toMatchObject({
      totalSize: 2,
      done: true,
      records: [
        {
          attributes: {
            type: 'Contact',
            url: expect.stringMatching(/^\/services\/data\/v66\.0\/sobjects\/Contact\/003/),
          },
          Account: { attributes: { type: 'Account' }, Name: 'Alpha', Owner: { Username: 'integration@example.org' } },
        },
        { Account: null },
      ],
    });
  });

  it('counts', async () => {
    expect((await query('SELECT COUNT() FROM Account')).body).toEqual({ totalSize: 3, done: true, records: [] });
    expect((await query('SELECT COUNT(Industry) n FROM Account')).body).toMatchObject({
      records: [{ attributes: { type: 'AggregateResult' }, n: 2 }],
    });
  });

  it('carries aggregates without Id and URL', async () => {
    const q =
      'SELECT Account.Name, COUNT(Id), MAX(CreatedDate) newest FROM Contact GROUP BY Account.Name ORDER BY Account.Name';
    const { body } = await query(q);
    expect(body).toMatchObject({ totalSize: 3, done: true });
    const [first, second] = (body as { records: Record<string, unknown>[] }).records;
    expect(first).toEqual({
      attributes: { type: 'AggregateResult' },
      Name: null,
      expr0: 1,
      newest: expect.stringMatching(/\.000\+0000$/),
    });
    expect(second).toMatchObject({ Name: 'Alpha', expr0: 1 });
  });

  it('nests children in a result of their own, null where there are none', async () => {
    const { body } = await query(
      'SELECT Name, (SELECT LastName, Account.Name FROM Contacts) FROM Account ORDER BY Name',
    );
    const records = (body as { records: Record<string, unknown>[] }).records;
    expect(records[0]).toMatchObject({
      Name: 'Alpha',
      Contacts: {
        totalSize: 1,
        done: true,
        records: [{ attributes: { type: 'Contact' }, LastName: 'Byron', Account: { Name: 'Alpha' } }],
      },
    });
    expect(records[2]).toMatchObject({ Name: 'gamma', Contacts: null });
  });

  it('reads polymorphic parents by what each one is', async () => {
    const [account] = await rowsOf("SELECT Id FROM Account WHERE Name = 'Alpha'");
    const [contact] = await rowsOf("SELECT Id FROM Contact WHERE LastName = 'Byron'");
    const { body: lead } = await org.rest('POST', 'sobjects/Lead', { LastName: 'Lead', Company: 'Co' });
    const leadId = (lead as { id: string }).id;
    await org.rest('POST', 'sobjects/Task', { Subject: 'one', WhatId: account?.['Id'], WhoId: contact?.['Id'] });
    await org.rest('POST', 'sobjects/Task', { Subject: 'two', WhoId: leadId });
    const tasks = await rowsOf('SELECT Who.Name, Who.Type, What.Name FROM Task ORDER BY Subject');
    expect(tasks).toMatchObject([
      { Who: { attributes: { type: 'Contact' }, Name: 'Ada Byron', Type: 'Contact' }, What: { Name: 'Alpha' } },
      { Who: { attributes: { type: 'Lead' }, Name: 'Lead', Type: 'Lead' }, What: null },
    ]);
    expect(await rowsOf("SELECT Id FROM Task WHERE Who.Type = 'Lead'")).toHaveLength(1);
    const chosen = await rowsOf(
      'SELECT TYPEOF Who WHEN Contact THEN FirstName, Email WHEN Lead THEN Company END FROM Task ORDER BY Subject',
    );
    expect(chosen.map((record) => record['Who'])).toEqual([
      { attributes: expect.objectContaining({ type: 'Contact' }), FirstName: 'Ada', Email: 'ada@example.org' },
      { attributes: expect.objectContaining({ type: 'Lead' }), Company: 'Co' },
    ]);
  });

  it('answers FIELDS with every field', async () => {
    const { body } = await query('SELECT FIELDS(ALL) FROM Account LIMIT 1');
    const [record] = (body as { records: Record<string, unknown>[] }).records;
    expect(record).toMatchObject({ Name: 'Alpha', External_Id__c: 'A-1', BillingAddress: null });
  });

  it('pages the children of one row', async () => {
    const { body: saved } = await org.rest('POST', 'sobjects/Account', { Name: 'Crowd' });
    const { id } = saved as { id: string };
    for (let batch = 0; batch < 2; batch += 1) {
      const records = Array.from({ length: 150 }, () => ({
        attributes: { type: 'Contact' },
        LastName: 'Member',
        AccountId: id,
      }));
      await org.rest('POST', 'composite/sobjects', { records });
    }
    const path = `query?q=${encodeURIComponent(`SELECT Id, (SELECT Id FROM Contacts) FROM Account WHERE Id = '${id}'`)}`;
    const answer = await org.rest('GET', path, undefined, { 'sforce-query-options': 'batchSize=200' });
    const [record] = (answer.body as { records: { Contacts: { nextRecordsUrl: string; records: object[] } }[] })
      .records;
    expect(record?.Contacts).toMatchObject({ totalSize: 300, done: false });
    expect(record?.Contacts.records).toHaveLength(200);
    const rest = await org.rest('GET', record?.Contacts.nextRecordsUrl ?? '');
    expect(rest.body).toMatchObject({ totalSize: 300, done: true });
    expect((rest.body as { records: object[] }).records).toHaveLength(100);
    await org.rest('DELETE', `sobjects/Account/${id}`);
  });

  it('forgets a locator after two days', async () => {
    const other = await startTestOrg();
    const records = Array.from({ length: 200 }, () => ({ attributes: { type: 'Product2' }, Name: 'p' }));
    for (let batch = 0; batch < 2; batch += 1) await other.rest('POST', 'composite/sobjects', { records });
    const first = await other.rest('GET', `query?q=${encodeURIComponent('SELECT Id FROM Product2')}`, undefined, {
      'sforce-query-options': 'batchSize=200',
    });
    const { nextRecordsUrl } = first.body as { nextRecordsUrl: string };
    expect((await other.rest('GET', nextRecordsUrl)).status).toBe(200);
    other.clock.advance(2 * 24 * 3_600_000);
    const token = await tokenFor(other);
    const late = await call(`${other.instanceUrl}${nextRecordsUrl}`, 'GET', undefined, {
      authorization: `Bearer ${token}`,
    });
    expect(late).toMatchObject({ status: 400, body: [{ errorCode: 'INVALID_QUERY_LOCATOR' }] });
    await other.close();
  });

  it('pages by locator and refuses an unknown one', async () => {
    for (let batch = 0; batch < 2; batch += 1) {
      const records = Array.from({ length: 150 }, (_unused, index) => ({
        attributes: { type: 'Product2' },
        Name: `p${batch}-${index}`,
      }));
      await org.rest('POST', 'composite/sobjects', { records });
    }
    const path = `query?q=${encodeURIComponent('SELECT Id FROM Product2')}`;
    const first = await org.rest('GET', path, undefined, { 'sforce-query-options': 'batchSize=200' });
    const page = first.body as { totalSize: number; done: boolean; nextRecordsUrl: string; records: object[] };
    expect(page).toMatchObject({ totalSize: 300, done: false });
    expect(page.records).toHaveLength(200);
    const rest = await org.rest('GET', page.nextRecordsUrl);
    expect(rest.body).toMatchObject({ totalSize: 300, done: true });
    expect((rest.body as { records: object[] }).records).toHaveLength(100);
    expect(await org.rest('GET', 'query/0r8000000000000AAA-2000')).toMatchObject({
      status: 400,
      body: [{ errorCode: 'INVALID_QUERY_LOCATOR' }],
    });
  });

  it.each([
    [
      'SELECT Foo FROM Account',
      'INVALID_FIELD',
      "\nSELECT Foo FROM Account\n       ^\nERROR at Row:1:Column:8\nNo such column 'Foo' on entity 'Account'.",
    ],
    ['SELECT Id FROM Nope', 'INVALID_TYPE', "sObject type 'Nope' is not supported"],
    ['SELEC Id FROM Account', 'MALFORMED_QUERY', "unexpected token: 'SELEC'"],
    ['SELECT Nope.Name FROM Contact', 'INVALID_FIELD', "Didn't understand relationship 'Nope' in field path."],
    [
      'SELECT Id FROM Account WHERE Name = 1',
      'INVALID_FIELD',
      'must be of type string and should be enclosed in quotes',
    ],
  ])('refuses %s', async (q, errorCode, message) => {
    const { status, body } = await query(q);
    expect(status).toBe(400);
    expect(body).toMatchObject([{ errorCode, message: expect.stringContaining(message) }]);
  });
});
