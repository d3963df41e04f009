import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RowOperation } from '../../../../shared/bridge/row-operation.ts';
import { createRowNormaliser, type NormaliseSettings } from '../../../../shared/salesforce/normalise-row.ts';
import { describeObject } from '../../../fixtures/model-org.ts';

const readOnly = { createable: false, updateable: false };
const part = (compoundFieldName: string, more: object = {}) => ({ compoundFieldName, ...more });
const contact = describeObject('Contact', {
  Id: { type: 'id', ...readOnly },
  ErpKey__c: { externalId: true, idLookup: true },
  Name: { ...readOnly },
  FirstName: part('Name'),
  LastName: part('Name', { nillable: false }),
  MailingAddress: { type: 'address', ...readOnly },
  MailingStreet: { type: 'textarea', length: 255, ...part('MailingAddress') },
  MailingCity: part('MailingAddress', { length: 40 }),
  MailingLatitude: part('MailingAddress', { type: 'double' }),
  Home__c: { type: 'location', ...readOnly },
  Home__Latitude__s: part('Home__c', { type: 'double' }),
  Home__Longitude__s: part('Home__c', { type: 'double' }),
  Birthdate: { type: 'date' },
  DoNotCall: { type: 'boolean' },
  AccountId: { type: 'reference', referenceTo: ['Account'], relationshipName: 'Account' },
  Boss__c: { type: 'reference', referenceTo: ['Contact'], relationshipName: 'Boss__r' },
  OwnerId: { type: 'reference', referenceTo: ['Group', 'User'], relationshipName: 'Owner' },
  CreatedDate: { type: 'datetime', ...readOnly },
  Origin__c: { updateable: false },
});

const defaults: NormaliseSettings = {
  nulls: 'clear',
  unknownFields: 'reject',
  ignoreFields: [],
  ignoreReferences: false,
  externalId: 'ErpKey__c',
};
const normalise = (fields: object, settings: Partial<NormaliseSettings> = {}, operation: RowOperation = 'upsert') =>
  createRowNormaliser(contact, { ...defaults, ...settings }).normalise(fields as Record<string, unknown>, operation);
const fieldsOf = (...call: Parameters<typeof normalise>) => {
  const row = normalise(...call);
  return row.kind === 'row' ? row.fields : row;
};

describe('names', () => {
  it.each([
    ['any case', { lastname: 'Ng', ERPKEY__C: 'x' }, { LastName: 'Ng', ErpKey__c: 'x' }],
    [
      'without what is ours',
      { _ObjectType: 'Contact', attributes: { type: 'Contact' }, LastName: 'Ng' },
      { LastName: 'Ng' },
    ],
    ['absent ones stay absent', { LastName: undefined }, {}],
  ])('%s', (_, given, expected) => {
    expect(fieldsOf(given)).toEqual(expected);
  });

  it('that are unknown reject the record, drop the field or fail the batch', () => {
    expect(normalise({ Nonsense__c: 1, Other: 2 })).toMatchObject({
      kind: 'unknown',
      fields: ['Nonsense__c', 'Other'],
      error: { code: 'SKB_ROW_REJECTED', message: 'Row of Contact: No such field: Nonsense__c, Other' },
    });
    expect(normalise({ Nonsense__c: 1, LastName: 'Ng' }, { unknownFields: 'drop' })).toEqual({
      kind: 'row',
      fields: { LastName: 'Ng' },
      dropped: ['Nonsense__c'],
    });
    expect(normalise({ Nonsense__c: 1 }, { unknownFields: 'fail' }).kind).toBe('unknown');
  });

  it('of read-only fields reject the record, or are dropped with the unknown ones', () => {
    expect(normalise({ CreatedDate: '2026-01-01', Id: '003' })).toMatchObject({
      kind: 'rejected',
      error: { context: { fields: ['CreatedDate', 'Id'], salesforceCode: 'INVALID_FIELD_FOR_INSERT_UPDATE' } },
    });
    expect(normalise({ CreatedDate: '2026-01-01', Id: '003' }, { unknownFields: 'drop' })).toMatchObject({
      kind: 'row',
      fields: {},
      dropped: ['CreatedDate', 'Id'],
    });
  });
});

describe('null and empty', () => {
  it.each([
    ['clear', { LastName: null, Birthdate: '', Account: null }, { LastName: null, Birthdate: null, AccountId: null }],
    ['keep', { LastName: null, Birthdate: '', Account: null, DoNotCall: false }, { DoNotCall: false }],
  ] as const)('%s', (nulls, given, expected) => {
    expect(fieldsOf(given, { nulls })).toEqual(expected);
  });
});

describe('compounds', () => {
  it.each([
    [
      'child objects become parts',
      { MailingAddress: { City: 'Ulm', street: 'A 1', latitude: '48.4' } },
      { MailingCity: 'Ulm', MailingStreet: 'A 1', MailingLatitude: 48.4 },
    ],
    [
      'custom locations too',
      { Home__c: { latitude: 1, longitude: 2 } },
      { Home__Latitude__s: 1, Home__Longitude__s: 2 },
    ],
    ['and names', { Name: { FirstName: 'Ada', LastName: 'Ng' } }, { FirstName: 'Ada', LastName: 'Ng' }],
    ['a cleared compound clears its parts', { Home__c: null }, { Home__Latitude__s: null, Home__Longitude__s: null }],
    ['parts by their own names win', { MailingCity: 'Bonn', MailingAddress: { City: 'Ulm' } }, { MailingCity: 'Bonn' }],
    ['wherever they stand', { MailingAddress: { City: 'Ulm' }, MailingCity: 'Bonn' }, { MailingCity: 'Bonn' }],
  ])('%s', (_, given, expected) => {
    expect(fieldsOf(given)).toEqual(expected);
  });

  it('as text are read-only', () => {
    expect(normalise({ Name: 'Ada Ng' }).kind).toBe('rejected');
    expect(fieldsOf({ Name: 'Ada Ng' }, { unknownFields: 'drop' })).toEqual({});
  });
});

describe('references', () => {
  it.each([
    ['by Id', { accountid: '001000000000001AAA' }, { AccountId: '001000000000001AAA' }],
    ['by external ID, nested', { account: { ErpKey__c: 'A-1' } }, { Account: { ErpKey__c: 'A-1' } }],
    ['by external ID, flat', { 'Account.ErpKey__c': 'A-1' }, { Account: { ErpKey__c: 'A-1' } }],
    ['of a custom field', { Boss__r: { ErpKey__c: 7 } }, { Boss__r: { ErpKey__c: 7 } }],
    ['nested by Id', { Account: { Id: '001000000000001AAA' } }, { AccountId: '001000000000001AAA' }],
    [
      'polymorphic, nested',
      { Owner: { attributes: { type: 'user' }, Key__c: 'u' } },
      { Owner: { attributes: { type: 'User' }, Key__c: 'u' } },
    ],
    ['polymorphic, flat', { 'User:Owner.Key__c': 'u' }, { Owner: { attributes: { type: 'User' }, Key__c: 'u' } }],
    [
      'both: the external ID wins',
      { Account: { ErpKey__c: 'A-1' }, AccountId: '001' },
      { Account: { ErpKey__c: 'A-1' } },
    ],
    [
      'both: the Id wins over no external ID, wherever it stands',
      { AccountId: '001000000000001AAA', Account: { ErpKey__c: null } },
      { AccountId: '001000000000001AAA' },
    ],
    ['and before it', { Account: null, AccountId: '001000000000001AAA' }, { AccountId: '001000000000001AAA' }],
    ['cleared', { Boss__r: { ErpKey__c: null } }, { Boss__c: null }],
    ['cleared, flat', { 'Account.ErpKey__c': '' }, { AccountId: null }],
  ])('%s', (_, given, expected) => {
    expect(fieldsOf(given)).toEqual(expected);
  });

  it.each([
    ['two keys', { Account: { ErpKey__c: 'a', Other__c: 'b' } }],
    ['no key', { Account: {} }],
    ['no type where several objects are possible', { Owner: { Key__c: 'u' } }],
    ['a type it cannot have', { Owner: { attributes: { type: 'Account' }, Key__c: 'u' } }],
    ['a key with members', { Account: { ErpKey__c: { a: 1 } } }],
  ])('with %s are refused', (_, given) => {
    expect(normalise(given)).toMatchObject({
      kind: 'rejected',
      error: { context: { salesforceCode: 'INVALID_FIELD' } },
    });
  });

  it('are checked against the parent where its describe is at hand', () => {
    const account = describeObject('Account', { ErpKey__c: { externalId: true }, Phone: {} });
    const { normalise: check } = createRowNormaliser(contact, defaults, (object) =>
      object === 'Account' ? account : undefined,
    );
    expect(check({ Account: { erpkey__c: 7 } }, 'upsert')).toMatchObject({ fields: { Account: { ErpKey__c: '7' } } });
    expect(check({ Account: { Phone: '1' } }, 'upsert')).toMatchObject({ kind: 'rejected' });
  });
});

describe('what is ignored', () => {
  it.each<[Partial<NormaliseSettings>, object, object]>([
    [{ ignoreFields: ['firstname'] }, { FirstName: 'A', LastName: 'B' }, { LastName: 'B' }],
    [{ ignoreFields: ['Contact.FirstName'] }, { FirstName: 'A' }, {}],
    [{ ignoreFields: ['Lead.FirstName'] }, { FirstName: 'A' }, { FirstName: 'A' }],
    [{ ignoreFields: ['MailingAddress'] }, { MailingAddress: { City: 'U' }, MailingCity: 'U' }, {}],
    [{ ignoreFields: ['Nonsense__c', 'CreatedDate'] }, { Nonsense__c: 1, CreatedDate: 'x' }, {}],
    [{ ignoreReferences: true }, { AccountId: '001', Boss__r: { ErpKey__c: 'x' }, LastName: 'B' }, { LastName: 'B' }],
    [{ ignoreReferences: ['Account'] }, { AccountId: '001', Boss__c: '003' }, { Boss__c: '003' }],
    [{ ignoreReferences: ['accountid'] }, { 'Account.ErpKey__c': 'x' }, {}],
  ])('%j', (settings, given, expected) => {
    expect(fieldsOf(given, settings)).toEqual(expected);
  });
});

describe('operations', () => {
  it.each<[RowOperation, object, object]>([
    ['delete', { Id: '003', LastName: 'x', Nonsense: 1, ErpKey__c: 'k' }, { Id: '003', ErpKey__c: 'k' }],
    ['undelete', { Id: '003', LastName: 'x' }, { Id: '003' }],
    ['create', { LastName: 'x', Origin__c: 'erp' }, { LastName: 'x', Origin__c: 'erp' }],
    ['upsert', { ErpKey__c: 'k', Origin__c: 'erp' }, { ErpKey__c: 'k', Origin__c: 'erp' }],
  ])('%s takes what it may', (operation, given, expected) => {
    expect(fieldsOf(given, {}, operation)).toEqual(expected);
  });

  it('an update is found by Id and cannot set create-only fields', () => {
    expect(fieldsOf({ Id: '003', LastName: 'x' }, { externalId: undefined }, 'update')).toEqual({
      Id: '003',
      LastName: 'x',
    });
    expect(normalise({ Id: '003', Origin__c: 'erp' }, { externalId: undefined }, 'update').kind).toBe('rejected');
  });
});

it('names all places and rules of a bad row, never a value', () => {
  const row = normalise({ Birthdate: 'secret', MailingCity: 'secret'.repeat(10) });
  expect(row).toMatchObject({
    kind: 'rejected',
    error: {
      message:
        "Row of Contact: Birthdate must be a date such as '2026-03-31'; MailingCity has 60 characters, 40 is the limit",
      context: { fields: ['Birthdate', 'MailingCity'] },
    },
  });
});

const anyRow = fc.dictionary(
  fc.constantFrom(
    'lastname',
    'LastName',
    'Birthdate',
    'DoNotCall',
    'AccountId',
    'Account',
    'account.ErpKey__c',
    'MailingAddress',
    'MailingCity',
    'Nope',
  ),
  fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.constantFrom(null, true, 0, 20_543, '2026-03-31', { ErpKey__c: 'A' }, { City: 'Ulm' }, { Id: '001' }),
  ),
);

it('leaves alone what is in Salesforce’s form already', () => {
  fc.assert(
    fc.property(anyRow, fc.constantFrom('clear' as const, 'keep' as const), (given, nulls) => {
      const once = normalise(given, { nulls, unknownFields: 'drop' });
      if (once.kind !== 'row') return;
      expect(fieldsOf(once.fields, { nulls })).toEqual(once.fields);
    }),
  );
});
