import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestOrg, type TestOrg } from './support.ts';

let org: TestOrg;
beforeAll(async () => {
  org = await startTestOrg({
    seed: {
      objects: [{ name: 'Machine__c' }],
      recordTypes: [
        { object: 'Account', developerName: 'Business_Customer' },
        { object: 'Account', developerName: 'Supplier', name: 'A supplier', default: true },
        { object: 'Account', developerName: 'Former', active: false },
        { object: 'Machine__c', developerName: 'Lathe' },
      ],
    },
  });
});
afterAll(() => org.close());

interface RecordTypeInfo {
  readonly developerName: string;
  readonly recordTypeId: string;
}

async function infosOf(object: string): Promise<readonly RecordTypeInfo[]> {
  const { body } = await org.rest('GET', `sobjects/${object}/describe`);
  return (body as { recordTypeInfos: RecordTypeInfo[] }).recordTypeInfos;
}

async function idOf(object: string, developerName: string): Promise<string> {
  return (await infosOf(object)).find((info) => info.developerName === developerName)?.recordTypeId ?? '';
}

describe('record types', () => {
  it('stand in the describe, the master one behind them', async () => {
    expect(await infosOf('Account')).toMatchObject([
      { developerName: 'Business_Customer', name: 'Business Customer', active: true, defaultRecordTypeMapping: false },
      { developerName: 'Supplier', name: 'A supplier', defaultRecordTypeMapping: true, master: false },
      { developerName: 'Former', active: false, available: false },
      { developerName: 'Master', recordTypeId: '012000000000000AAA', master: true, defaultRecordTypeMapping: false },
    ]);
    expect(await infosOf('Contact')).toMatchObject([{ developerName: 'Master', defaultRecordTypeMapping: true }]);
  });

  it('are given to new records: the default one, or the one they name', async () => {
    const [first, second] = [
      await org.rest('PATCH', 'sobjects/Account/External_Id__c/1', { Name: 'a' }),
      await org.rest('PATCH', 'sobjects/Account/External_Id__c/2', {
        Name: 'b',
        RecordType: { DeveloperName: 'Business_Customer' },
      }),
    ];
    expect([first.status, second.status]).toEqual([201, 201]);
    const q = encodeURIComponent('SELECT RecordType.DeveloperName, RecordTypeId FROM Account ORDER BY External_Id__c');
    expect((await org.rest('GET', `query?q=${q}`)).body).toMatchObject({
      records: [
        { RecordType: { DeveloperName: 'Supplier' }, RecordTypeId: await idOf('Account', 'Supplier') },
        { RecordType: { DeveloperName: 'Business_Customer' } },
      ],
    });
  });

  it('can be looked up by query, as clients do that know their names', async () => {
    const q = encodeURIComponent(
      "SELECT Id FROM RecordType WHERE SobjectType = 'Machine__c' AND DeveloperName = 'Lathe'",
    );
    const { body } = await org.rest('GET', `query?q=${q}`);
    expect(body).toMatchObject({ totalSize: 1, records: [{ Id: await idOf('Machine__c', 'Lathe') }] });
  });

  it.each([
    ['of another object', () => idOf('Machine__c', 'Lathe')],
    ['that is not active', () => idOf('Account', 'Former')],
    ['that does not exist', async () => '012000000000999AAA'],
  ])('refuse a type %s', async (_name, type) => {
    const RecordTypeId = await type();
    expect(await org.rest('POST', 'sobjects/Account', { Name: 'x', RecordTypeId })).toMatchObject({
      status: 400,
      body: [
        {
          errorCode: 'INVALID_CROSS_REFERENCE_KEY',
          message: `Record Type ID: this ID value isn't valid for the user: ${RecordTypeId}`,
          fields: ['RecordTypeId'],
        },
      ],
    });
  });
});
