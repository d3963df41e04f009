import { Connection } from 'jsforce';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestOrg, type TestOrg } from './support.ts';

let org: TestOrg;
let connection: Connection;

beforeAll(async () => {
  org = await startTestOrg();
  const { clientId, clientSecret } = org.credentials;
  connection = new Connection({ loginUrl: org.instanceUrl, instanceUrl: org.instanceUrl, version: '66.0' });
  await connection.authorize({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
});
afterAll(() => org.close());

describe('jsforce', () => {
  it('logs in with username and password over OAuth', async () => {
    const { clientId, clientSecret, username, password, securityToken } = org.credentials;
    const oauth2 = { clientId, clientSecret, loginUrl: org.instanceUrl };
    const other = new Connection({ oauth2, version: '66.0' });
    const info = await other.login(username, password + securityToken);
    expect(info.id).toMatch(/^005/);
    expect(other.instanceUrl).toBe(org.instanceUrl);
  });

  it('creates, reads, updates and deletes a record', async () => {
    const accounts = connection.sobject('Account');
    const created = await accounts.create({ Name: 'Acme' });
    expect(created.success).toBe(true);
    const id = created.id ?? '';
    await accounts.update({ Id: id, Name: 'Acme Inc' });
    expect((await accounts.retrieve(id))['Name']).toBe('Acme Inc');
    await accounts.destroy(id);
    await expect(accounts.retrieve(id)).rejects.toMatchObject({ errorCode: 'NOT_FOUND' });
    await expect(accounts.destroy(id)).rejects.toMatchObject({ errorCode: 'ENTITY_IS_DELETED' });
  });

  it('writes collections and sees rolled-back rows as created', async () => {
    const products = connection.sobject('Product2');
    const records = Array.from({ length: 250 }, (_unused, index) => ({
      Name: `n${index}`,
      External_Id__c: `js-${index}`,
    }));
    const results = await products.upsert(records, 'External_Id__c', { allowRecursive: true });
    expect(results.filter((result) => result.success)).toHaveLength(250);
    const failed = await products.upsert(
      [{ Name: 'x', External_Id__c: 'js-new' }, { External_Id__c: 'js-bad' }],
      'External_Id__c',
      { allOrNone: true },
    );
    for (const result of failed) expect(result).toMatchObject({ success: false, created: true });
    await expect(products.upsert(records, 'External_Id__c')).rejects.toMatchObject({ errorCode: 'EXCEEDED_ID_LIMIT' });
  });

  it('queries with paging and describes', async () => {
    const fetched = await connection.query('SELECT Id FROM Product2', {
      autoFetch: true,
      maxFetch: 5000,
      headers: { 'Sforce-Query-Options': 'batchSize=200' },
    });
    expect(fetched.totalSize).toBe(250);
    expect(fetched.records).toHaveLength(250);
    const described = await connection.describe('Lead');
    expect(described.fields.find((field) => field.name === 'Company')?.nillable).toBe(false);
    expect((await connection.describeGlobal()).sobjects.map(({ name }) => name)).toContain('PricebookEntry');
    expect(connection.limitInfo.apiUsage?.limit).toBe(100_000);
    expect((await connection.identity()).username).toBe(org.credentials.username);
  });

  it('receives a push topic', async () => {
    const query = 'SELECT Id, Name FROM Account';
    await connection.sobject('PushTopic').create({ Name: 'JsAccounts', Query: query, ApiVersion: 60 });
    const streaming = connection.streaming.createClient([]);
    try {
      const received = new Promise<unknown>((resolve) => {
        streaming
          .subscribe('/topic/JsAccounts', resolve)
          .then(() => connection.sobject('Account').create({ Name: 'Streamed' }));
      });
      expect(await received).toMatchObject({ event: { type: 'created' }, sobject: { Name: 'Streamed' } });
    } finally {
      // The declarations leave this method out.
      (streaming as unknown as { disconnect(): void }).disconnect();
    }
  });
});
