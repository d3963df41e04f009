import { describe, expect, it } from 'vitest';
import { ensurePushTopic } from '../../../../shared/salesforce/push-topic.ts';
import {
  type DescribedField,
  keptByBridge,
  type PushTopicCapture,
  pushTopicRow,
} from '../../../../shared/salesforce/push-topic-row.ts';

const capture: PushTopicCapture = { kind: 'pushTopic', object: 'Lead', name: 'LeadUpdates', create: true };
const fields: DescribedField[] = [
  { name: 'Id', type: 'id', length: 18 },
  { name: 'LastName', type: 'string', length: 80 },
  { name: 'Street', type: 'textarea', length: 255 },
  { name: 'Description', type: 'textarea', length: 32_000 },
  { name: 'Address', type: 'address', length: 0 },
  { name: 'Place__c', type: 'location', length: 0 },
  { name: 'Ssn__c', type: 'encryptedstring', length: 20 },
  { name: 'Photo', type: 'base64', length: 0 },
];

function orgWith(rows: readonly Readonly<Record<string, unknown>>[]) {
  const calls: unknown[][] = [];
  return {
    calls,
    query: async (soql: string) => {
      calls.push(['query', soql]);
      return rows;
    },
    describe: async () => ({ fields }),
    request: async (request: { method: 'PATCH'; path: string; body: unknown }) => {
      calls.push(['request', request]);
      return '';
    },
    create: async (...call: unknown[]) => {
      calls.push(['create', ...call]);
      return '0IF1';
    },
  };
}

describe('ensurePushTopic', () => {
  it('makes a missing PushTopic of every field that a PushTopic can select', async () => {
    const org = orgWith([]);
    expect(await ensurePushTopic(capture, '66.0', org)).toBe('created');
    expect(org.calls).toEqual([
      ['query', expect.stringMatching(/FROM PushTopic WHERE Name = 'LeadUpdates'$/)],
      [
        'create',
        'PushTopic',
        {
          Name: 'LeadUpdates',
          Query: 'SELECT Id, LastName, Street FROM Lead',
          ApiVersion: 66,
          Description: keptByBridge,
          NotifyForFields: 'Referenced',
          NotifyForOperationCreate: true,
          NotifyForOperationUpdate: true,
          NotifyForOperationDelete: true,
          NotifyForOperationUndelete: true,
        },
      ],
    ]);
  });

  const made = { ...pushTopicRow(capture, '66.0', fields), Id: '0IF1' };

  it('keeps the one it made in step with the fields of its object', async () => {
    const org = orgWith([{ ...made, Query: 'SELECT Id FROM Lead' }]);
    expect(await ensurePushTopic(capture, '66.0', org)).toBe('updated');
    const body = { Query: 'SELECT Id, LastName, Street FROM Lead' };
    expect(org.calls.at(-1)).toEqual(['request', { method: 'PATCH', path: '/sobjects/PushTopic/0IF1', body }]);
    expect(await ensurePushTopic(capture, '66.0', orgWith([made]))).toBe('existed');
  });

  it('says that one told of nothing when its query named a field that is gone, before it repairs it', async () => {
    const org = orgWith([{ ...made, Query: 'SELECT Id, LastName, Street, Hobby__c FROM Lead' }]);
    const calls: unknown[] = [];
    const remember = async () => void calls.push(...org.calls.map(([call]) => call));
    expect(await ensurePushTopic(capture, '66.0', org, remember)).toBe('repaired');
    expect(calls).toEqual(['query']);
    expect(org.calls.map(([call]) => call)).toEqual(['query', 'request']);
  });

  it('leaves the one it made as it is when the fields do not fit any more', async () => {
    const many = Array.from({ length: 100 }, (_, n) => ({ name: `A_quite_long_name_${n}__c`, type: 'string' }));
    const org = { ...orgWith([made]), describe: async () => ({ fields: [...fields, ...many] }) };
    expect(await ensurePushTopic(capture, '66.0', org)).toMatchObject({ outgrown: { code: 'SKB_CONFIG_INVALID' } });
    expect(org.calls.map(([call]) => call)).toEqual(['query']);
  });

  it('uses one that somebody else made as it is', async () => {
    const org = orgWith([{ Id: '0IF1', Description: null, Query: 'SELECT Id FROM Lead' }]);
    expect(await ensurePushTopic(capture, '66.0', org)).toBe('existed');
    expect(org.calls.map(([call]) => call)).toEqual(['query']);
  });

  it('asks for a name with a quote without breaking the query', async () => {
    const org = orgWith([]);
    await ensurePushTopic({ ...capture, name: "O'Brien \\" }, '66.0', org);
    expect(org.calls[0]?.[1]).toContain("WHERE Name = 'O\\'Brien \\\\'");
  });
});

describe('a PushTopic is made as the definition says', () => {
  it('of some fields, with a condition, for some operations', () => {
    const row = pushTopicRow(
      {
        ...capture,
        fields: ['lastname', 'Id'],
        where: "LastName != 'x (y) LIMIT' AND Street LIKE 'A%'",
        notifyForFields: 'Where',
        notifyFor: { create: true, update: false, delete: true, undelete: false },
      },
      '66.0',
      fields,
    );
    expect(row).toMatchObject({
      Query: "SELECT Id, LastName FROM Lead WHERE LastName != 'x (y) LIMIT' AND Street LIKE 'A%'",
      NotifyForFields: 'Where',
      NotifyForOperationUpdate: false,
      NotifyForOperationDelete: true,
    });
  });

  it.each<[string, Partial<PushTopicCapture>, RegExp]>([
    ['a name over 25 characters', { name: 'N'.repeat(26) }, /its name has 26 characters; Salesforce takes 25/],
    ['an unknown field', { fields: ['Nothing__c'] }, /Nothing__c is no field of Lead/],
    ['a compound field', { fields: ['Address'] }, /Address is a compound field; its parts can be selected/],
    ['a long text area', { fields: ['Description'] }, /Description is a long text area/],
    ['a file', { fields: ['Photo'] }, /Photo is a file/],
    ['an encrypted field', { fields: ['Ssn__c'] }, /Ssn__c is encrypted/],
    ['no field but Id', { fields: ['Id'] }, /selects no field but Id/],
    ['a related field', { where: "Owner.Name = 'x'" }, /its condition has a field of a related object/],
    ['a sub-select', { where: 'Id IN (SELECT LeadId FROM Task)' }, /its condition has a sub-select/],
    ['a LIMIT', { where: "LastName = 'x' LIMIT 5" }, /its condition has a clause after the condition/],
    ['a NOT', { where: "NOT LastName = 'x'" }, /its condition has a NOT/],
    ['a function', { where: 'CALENDAR_YEAR(CreatedDate) = 2026' }, /its condition calls a function/],
    ['a formula', { where: "Score__c = 'x'" }, /its condition uses Score__c, a formula/],
    ['a long text', { where: "Description = 'x'" }, /its condition uses Description, a long text area/],
  ])('and refused before it is sent: %s', (_, settings, problem) => {
    const described = [...fields, { name: 'Score__c', type: 'string', calculated: true }];
    expect(() => pushTopicRow({ ...capture, ...settings }, '66.0', described)).toThrow(problem);
  });

  it('or refused with the fields to leave out when its query is too long', () => {
    const many = Array.from({ length: 66 }, (_, n) => ({ name: `Custom_field_${n}__c`, type: 'string' }));
    const longest = { name: 'The_longest_name_of_them_all__c', type: 'string' };
    expect(() => pushTopicRow(capture, '66.0', [...fields, ...many, longest])).toThrow(
      /its query, with 70 fields of Lead, has \d{4} characters; Salesforce takes 1300\. .*without The_longest_name_of_them_all__c/,
    );
  });
});
