import { describe, expect, it } from 'vitest';
import {
  type DescribedField,
  ensurePushTopic,
  type PushTopicCapture,
  pushTopicRow,
} from '../../../../shared/salesforce/push-topic.ts';

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

function orgWith(rows: readonly object[]) {
  const calls: unknown[][] = [];
  return {
    calls,
    query: async (soql: string) => {
      calls.push(['query', soql]);
      return rows;
    },
    describe: async () => ({ fields }),
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
      ['query', "SELECT Id FROM PushTopic WHERE Name = 'LeadUpdates'"],
      [
        'create',
        'PushTopic',
        {
          Name: 'LeadUpdates',
          Query: 'SELECT Id, LastName, Street FROM Lead',
          ApiVersion: 66,
          NotifyForFields: 'Referenced',
          NotifyForOperationCreate: true,
          NotifyForOperationUpdate: true,
          NotifyForOperationDelete: true,
          NotifyForOperationUndelete: true,
        },
      ],
    ]);
  });

  it('uses one that exists as it is', async () => {
    const org = orgWith([{ Id: '0IF1' }]);
    expect(await ensurePushTopic(capture, '66.0', org)).toBe('existed');
    expect(org.calls.map(([call]) => call)).toEqual(['query']);
  });

  it('asks for a name with a quote without breaking the query', async () => {
    const org = orgWith([]);
    await ensurePushTopic({ ...capture, name: "O'Brien \\" }, '66.0', org);
    expect(org.calls[0]).toEqual(['query', "SELECT Id FROM PushTopic WHERE Name = 'O\\'Brien \\\\'"]);
  });
});

describe('pushTopicRow refuses what Salesforce would refuse, and names the sizes', () => {
  it('a name over 25 characters', () => {
    expect(() => pushTopicRow({ ...capture, name: 'N'.repeat(26) }, '66.0', fields)).toThrow(
      /has 26 characters; Salesforce takes 25/,
    );
  });

  it('a query over 1,300 characters', () => {
    const many = Array.from({ length: 100 }, (_, n) => ({ name: `A_Long_Field_${n}__c`, type: 'string' }));
    expect(() => pushTopicRow(capture, '66.0', many)).toThrow(
      expect.objectContaining({
        code: 'SKB_CONFIG_INVALID',
        message: expect.stringMatching(/selects 100 fields of Lead and has 2\d\d\d characters; Salesforce takes 1300/),
      }),
    );
  });
});
