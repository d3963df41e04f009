import { describe, expect, it } from 'vitest';
import type { ObjectDefinition } from '../../../../../local/org/store/definitions.ts';
import { missingOnCreate, readRecord } from '../../../../../local/org/store/read-record.ts';
import { createSchema } from '../../../../../local/org/store/schema.ts';

const schema = createSchema();
function find(name: string): ObjectDefinition {
  const object = schema.find(name);
  if (object === undefined) throw new Error(name);
  return object;
}
const named = (request: ReturnType<typeof readRecord>) =>
  Object.fromEntries([...request.values].map(([field, value]) => [field.name, value]));

describe('readRecord', () => {
  it('finds fields in any case and leaves out attributes and Id', () => {
    const request = readRecord(find('account'), { attributes: {}, id: 'x', NAME: 'a', phone: '1' }, 'create');
    expect(named(request)).toEqual({ Name: 'a', Phone: '1' });
    expect(request.errors).toEqual([]);
  });

  it('takes create-only fields on create and lists all of them on update', () => {
    const record = { Product2: { External_Id__c: 'P' }, Pricebook2Id: '01sHn0000000001AAA', UnitPrice: 1 };
    expect(readRecord(find('PricebookEntry'), record, 'create').parents).toMatchObject([
      { keyField: 'External_Id__c', keyValue: 'P', type: undefined },
    ]);
    expect(readRecord(find('PricebookEntry'), record, 'update').errors).toMatchObject([
      { statusCode: 'INVALID_FIELD_FOR_INSERT_UPDATE', fields: ['Product2Id', 'Pricebook2Id'] },
    ]);
  });

  it.each([
    ['Contact', { Name: 'a' }, 'Name'],
    ['Account', { BillingAddress: {} }, 'BillingAddress'],
    ['Account', { CreatedDate: null }, 'CreatedDate'],
  ])('refuses to write a read-only field of %s: %j', (object, record, field) => {
    expect(readRecord(find(object), record, 'create').errors).toMatchObject([
      { statusCode: 'INVALID_FIELD_FOR_INSERT_UPDATE', fields: [field] },
    ]);
  });

  it('reports columns that do not exist apart from errors', () => {
    const request = readRecord(find('Account'), { Foo: 1, Parent: 'text' }, 'create');
    expect(request.unknownFields).toEqual(['Foo', 'Parent']);
  });

  it('clears a reference by a null parent and wants exactly one key of a parent', () => {
    expect(named(readRecord(find('Contact'), { Account: null }, 'update'))).toEqual({ AccountId: null });
    const request = readRecord(find('Contact'), { Account: { Name: 'a', External_Id__c: 'b' } }, 'update');
    expect(request.errors).toMatchObject([{ statusCode: 'INVALID_FIELD' }]);
  });
});

describe('missingOnCreate', () => {
  it.each([
    ['Account', ['Name']],
    ['Contact', ['LastName']],
    ['Lead', ['LastName', 'Company']],
    ['PricebookEntry', ['Pricebook2Id', 'Product2Id', 'UnitPrice']],
    ['PushTopic', ['Name', 'Query', 'ApiVersion']],
  ])('%s needs %j', (object, fields) => {
    expect(missingOnCreate(find(object), () => false)).toEqual(fields);
  });
});
