import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StartedOrg, startOrg } from '../../../local/org/org.ts';
import { create, remove, upsert } from '../../../shared/bridge/targets.ts';
import { clientOf } from '../../fixtures/org-client.ts';
import { kafkaRecord } from '../../fixtures/records.ts';
import { portsOf } from './emulated-ports.ts';
import { createSinkHarness } from './sink-harness.ts';

// An administrator adds and removes fields of the emulated org while a sink writes.

let org: StartedOrg;
beforeAll(async () => {
  org = await startOrg({ settings: { publishDelayMs: 0 } });
});
afterAll(() => org.close());

const policies = ['reject', 'drop', 'fail'] as const;
type Policy = (typeof policies)[number];

/** A sink that described the object before the administrator came. */
async function describedBefore(unknownFields: Policy, key: string) {
  const clock = { at: 0 };
  const rest = clientOf(org, { now: () => clock.at });
  const write = upsert('Account', { externalId: 'External_Id__c' });
  const sink = createSinkHarness(portsOf(rest), { topic: 'prices', write, unknownFields });
  const row = (offset: number, fields: object) => kafkaRecord(offset, key, { External_Id__c: key, ...fields });
  await sink.deliver([row(0, { Name: 'before' })]);
  const describes = () => org.control.journal(10_000).filter(({ path }) => path.endsWith('/describe')).length;
  return {
    sink,
    row,
    describes,
    /** Metadata changes later, and is not looked at again at once. */
    change(change: Omit<Parameters<typeof org.control.changeMetadata>[0], 'object'>) {
      org.control.advanceClock(2_000);
      org.control.changeMetadata({ object: 'Account', ...change });
      clock.at += 120_000;
    },
    read: (field: string) => rest.query(`SELECT Name, ${field} FROM Account WHERE External_Id__c = '${key}'`),
  };
}

describe('a field that was added a moment ago', () => {
  it.each(policies)('is written, whatever is done with unknown ones: %s', async (policy) => {
    const name = `Added_${policy}__c`;
    const { sink, row, change, read, describes } = await describedBefore(policy, `added-${policy}`);
    change({ setField: { name, type: 'text', length: 20 } });
    const before = describes();
    expect(await sink.deliver([row(1, { [name]: 'one' }), row(2, { [name]: 'two' })])).toEqual([]);
    expect(await read(name)).toMatchObject([{ [name]: 'two' }]);
    expect([sink.letters, sink.batches.at(-1)?.events.droppedFields]).toEqual([[], 0]);
    expect(describes() - before).toBe(1);
  });
});

describe('a field that does not exist', () => {
  it('makes a dead letter, and costs one look at the object a minute at most', async () => {
    const { sink, row, describes } = await describedBefore('reject', 'never-1');
    const before = describes();
    for (const offset of [1, 2, 3]) await sink.deliver([row(offset, { Never__c: 1 })]);
    expect([sink.letterOffsets(), sink.reasons()[0]]).toEqual([[1, 2, 3], 'INVALID_FIELD']);
    expect(describes() - before).toBeLessThanOrEqual(1);
  });

  it('is left out and counted', async () => {
    const { sink, row, read } = await describedBefore('drop', 'never-2');
    expect(await sink.deliver([row(1, { Never__c: 1, Name: 'after' })])).toEqual([]);
    expect(await read('Id')).toMatchObject([{ Name: 'after' }]);
    expect(sink.batches.at(-1)).toMatchObject({ counts: { written: 1 }, events: { droppedFields: 1 } });
  });

  it('stops the sink: the batch goes back until the field is there', async () => {
    const { sink, row, change, read } = await describedBefore('fail', 'never-3');
    const records = [row(1, { Name: 'good' }), row(2, { Later__c: 'x' })];
    expect(await sink.deliver(records)).toEqual(['prices-0@1', 'prices-0@2']);
    expect([sink.letters, await read('Id')]).toMatchObject([[], [{ Name: 'before' }]]);
    change({ setField: { name: 'Later__c', type: 'text', length: 20 } });
    expect(await sink.deliver(records)).toEqual([]);
    expect(await read('Later__c')).toMatchObject([{ Name: 'good', Later__c: 'x' }]);
  });
});

describe('a field that was removed a moment ago', () => {
  it.each(['reject', 'drop'] as const)(
    'sends its records round once, so that they are prepared by what there is: %s',
    async (policy) => {
      const name = `Removed_${policy}__c`;
      org.control.changeMetadata({ object: 'Account', setField: { name, type: 'text', length: 20 } });
      const { sink, row, change, read } = await describedBefore(policy, `removed-${policy}`);
      change({ removeField: name });
      const records = [row(1, { Name: 'one', [name]: 'x' }), row(2, { Name: 'two', Site: 'there' })];
      expect(await sink.deliver(records)).toEqual(['prices-0@1', 'prices-0@2']);
      expect(await sink.deliver(records)).toEqual([]);
      expect(await read('Site')).toMatchObject([{ Name: 'two', Site: 'there' }]);
      expect(sink.letterOffsets()).toEqual(policy === 'reject' ? [1] : []);
      expect(sink.counts()).toMatchObject({ written: policy === 'reject' ? 2 : 3 });
    },
  );
});

describe('a field that changed while many rows with it are on their way', () => {
  const many = (row: Awaited<ReturnType<typeof describedBefore>>['row'], from: number, name: string, value: unknown) =>
    Array.from({ length: 1_000 }, (_, n) =>
      row(from + n, { External_Id__c: `${name}-${n}`, Name: 'x', [name]: value }),
    );

  it('costs a look at the object, not a call for each of them', async () => {
    const name = 'Removed_of_many__c';
    org.control.changeMetadata({ object: 'Account', setField: { name, type: 'text', length: 20 } });
    const { sink, row, change } = await describedBefore('drop', 'many-1');
    change({ removeField: name });
    const before = org.control.counters().apiCalls;
    const records = many(row, 1, name, 'x');
    expect(await sink.deliver(records)).toHaveLength(1_000);
    expect(await sink.deliver(records)).toEqual([]);
    // Refused, described, written.
    expect(org.control.counters().apiCalls - before).toBe(3);
    expect([sink.letters, sink.counts().written]).toEqual([[], 1_001]);
  });

  it('has their values in its new form when they come again', async () => {
    const name = 'Retyped__c';
    org.control.changeMetadata({ object: 'Account', setField: { name, type: 'text', length: 20 } });
    const { sink, row, change, read } = await describedBefore('reject', 'many-2');
    change({ setField: { name, type: 'checkbox' } });
    const records = [row(1, { [name]: 'yes' }), row(2, { Name: 'after' })];
    expect(await sink.deliver(records)).toHaveLength(2);
    expect(await sink.deliver(records)).toEqual([]);
    expect([await read(name), sink.letters]).toMatchObject([[{ Name: 'after', [name]: true }], []]);
  });

  it('rejects nothing while the org does not tell what the object looks like', async () => {
    const name = 'Removed_silently__c';
    org.control.changeMetadata({ object: 'Account', setField: { name, type: 'text', length: 20 } });
    const { sink, row, change, read } = await describedBefore('drop', 'many-3');
    change({ removeField: name });
    org.control.addFault({
      kind: 'respond',
      match: { pathContains: '/describe' },
      times: 1,
      status: 503,
      body: 'busy',
    });
    const records = [row(1, { [name]: 'x', Name: 'after' })];
    // Once because it does not tell, once because it tells of a change.
    for (const _ of [1, 2]) expect(await sink.deliver(records)).toEqual(['prices-0@1']);
    expect(await sink.deliver(records)).toEqual([]);
    expect([await read('Id'), sink.letters]).toMatchObject([[{ Name: 'after' }], []]);
  });
});

describe('a key field that was removed or hidden a moment ago', () => {
  it.each(policies)('stops the sink instead of making dead letters of all records: %s', async (policy) => {
    const name = `Key_${policy}__c`;
    const keyField = { name, type: 'text', length: 20, externalId: true, unique: true } as const;
    org.control.changeMetadata({ object: 'Account', setField: keyField });
    const clock = { at: 0 };
    const rest = clientOf(org, { now: () => clock.at });
    const write = [upsert('Account', { externalId: name }), remove('Account', { externalId: name })];
    const sink = createSinkHarness(portsOf(rest), {
      topic: 'prices',
      write,
      unknownFields: policy,
      tombstones: 'delete',
    });
    const row = (offset: number) => kafkaRecord(offset, `k${offset}`, { [name]: `k${offset}`, Name: policy });
    expect(await sink.deliver([row(0)])).toEqual([]);
    org.control.advanceClock(2_000);
    org.control.changeMetadata({ object: 'Account', removeField: name });
    clock.at += 20 * 60_000;
    const records = [row(1), row(2), { ...row(3), value: null }];
    expect(await sink.deliver(records)).toEqual(['prices-0@1', 'prices-0@2', 'prices-0@3']);
    expect(sink.letters).toEqual([]);
    const errors = sink.logger.lines.filter(({ level }) => level === 'error').map(({ message }) => message);
    expect(errors.at(-1)).toContain(`Account has no field ${name}, by which the sink s finds its rows`);
    org.control.advanceClock(2_000);
    org.control.changeMetadata({ object: 'Account', setField: keyField });
    clock.at += 120_000;
    expect(await sink.deliver(records)).toEqual([]);
    expect([sink.letters, sink.counts().written]).toEqual([[], 4]);
  });

  it('stops a sink that leaves its mark there, instead of creating rows without it', async () => {
    const sink = createSinkHarness(portsOf(clientOf(org)), {
      topic: 'prices',
      write: create('Account', { mark: 'No_Mark__c' }),
      unknownFields: 'drop',
    });
    expect(await sink.deliver([kafkaRecord(0, 'k', { Name: 'unmarked' })])).toEqual(['prices-0@0']);
    expect([sink.letters, sink.counts().written]).toEqual([[], 0]);
  });
});
