import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestOrg, type TestOrg } from './support.ts';

let org: TestOrg;
beforeAll(async () => {
  org = await startTestOrg({
    seed: {
      objects: [
        {
          name: 'Machine__c',
          label: 'Machine',
          nameField: { type: 'autonumber', format: 'M-{0000}' },
          fields: [
            { name: 'Serial__c', type: 'text', length: 20, externalId: true, unique: true },
            { name: 'Kind__c', type: 'picklist', values: ['Press', 'Lathe'], restricted: true },
            { name: 'Kinds__c', type: 'multipicklist', values: ['a', 'b'], restricted: true },
            { name: 'Speed__c', type: 'number', precision: 5, scale: 2 },
            { name: 'Starts__c', type: 'time' },
            { name: 'Account__c', type: 'lookup', referenceTo: 'Account' },
          ],
        },
        { name: 'Part__c', fields: [{ name: 'Machine__c', type: 'masterdetail', referenceTo: 'Machine__c' }] },
      ],
      changeEvents: ['Case'],
    },
  });
});
afterAll(() => org.close());

async function create(object: string, record: object): Promise<string> {
  const { body, status } = await org.rest('POST', `sobjects/${object}`, record);
  if (status !== 201) throw new Error(JSON.stringify(body));
  return (body as { id: string }).id;
}

describe('standard objects', () => {
  it.each([
    'Account',
    'Campaign',
    'Case',
    'Contact',
    'Lead',
    'Opportunity',
    'Order',
    'OrderItem',
    'Organization',
    'Pricebook2',
    'Profile',
    'PricebookEntry',
    'Product2',
    'PushTopic',
    'StreamingChannel',
    'Task',
    'User',
  ])('describes %s', async (name) => {
    const { status, body } = await org.rest('GET', `sobjects/${name}/describe`);
    expect(status).toBe(200);
    const { fields } = body as { fields: Record<string, unknown>[] };
    for (const field of fields) expect(Object.keys(field)).toHaveLength(57);
  });

  it('takes cases and tasks with their defaults, and orders with their lines', async () => {
    const first = (await org.rest('GET', `sobjects/Case/${await create('Case', { Subject: 's' })}`)).body;
    expect(first).toMatchObject({ CaseNumber: '00000001', Status: 'New', Priority: 'Medium' });
    const closed = await create('Case', { Subject: 's', Status: 'Closed' });
    expect((await org.rest('GET', `sobjects/Case/${closed}`)).body).toMatchObject({
      IsClosed: true,
      ClosedDate: expect.stringMatching(/\+0000$/),
    });
    const won = { Name: 'o', StageName: 'Closed Won', CloseDate: '2026-01-01', Amount: 200, Probability: 50 };
    expect((await org.rest('GET', `sobjects/Opportunity/${await create('Opportunity', won)}`)).body).toMatchObject({
      IsClosed: true,
      IsWon: true,
      ExpectedRevenue: 100,
    });
    const contact = await create('Contact', { LastName: 'c' });
    const task = await org.rest('GET', `sobjects/Task/${await create('Task', { WhoId: contact })}`);
    expect(task.body).toMatchObject({ Status: 'Not Started', WhoId: contact });
    expect(await org.rest('POST', 'sobjects/Order', {})).toMatchObject({
      body: [{ errorCode: 'REQUIRED_FIELD_MISSING', fields: ['EffectiveDate', 'Status'] }],
    });
    const order = await create('Order', { EffectiveDate: '2026-01-01', Status: 'Draft' });
    const product = await create('Product2', { Name: 'p' });
    const entry = { Product2Id: product, Pricebook2: { External_Id__c: 'standard' }, UnitPrice: 1 };
    const line = { OrderId: order, PricebookEntryId: await create('PricebookEntry', entry), Quantity: 1, UnitPrice: 1 };
    const id = await create('OrderItem', line);
    expect((await org.rest('GET', `sobjects/OrderItem/${id}`)).body).toMatchObject({ OrderItemNumber: '0000000001' });
  });
});

describe('what tools ask about the org itself', () => {
  it.each([
    'SELECT Name, InstanceName, IsSandbox, TrialExpirationDate, NamespacePrefix FROM Organization',
    "SELECT Id, Username, Profile.Name FROM User WHERE Profile.Name = 'System Administrator'",
  ])('%s', async (text) => {
    expect((await org.rest('GET', `query?q=${encodeURIComponent(text)}`)).body).toMatchObject({ totalSize: 1 });
  });
});

describe('custom objects', () => {
  it('are described, numbered, upserted and queried like others', async () => {
    const { body } = await org.rest('GET', 'sobjects/Machine__c/describe');
    expect(body).toMatchObject({ custom: true, keyPrefix: 'a00', label: 'Machine', labelPlural: 'Machines' });
    const path = 'sobjects/Machine__c/Serial__c/S-1';
    expect((await org.rest('PATCH', path, { Kind__c: 'press', Speed__c: '1.5' })).status).toBe(201);
    expect((await org.rest('GET', path)).body).toMatchObject({ Name: 'M-0001', Kind__c: 'Press', Speed__c: 1.5 });
    const q = encodeURIComponent("SELECT Name FROM Machine__c WHERE Serial__c = 's-1'");
    expect((await org.rest('GET', `query?q=${q}`)).body).toMatchObject({ totalSize: 1 });
  });

  it('take their details along when they go', async () => {
    expect(await org.rest('POST', 'sobjects/Part__c', {})).toMatchObject({
      body: [{ errorCode: 'REQUIRED_FIELD_MISSING', fields: ['Machine__c'] }],
    });
    const machine = await create('Machine__c', { Serial__c: 'S-2' });
    const part = await create('Part__c', { Machine__r: { Serial__c: 'S-2' } });
    expect((await org.rest('GET', `sobjects/Part__c/${part}`)).body).toMatchObject({ Name: part, Machine__c: machine });
    await org.rest('DELETE', `sobjects/Machine__c/${machine}`);
    expect((await org.rest('GET', `sobjects/Part__c/${part}`)).status).toBe(404);
  });

  it.each([
    ['Kind__c', 'Saw', 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', 'Kind: bad value for restricted picklist field: Saw'],
    ['Kinds__c', 'a;x', 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', 'Kinds: bad value for restricted picklist field: x'],
    ['Speed__c', 12_345, 'NUMBER_OUTSIDE_VALID_RANGE', 'Speed: value outside of valid range on numeric field: 12345'],
    ['Serial__c', 'x'.repeat(21), 'STRING_TOO_LONG', `Serial: data value too large: ${'x'.repeat(21)} (max length=20)`],
    ['Starts__c', 'noon', 'JSON_PARSER_ERROR', 'Cannot deserialize instance of time from VALUE_STRING value noon'],
    ['Account__c', 'x', 'MALFORMED_ID', 'Account: id value of incorrect type: x'],
    ['Name', 'x', 'INVALID_FIELD_FOR_INSERT_UPDATE', 'Unable to create/update fields: Name.'],
    ['Nope__c', 'x', 'INVALID_FIELD', "No such column 'Nope__c' on sobject of type Machine__c"],
  ])('refuse %s = %j', async (field, value, errorCode, message) => {
    const { status, body } = await org.rest('POST', 'sobjects/Machine__c', { [field]: value });
    expect([status, body]).toMatchObject([400, [{ errorCode, message: expect.stringContaining(message) }]]);
  });
});
