import { describe, expect, it } from 'vitest';
import { judgeRows } from '../../chaos/sink/judge-rows.ts';
import type { MarkedRecord } from '../../chaos/sink/marked-records.ts';

function record(mark: string, key: string, fields: MarkedRecord['fields'], bad?: MarkedRecord['bad']): MarkedRecord {
  return { mark, key, fields: { Name: mark, ...fields }, value: '', ...(bad === undefined ? {} : { bad }) };
}

const records = [
  record('1', 'A', { Site: '1', NumberOfEmployees: 1 }),
  record('2', 'A', { Description: '2', NumberOfEmployees: 2 }),
  record('3', 'A', { Site: '3', NumberOfEmployees: 3 }, 'rule'),
  record('4', 'B', { Site: '4', NumberOfEmployees: 1 }),
];
const rowA = { External_Id__c: 'A', Name: '2', Site: '1', Description: '2', NumberOfEmployees: 2 };
const rowB = { External_Id__c: 'B', Name: '4', Site: '4', NumberOfEmployees: 1 };
const letters = new Set(['3']);

describe('the judgement of rows', () => {
  it('is clean when each row is what its good records amount to, and each bad one is a dead letter', () => {
    expect(judgeRows(records, [rowA, rowB], letters)).toEqual({
      sent: 4,
      written: 3,
      lost: [],
      wrong: [],
      doubled: 0,
      rejectedGood: [],
    });
  });

  it('names a change whose value stands nowhere, and its row', () => {
    const stale = { ...rowA, Description: 'before' };
    expect(judgeRows(records, [stale, rowB], letters)).toMatchObject({ lost: ['2'], wrong: ['A'], written: 2 });
  });

  it('names a row that a bad record reached', () => {
    expect(judgeRows(records, [{ ...rowA, Site: '3' }, rowB], letters)).toMatchObject({ lost: ['1'], wrong: ['A'] });
  });

  it('takes a bad record without a dead letter as lost', () => {
    expect(judgeRows(records, [rowA, rowB], new Set())).toMatchObject({ lost: ['3'], wrong: [] });
  });

  it('names a good record that was given up, a row of no record, and counts rows created twice', () => {
    const rows = [rowA, rowB, rowB, { ...rowB, External_Id__c: 'C' }];
    expect(judgeRows(records, rows, new Set(['3', '4']))).toMatchObject({
      rejectedGood: ['4'],
      wrong: ['C'],
      doubled: 1,
    });
  });
});
