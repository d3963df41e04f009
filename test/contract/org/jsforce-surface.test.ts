import { Connection } from 'jsforce';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClock } from '../../../local/org/clock.ts';
import { startTestOrg, type TestOrg } from './support.ts';

// What a bridge could use of jsforce, beside jsforce.test.ts (logins, single records, paging), bulk-clients.test.ts and
// jsforce-streaming.test.ts.

let org: TestOrg;
let connection: Connection;
const clock = createClock();
beforeAll(async () => {
  const customFields = { Account: [{ name: 'Group__c', type: 'text' as const, externalId: true }] };
  org = await startTestOrg({ clock, seed: { customFields } });
  connection = new Connection({ instanceUrl: org.instanceUrl, accessToken: org.token, version: '66.0' });
});
afterAll(() => org.close());

const accounts = () => connection.sobject('Account');
const names = (records: readonly Record<string, unknown>[]) => records.map((record) => record['Name']);

async function createAll(records: readonly Record<string, unknown>[]): Promise<readonly string[]> {
  const results = await accounts().create([...records] as { Name: string }[]);
  return results.map((result) => result.id ?? '');
}

describe('an sObject of jsforce', () => {
  it('upserts one record: created, updated, and several matches', async () => {
    const first = await accounts().upsert({ Name: 'u', External_Id__c: 'u/1' }, 'External_Id__c').catch(String);
    // jsforce leaves the key in the URL as it is, so a slash in it leads elsewhere.
    expect(String(first)).toContain('The requested resource does not exist');
    const created = await accounts().upsert({ Name: 'u', External_Id__c: 'u1' }, 'External_Id__c');
    expect(created).toMatchObject({ success: true, created: true });
    const updated = await accounts().upsert({ Name: 'v', External_Id__c: 'u1' }, 'External_Id__c');
    expect(updated).toMatchObject({ success: true, created: false });
    await createAll([
      { Name: 'g1', Group__c: 'twice' },
      { Name: 'g2', Group__c: 'twice' },
    ]);
    const several = accounts().upsert({ Name: 'x', Group__c: 'twice' }, 'Group__c');
    await expect(several).rejects.toMatchObject({ errorCode: 'MULTIPLE_CHOICES' });
  });

  it('finds by conditions, counts, and follows relationships', async () => {
    const [parent = ''] = await createAll([{ Name: 'find 1' }, { Name: 'find 2' }, { Name: 'other' }]);
    await connection.sobject('Contact').create({ LastName: 'c', AccountId: parent });
    expect(
      names(
        await accounts()
          .find({ Name: { $like: 'find %' } }, 'Name')
          .sort('Name')
          .limit(5),
      ),
    ).toEqual(['find 1', 'find 2']);
    expect(await accounts().findOne({ Name: 'find 2' })).toMatchObject({ Name: 'find 2' });
    expect(await accounts().count({ Name: { $like: 'find %' } })).toBe(2);
    const select = accounts().select('Name').include('Contacts').select('LastName').end().where({ Name: 'find 1' });
    expect(await select).toMatchObject([{ Contacts: { records: [{ LastName: 'c' }] } }]);
  });

  it('changes and deletes what a query finds', async () => {
    await createAll([{ Name: 'bulk 1' }, { Name: 'bulk 2' }]);
    const changed = await accounts()
      .find({ Name: { $like: 'bulk %' } })
      .update({ Site: 'here' });
    expect(changed.map(({ success }) => success)).toEqual([true, true]);
    const removed = await accounts().find({ Site: 'here' }).destroy();
    expect(removed.map(({ success }) => success)).toEqual([true, true]);
    expect(await accounts().count({ Site: 'here' })).toBe(0);
    const all = await connection.query("SELECT Name FROM Account WHERE Site = 'here'", { scanAll: true });
    expect(all.totalSize).toBe(2);
  });

  it('reads, changes and deletes several records by their IDs', async () => {
    const ids = await createAll([{ Name: 'm1' }, { Name: 'm2' }]);
    expect(names(await accounts().retrieve([...ids]))).toEqual(['m1', 'm2']);
    const updated = await accounts().update(ids.map((Id) => ({ Id, Name: 'm' })));
    expect(updated.map(({ success }) => success)).toEqual([true, true]);
    const removed = await accounts().destroy([...ids]);
    expect(removed.map(({ success }) => success)).toEqual([true, true]);
    const again = await accounts().destroy([...ids]);
    expect(again).toMatchObject([{ errors: [{ statusCode: 'ENTITY_IS_DELETED' }] }, { success: false }]);
  });

  it('says which records were changed and deleted between two times', async () => {
    const [id = ''] = await createAll([{ Name: 'replicated' }]);
    const from = new Date(clock.now() - 60_000);
    const to = new Date(clock.now() + 60_000);
    expect((await accounts().updated(from, to)).ids).toContain(id);
    await accounts().destroy(id);
    expect((await accounts().deleted(from, to)).deletedRecords.map((record) => record.id)).toContain(id);
  });

  it('describes, from its cache too', async () => {
    const { fields } = await accounts().describe();
    expect(fields.find(({ name }) => name === 'External_Id__c')).toMatchObject({ externalId: true, unique: true });
    expect(await accounts().describe$()).toMatchObject({ name: 'Account' });
    expect((await connection.describeGlobal$()).sobjects.length).toBeGreaterThan(10);
  });
});

describe('a connection of jsforce', () => {
  it('reads limits, and asks for any resource with a method and a body', async () => {
    expect((await connection.limits()).DailyApiRequests?.Max).toBe(100_000);
    const composite = await connection.requestPost(`/services/data/v66.0/composite`, {
      compositeRequest: [
        { method: 'POST', url: '/services/data/v66.0/sobjects/Account', referenceId: 'a', body: { Name: 'composed' } },
        { method: 'GET', url: '/services/data/v66.0/sobjects/Account/@{a.id}', referenceId: 'b' },
      ],
    });
    expect(composite).toMatchObject({ compositeResponse: [{ httpStatusCode: 201 }, { body: { Name: 'composed' } }] });
  });

  it('refreshes its session when it expired, and ends it', async () => {
    const { refreshToken } = org.control.issueRefreshToken();
    const { clientId, clientSecret } = org.credentials;
    const oauth2 = { clientId, clientSecret, loginUrl: org.instanceUrl };
    const other = new Connection({
      oauth2,
      instanceUrl: org.instanceUrl,
      accessToken: 'expired',
      refreshToken,
      version: '66.0',
    });
    expect((await other.identity()).username).toBe(org.credentials.username);
    expect(other.accessToken).toMatch(/^00D\w{12}!/);
    const { accessToken } = other;
    await other.logout();
    const dead = new Connection({ instanceUrl: org.instanceUrl, accessToken: String(accessToken), version: '66.0' });
    await expect(dead.limits()).rejects.toMatchObject({ errorCode: 'INVALID_SESSION_ID' });
  });

  it('names the client of its calls in change events', async () => {
    const named = new Connection({
      instanceUrl: org.instanceUrl,
      accessToken: org.token,
      version: '66.0',
      callOptions: { client: 'bridge' },
    });
    const probe = org.bayeux();
    const clientId = await probe.handshake();
    await probe.connect(clientId);
    await probe.subscribe(clientId, '/data/LeadChangeEvent');
    await named.sobject('Lead').create({ LastName: 'l', Company: 'c' });
    const [event] = await probe.connect(clientId);
    expect(event).toMatchObject({
      data: { payload: { ChangeEventHeader: { changeOrigin: 'com/salesforce/api/rest/66.0;client=bridge' } } },
    });
  });

  it('is told what is wrong with a record', async () => {
    expect(
      await connection
        .sobject('Account')
        .create({ Name: 'x', Nope__c: 1 } as { Name: string })
        .catch(String),
    ).toContain("No such column 'Nope__c' on sobject of type Account");
  });
});
