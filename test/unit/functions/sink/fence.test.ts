import { describe, expect, it } from 'vitest';
import { createFence } from '../../../../functions/sink/fence.ts';
import { coalesce, type PlannedRow, type RowWrite } from '../../../../functions/sink/row-write.ts';
import type { RowOperation } from '../../../../shared/bridge/row-operation.ts';
import type { HeldKey } from '../../../../shared/state/held-keys.ts';
import { kafkaRecord } from '../../../fixtures/records.ts';

function row(value: string, operation: RowOperation = 'upsert', key = 'k'): PlannedRow {
  return {
    record: kafkaRecord(0, key, null),
    place: 0,
    operation,
    object: 'Account',
    keyField: 'Key__c',
    key: `account key__c ${key}`,
    fields: { Key__c: key, Name: value },
    remember: [],
    parents: [],
    provides: [],
  };
}
const write = (...rows: PlannedRow[]) => coalesce(rows)[0] as RowWrite;

function setUp(stored: readonly HeldKey[] = []) {
  const clock = { at: 1_000 };
  const kept: HeldKey[] = [];
  const store = { hold: async (keys: readonly HeldKey[]) => void kept.push(...keys) };
  return { clock, kept, fence: createFence(store, stored, 600, () => clock.at) };
}

describe('a row whose call was not answered', () => {
  it('takes the same values again, and others when its fence has passed', async () => {
    const { clock, fence, kept } = setUp();
    await fence.hold([write(row('old'))]);
    expect(fence.admit(write(row('old')))).toEqual({ kind: 'yes' });
    expect(fence.admit(write(row('new')))).toEqual({ kind: 'no', until: 1_600 });
    expect(fence.admit(write(row('new', 'upsert', 'other')))).toEqual({ kind: 'yes' });
    clock.at = 1_600;
    expect(fence.admit(write(row('new')))).toEqual({ kind: 'yes' });
    expect([fence.held, kept.map(({ until }) => until), JSON.stringify(kept).includes('old')]).toEqual([
      1,
      [1_600],
      false,
    ]);
  });

  it('is not deleted because its fields are those of the write', async () => {
    const { fence } = setUp();
    await fence.hold([write(row('old'))]);
    expect(fence.admit(write(row('old', 'delete')))).toMatchObject({ kind: 'no' });
  });

  it('takes what was sent of a write that has newer values behind it', async () => {
    const { fence } = setUp();
    await fence.hold([write(row('one'), row('two'))]);
    expect(fence.admit(write(row('one'), row('two'), row('three')))).toEqual({ kind: 'firstRows', rows: 2 });
    expect(fence.admit(write(row('zero'), row('three')))).toMatchObject({ kind: 'no' });
  });

  it('takes nothing when two calls with different values were not answered, until the later of both has passed', async () => {
    const first = setUp();
    await first.fence.hold([write(row('one'))]);
    first.clock.at += 100;
    await first.fence.hold([write(row('two'))]);
    for (const value of ['one', 'two', 'three']) {
      expect(first.fence.admit(write(row(value)))).toEqual({ kind: 'no', until: 1_700 });
    }
    // In whatever order the table gives them to the next environment.
    const second = setUp(first.kept.toReversed());
    expect(second.fence.admit(write(row('one')))).toEqual({ kind: 'no', until: 1_700 });
  });

  it('is not known again without a key', async () => {
    const { fence, kept } = setUp();
    const create = { ...write(row('one', 'create')), key: undefined };
    await fence.hold([create]);
    expect([kept, fence.admit(create)]).toEqual([[], { kind: 'yes' }]);
  });
});
