import { describe, expect, it } from 'vitest';
import { coalesce, halves, type PlannedRow } from '../../../../functions/sink/row-write.ts';
import type { RowOperation } from '../../../../shared/bridge/row-operation.ts';
import type { RowFields } from '../../../../shared/transform/row-fields.ts';
import { kafkaRecord } from '../../../fixtures/records.ts';

function row(operation: RowOperation, fields: RowFields = {}, more: Partial<PlannedRow> = {}): PlannedRow {
  return {
    record: kafkaRecord(0, 'K', null),
    place: 0,
    operation,
    object: 'Account',
    keyField: 'Key__c',
    key: 'account key__c k',
    fields: { Key__c: 'K', ...fields },
    remember: [],
    parents: [],
    provides: [],
    ...more,
  };
}

const operationsOf = (rows: readonly PlannedRow[]) => coalesce(rows).map(({ operation }) => operation);

describe('changes of one row', () => {
  it.each<[RowOperation, RowOperation, RowOperation[]]>([
    ['upsert', 'upsert', ['upsert']],
    ['upsert', 'update', ['upsert']],
    ['upsert', 'delete', ['delete']],
    ['update', 'update', ['update']],
    ['update', 'delete', ['delete']],
    // The update would fail where nothing is, and the upsert would not.
    ['update', 'upsert', ['update', 'upsert']],
    ['delete', 'delete', ['delete']],
    // A row that is made anew has nothing of the one before.
    ['delete', 'upsert', ['delete', 'upsert']],
    ['delete', 'update', ['delete', 'update']],
    ['delete', 'undelete', ['delete', 'undelete']],
    ['undelete', 'undelete', ['undelete']],
    ['undelete', 'delete', ['delete']],
    ['undelete', 'upsert', ['undelete', 'upsert']],
    ['upsert', 'undelete', ['upsert', 'undelete']],
  ])('%s and %s amount to %j', (before, after, amount) => {
    expect(operationsOf([row(before), row(after)])).toEqual(amount);
  });

  it('are merged field by field, and the last value counts', () => {
    const [merged, ...others] = coalesce([row('upsert', { A: 1, B: 1 }), row('upsert', { B: null, C: 3 })]);
    expect([merged?.fields, others]).toEqual([{ Key__c: 'K', A: 1, B: null, C: 3 }, []]);
  });

  it.each([
    [{ AccountId: '001' }, { Account: { Key__c: 'a' } }],
    [{ Account: { Key__c: 'a' } }, { AccountId: '001' }],
    [{ Parent__c: 'a01' }, { Parent__r: { Key__c: 'a' } }],
    [{ Parent__r: { Key__c: 'a' } }, { Parent__c: null }],
  ])('name a parent once, as the last of them does: %j, then %j', (earlier, later) => {
    const [merged] = coalesce([row('upsert', earlier), row('upsert', later)]);
    expect(merged?.fields).toEqual({ Key__c: 'K', ...later });
  });

  it('begin a new write where the row comes back, which later ones join', () => {
    const rows = [row('upsert', { A: 1 }), row('upsert', { A: 2 }, { revives: true }), row('upsert', { B: 3 })];
    expect(coalesce(rows).map(({ revives, fields }) => [revives === true, fields])).toEqual([
      [false, { Key__c: 'K', A: 1 }],
      [true, { Key__c: 'K', A: 2, B: 3 }],
    ]);
  });

  it('are all written before a delete of a row that may come back', () => {
    expect(operationsOf([row('upsert'), row('delete', {}, { mayComeBack: true })])).toEqual(['upsert', 'delete']);
    const twice = [row('delete', {}, { mayComeBack: true }), row('delete', {}, { mayComeBack: true })];
    expect(operationsOf(twice)).toEqual(['delete']);
  });

  it('stay apart without a key', () => {
    const rows = [row('create', {}, { key: undefined }), row('create', {}, { key: undefined })];
    expect(operationsOf(rows)).toEqual(['create', 'create']);
  });
});

it('the halves of a merged write amount to the same, the first of them first', () => {
  const rows = [1, 2, 3].map((n) => row('upsert', { A: n, [`Only${n}`]: n }));
  const [merged] = coalesce(rows);
  if (merged === undefined) throw new Error('no write');
  const [first, second] = halves(merged);
  expect([first?.rows, second?.rows]).toEqual([rows.slice(0, 2), rows.slice(2)]);
  expect({ ...first?.fields, ...second?.fields }).toEqual(merged.fields);
});
