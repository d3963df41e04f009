import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, startTestOrg, type TestOrg } from './support.ts';

let org: TestOrg;
beforeAll(async () => {
  org = await startTestOrg();
});
afterAll(() => org.close());

async function create(object: string, record: object): Promise<string> {
  const { body, status } = await org.rest('POST', `sobjects/${object}`, record);
  if (status !== 201) throw new Error(JSON.stringify(body));
  return (body as { id: string }).id;
}

async function standardBook(): Promise<string> {
  const { body } = await org.rest('GET', 'sobjects/Pricebook2/External_Id__c/standard');
  return (body as { Id: string }).Id;
}

describe('discovery', () => {
  it('lists versions without a session, with their release', async () => {
    const { body, headers } = await call(`${org.instanceUrl}/services/data/`, 'GET');
    const versions = body as { label: string; version: string }[];
    expect(versions.at(-1)).toEqual({ label: "Spring '26", url: '/services/data/v66.0', version: '66.0' });
    expect(versions[0]).toMatchObject({ label: "Summer '14", version: '31.0' });
    expect(headers.get('sforce-limit-info')).toBeNull();
  });

  it('names its usage on authenticated answers', async () => {
    const { headers } = await org.rest('GET', 'sobjects');
    expect(headers.get('sforce-limit-info')).toMatch(/^api-usage=\d+\/100000$/);
  });

  it('describes an object in any case, with the rules of its fields', async () => {
    const { body } = await org.rest('GET', 'sobjects/pricebookentry/describe');
    const { name, fields } = body as { name: string; fields: Record<string, unknown>[] };
    const field = (wanted: string) => fields.find((candidate) => candidate['name'] === wanted);
    expect(name).toBe('PricebookEntry');
    expect(field('Product2Id')).toMatchObject({ createable: true, updateable: false, nillable: false });
    expect(field('ErpKey__c')).toMatchObject({ externalId: true, unique: true, length: 80, byteLength: 240 });
    expect(Object.keys(field('UnitPrice') ?? {})).toHaveLength(57);
  });

  it.each([
    ['an unknown object', 'sobjects/Nope/describe', 404, 'NOT_FOUND'],
    ['an unknown resource', 'nope/nothing', 404, 'NOT_FOUND'],
    ['an unknown path', '/nope', 404, 'NOT_FOUND'],
    ['a retired version', '/services/data/v30.0/sobjects', 410, 'GONE'],
    ['a version to come', '/services/data/v99.0/sobjects', 404, 'NOT_FOUND'],
  ])('refuses %s', async (_name, path, status, errorCode) => {
    const answer = await org.rest('GET', path);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject([{ errorCode }]);
  });

  it('survives a body that is not JSON', async () => {
    const answer = await org.rest('POST', 'sobjects/Account', '{"Name": ');
    expect(answer).toMatchObject({ status: 400, body: [{ errorCode: 'JSON_PARSER_ERROR' }] });
  });
});

describe('requests that make no sense', () => {
  it.each([
    ['POST', 'composite', { compositeRequest: [null] }, 400],
    ['POST', 'composite/batch', { batchRequests: [null] }, 200],
    ['POST', 'composite/sobjects', { records: [null] }, 400],
    ['POST', 'composite/sobjects', { records: [{ attributes: null }] }, 400],
    ['POST', 'composite/sobjects', 'null', 400],
    ['PATCH', 'composite/sobjects/Product2/External_Id__c', { records: [{ External_Id__c: {}, Name: 'x' }] }, 400],
    ['POST', 'sobjects/Contact', { LastName: 'a', Account: [] }, 400],
    ['GET', 'sobjects/Account/%ZZ', undefined, 404],
    ['PUT', 'sobjects/Account', {}, 405],
    ['GET', 'query', undefined, 400],
  ])('%s %s %j is answered with %d, never as a defect', async (method, path, body, status) => {
    const answer = await org.rest(method, path, body);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).not.toContain('UNKNOWN_EXCEPTION');
  });
});

describe('single records', () => {
  it('creates, reads, updates and deletes', async () => {
    const created = await org.rest('POST', 'sobjects/Account', { Name: 'Acme', BillingCity: 'Berlin' });
    const { id } = created.body as { id: string };
    expect(created).toMatchObject({ status: 201, body: { success: true, errors: [] } });
    expect(created.headers.get('location')).toBe(`/services/data/v66.0/sobjects/Account/${id}`);
    const read = await org.rest('GET', `sobjects/Account/${id.slice(0, 15)}`);
    expect(read.body).toMatchObject({ Id: id, Name: 'Acme', BillingAddress: { city: 'Berlin', street: null } });
    expect((read.body as { CreatedDate: string }).CreatedDate).toMatch(/\.000\+0000$/);
    expect((await org.rest('PATCH', `sobjects/Account/${id}`, { BillingCity: null })).status).toBe(204);
    expect((await org.rest('GET', `sobjects/Account/${id}?fields=BillingCity`)).body).toMatchObject({
      BillingCity: null,
    });
    expect((await org.rest('DELETE', `sobjects/Account/${id}`)).status).toBe(204);
    expect(await org.rest('DELETE', `sobjects/Account/${id}`)).toMatchObject({
      status: 404,
      body: [{ errorCode: 'ENTITY_IS_DELETED', message: 'entity is deleted' }],
    });
    expect(await org.rest('PATCH', `sobjects/Account/${id}`, { Name: 'x' })).toMatchObject({ status: 404 });
    expect(await org.rest('GET', `sobjects/Account/${id}`)).toMatchObject({ body: [{ errorCode: 'NOT_FOUND' }] });
  });

  it.each([
    ['Lead', {}, 'REQUIRED_FIELD_MISSING', 'Required fields are missing: [LastName, Company]', ['LastName', 'Company']],
    [
      'PushTopic',
      { Name: 'A'.repeat(26), Query: 'SELECT Id, Name FROM Account', ApiVersion: 60 },
      'STRING_TOO_LONG',
      `Topic Name: data value too large: ${'A'.repeat(26)} (max length=25)`,
      ['Name'],
    ],
    ['Account', { Foo: 1 }, 'INVALID_FIELD', "No such column 'Foo' on sobject of type Account", undefined],
    [
      'Account',
      { Name: 'a', CreatedDate: '2020-01-01T00:00:00Z' },
      'INVALID_FIELD_FOR_INSERT_UPDATE',
      'Unable to create/update fields: CreatedDate. Please check the security settings of this field and verify that it is read/write for your profile or permission set.',
      ['CreatedDate'],
    ],
    [
      'Account',
      { Name: 'a', OwnerId: 'NOPE' },
      'MALFORMED_ID',
      'Owner ID: id value of incorrect type: NOPE',
      ['OwnerId'],
    ],
    ['Contact', { LastName: 'a', Email: 'x' }, 'INVALID_EMAIL_ADDRESS', 'Email: invalid email address: x', ['Email']],
    [
      'Account',
      { Name: 'a', NumberOfEmployees: 1431655766 },
      'NUMBER_OUTSIDE_VALID_RANGE',
      'Employees: value outside of valid range on numeric field: 1431655766',
      ['NumberOfEmployees'],
    ],
    [
      'Contact',
      { LastName: 'a', Account: { External_Id__c: 'none' } },
      'INVALID_FIELD',
      'Foreign key external ID: none not found for field External_Id__c in entity Account',
      [],
    ],
    [
      'Account',
      { Id: 'x', Name: 'a' },
      'INVALID_FIELD',
      'The Id field should not be specified in the sobject data.',
      ['Id'],
    ],
  ])('refuses a %s of %j', async (object, record, errorCode, message, fields) => {
    const answer = await org.rest('POST', `sobjects/${object}`, record);
    const expected = fields === undefined ? { errorCode, message } : { errorCode, message, fields };
    expect(answer).toMatchObject({ status: 400, body: [expected] });
  });

  it('names the place of a value that has the wrong JSON type', async () => {
    const answer = await org.rest('POST', 'sobjects/Contact', { LastName: 'a', Birthdate: 'soon' });
    const message =
      'Cannot deserialize instance of date from VALUE_STRING value soon or request may be missing a required field at [line:1, column:29]';
    expect(answer).toMatchObject({ status: 400, body: [{ errorCode: 'JSON_PARSER_ERROR', message }] });
  });

  it('upserts by external ID: 201, 200, 404 and 300', async () => {
    const path = 'sobjects/Product2/External_Id__c/P%2F1';
    expect(await org.rest('PATCH', `${path}?updateOnly=true`, { Name: 'One' })).toMatchObject({ status: 404 });
    expect(await org.rest('PATCH', path, { Name: 'One' })).toMatchObject({ status: 201, body: { created: true } });
    expect(await org.rest('PATCH', path, { Name: 'Two' })).toMatchObject({ status: 200, body: { created: false } });
    expect((await org.rest('PATCH', path.replace('P%2F1', 'p%2F1'), { Name: 'Two' })).status).toBe(200);
    await create('Contact', { LastName: 'a', Email: 'twin@example.org' });
    await create('Contact', { LastName: 'b', Email: 'twin@example.org' });
    const several = await org.rest('PATCH', 'sobjects/Contact/Email/twin@example.org', { LastName: 'c' });
    expect(several.status).toBe(300);
    expect(several.body).toHaveLength(2);
    expect(await org.rest('PATCH', 'sobjects/Product2/Nope__c/1', { Name: 'x' })).toMatchObject({
      status: 404,
      body: [{ message: 'Provided external ID field does not exist or is not accessible: Nope__c' }],
    });
  });

  it('keeps unique values unique in any case', async () => {
    const id = await create('Account', { Name: 'a', External_Id__c: 'Key' });
    const answer = await org.rest('POST', 'sobjects/Account', { Name: 'b', External_Id__c: 'KEY' });
    const message = `duplicate value found: External_Id__c duplicates value on record with id: ${id.slice(0, 15)}`;
    expect(answer).toMatchObject({ status: 400, body: [{ errorCode: 'DUPLICATE_VALUE', message }] });
  });
});

describe('price book entries', () => {
  it('follow the rules of the platform', async () => {
    const standard = await standardBook();
    const product = await create('Product2', { Name: 'Rules', IsActive: true, External_Id__c: 'rules' });
    const custom = await create('Pricebook2', { Name: 'Custom', External_Id__c: 'custom' });
    const entry = { Product2Id: product, UnitPrice: 5, IsActive: true };
    expect(await org.rest('POST', 'sobjects/PricebookEntry', { ...entry, Pricebook2Id: custom })).toMatchObject({
      body: [{ errorCode: 'STANDARD_PRICE_NOT_DEFINED' }],
    });
    expect(await org.rest('POST', 'sobjects/PricebookEntry', { ErpKey__c: 'k' })).toMatchObject({
      body: [{ errorCode: 'REQUIRED_FIELD_MISSING', fields: ['Pricebook2Id', 'Product2Id', 'UnitPrice'] }],
    });
    const id = await create('PricebookEntry', { ...entry, Pricebook2Id: standard, ErpKey__c: 'rules-1' });
    expect((await org.rest('GET', `sobjects/PricebookEntry/${id}`)).body).toMatchObject({ Name: 'Rules' });
    expect(await org.rest('POST', 'sobjects/PricebookEntry', { ...entry, Pricebook2Id: standard })).toMatchObject({
      body: [{ errorCode: 'DUPLICATE_VALUE', message: 'This price definition already exists in this price book' }],
    });
    const upsert = 'sobjects/PricebookEntry/ErpKey__c/rules-1';
    expect(await org.rest('PATCH', upsert, { ...entry, Pricebook2Id: standard })).toMatchObject({
      status: 400,
      body: [{ errorCode: 'INVALID_FIELD_FOR_INSERT_UPDATE', fields: ['Product2Id', 'Pricebook2Id'] }],
    });
    expect((await org.rest('PATCH', upsert, { UnitPrice: 6.25 })).status).toBe(200);
    await create('PricebookEntry', {
      Product2Id: product,
      Pricebook2Id: custom,
      UseStandardPrice: true,
      ErpKey__c: 'c',
    });
    const follower = 'sobjects/PricebookEntry/ErpKey__c/c';
    expect((await org.rest('GET', follower)).body).toMatchObject({ UnitPrice: 6.25 });
    expect(await org.rest('PATCH', follower, { UnitPrice: 7 })).toMatchObject({
      status: 400,
      body: [{ errorCode: 'FIELD_INTEGRITY_EXCEPTION', fields: ['UnitPrice'] }],
    });
    expect((await org.rest('PATCH', follower, { UnitPrice: 7, UseStandardPrice: false })).status).toBe(200);
  });

  it('go to the recycle bin with their product', async () => {
    const product = await create('Product2', { Name: 'Gone', External_Id__c: 'gone' });
    const entry = { Product2: { External_Id__c: 'gone' }, Pricebook2: { External_Id__c: 'standard' }, UnitPrice: 1 };
    const id = await create('PricebookEntry', entry);
    await org.rest('DELETE', `sobjects/Product2/${product}`);
    expect((await org.rest('GET', `sobjects/PricebookEntry/${id}`)).status).toBe(404);
    const q = encodeURIComponent(`SELECT Id, IsDeleted FROM PricebookEntry WHERE Id = '${id}'`);
    expect((await org.rest('GET', `query?q=${q}`)).body).toMatchObject({ totalSize: 0 });
    expect((await org.rest('GET', `queryAll?q=${q}`)).body).toMatchObject({ records: [{ IsDeleted: true }] });
    expect(org.control.changeRows({ undelete: [product] }).undelete).toEqual([{ id: product, success: true }]);
    expect((await org.rest('GET', `sobjects/Product2/${product}`)).status).toBe(200);
    expect((await org.rest('GET', `sobjects/PricebookEntry/${id}`)).status).toBe(200);
  });
});
