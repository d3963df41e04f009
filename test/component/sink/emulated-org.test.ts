import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { type StartedOrg, startOrg } from '../../../local/org/org.ts';
import { create, fromRecord, remove, undelete, update, upsert } from '../../../shared/bridge/targets.ts';
import type { OrgClient } from '../../../shared/salesforce/rest-client.ts';
import { json } from '../../../shared/transform/json.ts';
import { pipe } from '../../../shared/transform/pipe.ts';
import { route } from '../../../shared/transform/route.ts';
import { clientOf } from '../../fixtures/org-client.ts';
import { kafkaRecord } from '../../fixtures/records.ts';
import { portsOf } from './emulated-ports.ts';
import { createSinkHarness, type SinkDefinition } from './sink-harness.ts';

// The sink's side of requirement K2 against the emulated org: rows of another org, as a source writes them.

let org: StartedOrg;
let rest: OrgClient;
beforeAll(async () => {
  org = await startOrg({
    settings: { publishDelayMs: 0 },
    seed: { duplicateRules: [{ object: 'Account', name: 'Same_phone', matchFields: ['Phone'], action: 'alert' }] },
  });
  rest = clientOf(org, { timeoutMs: 5_000 });
});
afterAll(() => org.close());

function sinkOf(definition: Omit<SinkDefinition, 'topic'>) {
  return createSinkHarness(portsOf(rest), { topic: 'prices', ...definition });
}

const key = { externalId: 'External_Id__c' };
const sourced = (offset: number, type: string, object: string, id: string, fields: object = {}) =>
  kafkaRecord(offset, JSON.stringify({ Id: id }), { ...fields, Id: id, _ObjectType: object, _EventType: type });
const accounts = (where: string) =>
  rest.query(`SELECT Id, Name, BillingCity, Parent.External_Id__c FROM Account WHERE ${where}`);

describe('the sink with an emulated org', () => {
  it('keeps copies of rows: created with their lookups, changed, cleared and deleted', async () => {
    const sink = sinkOf({ write: [fromRecord('Account', key)] });
    const [mother, daughter] = ['001A00000000001AAA', '001A00000000002AAA'];
    const first = [
      sourced(0, 'created', 'Account', daughter, {
        Name: 'Daughter',
        ParentId: mother,
        OwnerId: '005A00000000009AAA',
        BillingCity: 'Bonn',
        BillingAddress: { City: 'Bonn' },
        CreatedDate: '2026-01-01T00:00:00.000+0000',
        SystemModstamp: '2026-01-01T00:00:00.000+0000',
        IsDeleted: false,
      }),
      sourced(1, 'created', 'Account', mother, { Name: 'Mother' }),
      sourced(2, 'updated', 'Account', mother, { Name: 'Mother AG' }),
    ];
    expect(await sink.deliver(first)).toEqual([]);
    expect(sink.letters).toEqual([]);
    const where = `External_Id__c IN ('${mother}','${daughter}')`;
    expect((await accounts(`${where} ORDER BY Name`)).map(({ Name, BillingCity }) => [Name, BillingCity])).toEqual([
      ['Daughter', 'Bonn'],
      ['Mother AG', null],
    ]);
    expect((await accounts(`External_Id__c = '${daughter}'`))[0]?.['Parent']).toMatchObject({ External_Id__c: mother });
    const then = [
      sourced(3, 'updated', 'Account', daughter, { BillingCity: null, ParentId: null }),
      sourced(4, 'deleted', 'Account', mother),
      { ...sourced(5, 'deleted', 'Account', mother), value: null },
    ];
    expect(await sink.deliver(then)).toEqual([]);
    expect((await accounts(where)).map(({ Name, BillingCity }) => [Name, BillingCity])).toEqual([['Daughter', null]]);
    expect(sink.counts()).toMatchObject({ written: 6, deadLettered: 0 });
  });

  it('writes, rejects and deletes 2,000 rows for few calls', async () => {
    const sink = sinkOf({
      write: [upsert('Account', key), remove('Account', key)],
      batch: { size: 2_000 },
      tombstones: 'delete',
    });
    await rest.describe('Account');
    const before = org.control.counters().apiCalls;
    const records = Array.from({ length: 2_000 }, (_, offset) =>
      kafkaRecord(offset, `k-${offset}`, {
        External_Id__c: `k-${offset}`,
        Name: offset === 7 ? 'x'.repeat(300) : `n ${offset}`,
      }),
    );
    expect(await sink.deliver(records)).toEqual([]);
    expect(sink.reasons()).toEqual(['STRING_TOO_LONG']);
    expect(org.control.counters().apiCalls - before).toBe(2);
    const tombstones = records
      .slice(0, 400)
      .map((record) => ({ ...record, offset: record.offset + 2_000, value: null }));
    expect(await sink.deliver(tombstones)).toEqual([]);
    const calls = org.control.counters().apiCalls - before;
    const left = await accounts("External_Id__c LIKE 'k-%'");
    expect(left).toHaveLength(1_600);
    // Two queries for 400 Ids and one request with both calls.
    expect(calls).toBe(2 + 2 + 1);
  });

  it('finds out by reading back that a call took effect whose answer was lost', async () => {
    const sink = sinkOf({ write: upsert('Account', key) });
    org.control.addFault({ kind: 'reset-connection', match: { pathContains: '/composite' }, times: 1, when: 'after' });
    expect(await sink.deliver([kafkaRecord(0, 'r', { External_Id__c: 'r', Name: 'once' })])).toEqual([]);
    expect((await accounts("External_Id__c = 'r'")).map(({ Name }) => Name)).toEqual(['once']);
    expect(sink.held).toEqual([]);
  });

  it('brings rows back from the recycle bin, by Id and by external ID, 200 a call', async () => {
    const sink = sinkOf({ write: undelete('Account', key), batch: { size: 1_000 } });
    const ids = await Promise.all(
      [0, 1, 2].map((n) => rest.create('Account', { Name: `u${n}`, External_Id__c: `u-${n}` })),
    );
    const child = await rest.create('Contact', { LastName: 'Child', AccountId: ids[0] });
    org.control.changeRows({ delete: [child, ...ids.slice(0, 2)] });
    const before = org.control.counters().apiCalls;
    const records = ['u-0', 'U-1', 'u-2', 'u-3'].map((name, offset) =>
      kafkaRecord(offset, name, { External_Id__c: name }),
    );
    expect(await sink.deliver(records)).toEqual([]);
    expect((await accounts("External_Id__c LIKE 'u-%'")).map(({ Name }) => Name).toSorted()).toEqual([
      'u0',
      'u1',
      'u2',
    ]);
    // Describe, one query for all keys, one call for the two that were deleted, and the query above.
    expect(org.control.counters().apiCalls - before).toBeLessThanOrEqual(4);
    expect([sink.letterOffsets(), sink.reasons()]).toEqual([[3], ['NOT_FOUND']]);
    // A repeat changes nothing, as after a crash.
    expect(await sinkOf({ write: undelete('Account', key) }).deliver(records.slice(0, 3))).toEqual([]);

    const byId = sinkOf({ write: fromRecord('Account') });
    org.control.changeRows({ delete: [String(ids[2])] });
    expect(await byId.deliver([sourced(0, 'undeleted', 'Account', String(ids[2]), { Name: 'u2' })])).toEqual([]);
    expect(byId.counts()).toMatchObject({ written: 1, deadLettered: 0 });
    expect(await accounts("External_Id__c = 'u-2'")).toHaveLength(1);
  });

  it('tells what the org refuses to bring back, and tries what is locked again', async () => {
    const sink = sinkOf({ write: undelete('Account', key) });
    const [first, second] = await Promise.all(
      ['v-0', 'v-1'].map((name) => rest.create('Account', { Name: name, External_Id__c: name })),
    );
    org.control.changeRows({ delete: [String(first), String(second)] });
    await rest.create('Account', { Name: 'taken', External_Id__c: 'w-0' });
    org.control.addFault({ kind: 'lock-rows', times: 1 });
    const records = ['v-0', 'v-1'].map((name, offset) => kafkaRecord(offset, name, { External_Id__c: name }));
    expect(await sink.deliver(records)).toEqual([]);
    expect(await accounts("External_Id__c LIKE 'v-%'")).toHaveLength(2);
    expect(sink.counts()).toMatchObject({ written: 2, deadLettered: 0 });
    org.control.clearFaults();
  });

  it('finds out by reading back that an undelete took effect whose answer was lost', async () => {
    const sink = sinkOf({ write: undelete('Account', key) });
    const id = await rest.create('Account', { Name: 'x', External_Id__c: 'x-0' });
    org.control.changeRows({ delete: [id] });
    org.control.addFault({ kind: 'reset-connection', match: { pathContains: '/Soap/' }, times: 1, when: 'after' });
    expect(await sink.deliver([kafkaRecord(0, 'x', { External_Id__c: 'x-0' })])).toEqual([]);
    expect([sink.held, sink.counts().written]).toEqual([[], 1]);
  });

  it('logs in again when the token of an undelete died', async () => {
    const sink = sinkOf({ write: undelete('Account', key) });
    const id = await rest.create('Account', { Name: 'y', External_Id__c: 'y-0' });
    org.control.changeRows({ delete: [id] });
    await sink.org.describe('Account');
    org.control.addFault({ kind: 'expire-tokens' });
    expect(await sink.deliver([kafkaRecord(0, 'y', { External_Id__c: 'y-0' })])).toEqual([]);
    expect(sink.counts().written).toBe(1);
  });

  it('brings a copied row back with its Id and its present values, or makes it anew when no bin has it', async () => {
    const sink = sinkOf({ write: [fromRecord('Account', key)] });
    const [kept, lost] = ['001A00000000021AAA', '001A00000000022AAA'];
    await sink.deliver([sourced(0, 'created', 'Account', kept, { Name: 'Kept', BillingCity: 'Bonn' })]);
    const [before] = await accounts(`External_Id__c = '${kept}'`);
    await sink.deliver([sourced(1, 'deleted', 'Account', kept)]);
    expect(await accounts(`External_Id__c = '${kept}'`)).toEqual([]);
    await sink.deliver([
      sourced(2, 'undeleted', 'Account', kept, { Name: 'Kept again', BillingCity: null }),
      sourced(3, 'undeleted', 'Account', lost, { Name: 'Made anew' }),
    ]);
    expect(await accounts(`External_Id__c = '${kept}'`)).toMatchObject([
      { Id: before?.['Id'], Name: 'Kept again', BillingCity: null },
    ]);
    expect((await accounts(`External_Id__c = '${lost}'`)).map(({ Name }) => Name)).toEqual(['Made anew']);
    expect(sink.counts()).toMatchObject({ written: 4, deadLettered: 0 });
  });

  it('does what each record of a topic says: create, update, upsert and delete', async () => {
    const named = ['create', 'update', 'upsert', 'delete'] as const;
    const transform = pipe(
      json(z.object({ do: z.enum(named), row: z.record(z.string(), z.string()) })),
      route(({ do: operation, row }) => ({ operation, fields: row })),
    );
    const sink = sinkOf({
      write: [create('Account'), update('Account', key), upsert('Account', key), remove('Account', key)],
      transform,
    });
    for (const name of ['f-1', 'f-2']) await rest.create('Account', { External_Id__c: name, Name: 'before' });
    const rows = [
      { do: 'create', row: { Name: 'created', Site: 'four' } },
      { do: 'update', row: { External_Id__c: 'f-1', Name: 'updated' } },
      { do: 'upsert', row: { External_Id__c: 'f-3', Name: 'upserted' } },
      { do: 'delete', row: { External_Id__c: 'f-2' } },
    ];
    expect(await sink.deliver(rows.map((row, offset) => kafkaRecord(offset, `k${offset}`, row)))).toEqual([]);
    const left = await accounts("External_Id__c LIKE 'f-%' OR Site = 'four' ORDER BY Name");
    expect(left.map(({ Name }) => Name)).toEqual(['created', 'updated', 'upserted']);
    expect([sink.letters, sink.counts().written]).toEqual([[], 4]);
  });

  it('saves duplicates that a rule would hold up only where the sink says so, in requests of any size', async () => {
    const records = (name: string) =>
      Array.from({ length: 250 }, (_, n) =>
        kafkaRecord(n, `${name}-${n}`, { External_Id__c: `${name}-${n}`, Name: name, Phone: `0${n % 125}` }),
      );
    const definition = { topic: 'prices', write: upsert('Account', key) } as const;
    const careful = createSinkHarness(portsOf(rest), definition);
    await careful.deliver(records('dup-a'));
    expect([careful.counts().written, new Set(careful.reasons())]).toEqual([125, new Set(['DUPLICATES_DETECTED'])]);
    const allowing = createSinkHarness(portsOf(rest, { allowDuplicates: true }), definition);
    await allowing.deliver(records('dup-b'));
    expect([allowing.counts().written, allowing.letters]).toEqual([250, []]);
  });
});
