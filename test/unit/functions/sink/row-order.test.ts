import { expect, it } from 'vitest';
import { createRowOrder } from '../../../../functions/sink/row-order.ts';
import { coalesce, type PlannedRow } from '../../../../functions/sink/row-write.ts';
import type { RowOperation } from '../../../../shared/bridge/row-operation.ts';
import { kafkaRecord } from '../../../fixtures/records.ts';

/** A change of a row, by its place; `of` names its parent. */
interface Change {
  readonly name: string;
  readonly does?: RowOperation;
  readonly of?: string;
}

const identity = (name: string) => `account key__c ${name.toLowerCase()}`;

/** Names of the rows of which the first change has to wait. */
function waiting(...changes: Change[]): string[] {
  const rows = changes.map(({ name, does = 'upsert', of }, place): PlannedRow => {
    const parents = of === undefined ? [] : [`account key__c ${of}`];
    const provides = does === 'delete' ? [] : [identity(name)];
    const record = kafkaRecord(place, name, null);
    const key = identity(name);
    return { record, place, operation: does, object: 'Account', key, fields: {}, remember: [], parents, provides };
  });
  const order = createRowOrder(rows);
  const lines = [...Map.groupBy(rows, ({ key }) => key)].map(([key, own]) => ({
    name: String(key).slice('account key__c '.length),
    writes: coalesce(own, order.takesParent),
  }));
  return [...order.waiting(lines)].map(({ name }) => name);
}

const child = { name: 'child', of: 'p' };
const parent = { name: 'p' };
const gone = { name: 'p', does: 'delete' } as const;

it.each<[string, Change[], string[]]>([
  ['nobody without a parent', [{ name: 'a' }, { name: 'b' }, gone], []],
  ['a child for its parent, wherever that comes', [child, parent], ['child']],
  ['a child for its parent in another case', [{ name: 'child', of: 'P' }, parent], ['child']],
  ['nobody for itself', [{ name: 'p', of: 'p' }], []],
  ['a delete for the child before it', [child, gone], ['p']],
  ['nobody where the child comes behind the delete', [gone, child], []],
  ['a delete for the first of several children', [child, { name: 'other' }, gone, { name: 'other', of: 'p' }], ['p']],
  ['the delete, and the child for no parent that is made anew behind it', [child, gone, parent], ['p']],
  ['a child behind the delete, for the parent that is made anew', [gone, parent, child], ['child']],
  ['the child for a parent that is deleted behind it', [parent, child, gone], ['child']],
])('waits: %s', (_, changes, expected) => {
  expect(waiting(...changes)).toEqual(expected);
});
