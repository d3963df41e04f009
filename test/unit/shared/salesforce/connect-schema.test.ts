import { describe, expect, it } from 'vitest';
import { BridgeError } from '../../../../shared/errors/bridge-error.ts';
import { type ConnectSchemaJson, toConnectSchema } from '../../../../shared/salesforce/connect-schema.ts';
import { createConnectSchemas } from '../../../../shared/salesforce/connect-schemas.ts';
import type { ObjectDescribe } from '../../../../shared/salesforce/describe.ts';
import { createDescribeCache } from '../../../../shared/salesforce/describe-cache.ts';
import { parseExact } from '../../../../shared/salesforce/exact-json.ts';
import { describeObject } from '../../../fixtures/model-org.ts';

const lead = describeObject('Lead', {
  LastName: {},
  Description: { type: 'textarea' },
  IsConverted: { type: 'boolean' },
  NumberOfEmployees: { type: 'int' },
  Weight__c: { type: 'double' },
  AnnualRevenue: { type: 'currency' },
  Discount__c: { type: 'percent' },
  Birthday__c: { type: 'date' },
  CreatedDate: { type: 'datetime' },
  Opens__c: { type: 'time' },
  Tags__c: { type: 'multipicklist' },
  OwnerId: { type: 'reference' },
  Address: { type: 'address' },
  Home__c: { type: 'location' },
  Name: {},
});
const schema = toConnectSchema(lead.name, lead.fields);
const valueSchema = JSON.parse(schema.valueSchema) as ConnectSchemaJson;
const typeOf = (name: string) => {
  const { field: _field, ...type } = valueSchema.fields?.find(({ field }) => field === name) ?? { field: '' };
  return type;
};
const encode = (json: string) => JSON.stringify(schema.encode(parseExact(json) as Record<string, unknown>));

describe('the schema of an object’s rows', () => {
  it('has every field of the describe, and the two that every record has', () => {
    expect(valueSchema).toMatchObject({ type: 'struct', optional: false, name: 'io.confluent.salesforce.Lead' });
    expect(valueSchema.fields?.map(({ field }) => field)).toEqual([
      ...lead.fields.map(({ name }) => name),
      '_ObjectType',
      '_EventType',
    ]);
  });

  it('keys a row by a struct with its Id', () => {
    expect(JSON.parse(schema.keySchema)).toEqual({
      type: 'struct',
      fields: [{ type: 'string', optional: false, field: 'Id' }],
      optional: false,
      name: 'io.confluent.salesforce.LeadKey',
    });
  });

  it.each([
    ['LastName', 'string'],
    ['Description', 'string'],
    ['IsConverted', 'boolean'],
    ['NumberOfEmployees', 'int32'],
    ['Weight__c', 'double'],
    ['AnnualRevenue', 'string'],
    ['Discount__c', 'string'],
    ['Opens__c', 'string'],
    ['Tags__c', 'string'],
    ['OwnerId', 'string'],
  ])('says that %s may be absent, else is a %s', (name, type) => {
    expect(typeOf(name)).toEqual({ type, optional: true });
  });

  // https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/field_types.htm
  it.each(
    ['address', 'anyType', 'base64', 'boolean', 'combobox', 'complexvalue', 'currency', 'date', 'datetime', 'double']
      .concat(['email', 'encryptedstring', 'id', 'int', 'location', 'long', 'multipicklist', 'percent', 'phone'])
      .concat(['picklist', 'reference', 'string', 'textarea', 'time', 'url', 'json']),
  )('takes fields of type %s, which no object lacks for ever', (type) => {
    const made = toConnectSchema('Any', [{ name: 'Field__c', type }]);
    expect(JSON.parse(made.valueSchema)).toMatchObject({ fields: [{ field: 'Field__c' }, {}, {}] });
    expect(made.encode({ Field__c: null })).toEqual({ Field__c: null });
  });

  it('has logical types for dates and times, and child structs for addresses', () => {
    const logical = { optional: true, version: 1 };
    expect(typeOf('CreatedDate')).toEqual({
      ...logical,
      type: 'int64',
      name: 'org.apache.kafka.connect.data.Timestamp',
    });
    expect(typeOf('Birthday__c')).toEqual({ ...logical, type: 'int32', name: 'org.apache.kafka.connect.data.Date' });
    expect(typeOf('Address')).toMatchObject({
      type: 'struct',
      optional: true,
      name: 'io.confluent.salesforce.Address',
    });
    expect(valueSchema.fields?.find(({ field }) => field === 'Address')?.fields).toHaveLength(10);
  });
});

describe('a row in the types of its schema', () => {
  it('keeps every moment to the millisecond', () => {
    expect(encode('{"CreatedDate":"2016-08-15T22:07:59.192Z","Birthday__c":"2016-02-29"}')).toBe(
      '{"Birthday__c":16860,"CreatedDate":1471298879192}',
    );
    expect(encode('{"CreatedDate":"2011-07-07T00:37:00.000+0000"}')).toBe('{"CreatedDate":1309999020000}');
  });

  it('writes amounts as texts with every digit', () => {
    expect(encode('{"AnnualRevenue":1200.5,"Discount__c":10}')).toBe('{"AnnualRevenue":"1200.5","Discount__c":"10"}');
    expect(encode('{"AnnualRevenue":12345678901234567.89}')).toBe('{"AnnualRevenue":"12345678901234567.89"}');
  });

  it('keeps numbers, truth values, nulls and what is absent', () => {
    expect(encode('{"NumberOfEmployees":7,"Weight__c":1.25,"IsConverted":false,"LastName":null}')).toBe(
      '{"LastName":null,"IsConverted":false,"NumberOfEmployees":7,"Weight__c":1.25}',
    );
  });

  it('keeps addresses child objects, with their known parts', () => {
    expect(encode('{"Address":{"City":"London","Latitude":51.5,"Street":null,"Planet":"Earth"},"Home__c":null}')).toBe(
      '{"Address":{"Street":null,"Latitude":51.5,"City":"London"},"Home__c":null}',
    );
  });

  it('leaves out a person’s name in parts, which are fields of their own', () => {
    expect(encode('{"Name":{"LastName":"Lovelace"},"LastName":"Lovelace"}')).toBe('{"LastName":"Lovelace"}');
    expect(encode('{"Name":"Ada Lovelace"}')).toBe('{"Name":"Ada Lovelace"}');
  });

  it('refuses a value of another type, naming its field and never the value', () => {
    const refused = () => schema.encode({ CreatedDate: 'a secret' });
    expect(refused).toThrow(BridgeError);
    expect(refused).toThrow('Lead.CreatedDate holds a value that is no org.apache.kafka.connect.data.Timestamp');
    expect(refused).toThrow(expect.not.stringContaining('secret'));
  });
});

describe('schemas that follow the describes', () => {
  function setUp(described: ObjectDescribe) {
    const org = { described, asked: 0 };
    const describes = createDescribeCache({
      fetch: async () => {
        org.asked += 1;
        return { describe: org.described, lastModified: undefined };
      },
      now: () => 0,
      refreshAtMostEveryMs: 0,
    });
    return { org, schemas: createConnectSchemas(describes) };
  }
  const small = describeObject('Lead', { LastName: {} });

  it('know a field that an administrator just made', async () => {
    const { org, schemas } = setUp(small);
    await schemas.learn('Lead', { LastName: 'Lovelace' });
    org.described = describeObject('Lead', { LastName: {}, Born__c: { type: 'date' } });
    await schemas.learn('Lead', { Born__c: '1815-12-10' });
    expect(schemas.of('Lead')?.encode({ Born__c: '1815-12-10' })).toEqual({ Born__c: -56270 });
    expect(org.asked).toBe(2);
  });

  it('hold a field that no describe tells of yet, and take its type over when one does', async () => {
    const { org, schemas } = setUp(small);
    await schemas.learn('Lead', { Born__c: '1815-12-10' });
    expect(schemas.of('Lead')?.encode({ Born__c: '1815-12-10' })).toEqual({ Born__c: '1815-12-10' });
    org.described = describeObject('Lead', { LastName: {}, Born__c: { type: 'date' } });
    await schemas.learn('Lead', { Other__c: 1 });
    expect(schemas.of('Lead')?.encode({ Born__c: '1815-12-10', Other__c: 1 })).toEqual({
      Born__c: -56270,
      Other__c: 1,
    });
  });

  it('are not made again as long as nothing changed', async () => {
    const { schemas } = setUp(small);
    await schemas.learn('Lead', { LastName: 'Lovelace' });
    const before = schemas.of('Lead');
    await schemas.learn('Lead', { LastName: 'Byron' });
    expect(schemas.of('Lead')).toBe(before);
  });
});
