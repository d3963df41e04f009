import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StartedOrg, startOrg } from '../../../local/org/org.ts';
import { fromRecord, remove, upsert } from '../../../shared/bridge/targets.ts';
import { sendCalls } from '../../../shared/salesforce/composite.ts';
import type { OrgClient } from '../../../shared/salesforce/rest-client.ts';
import { apiVersion, clientOf } from '../../fixtures/org-client.ts';
import { kafkaRecord } from '../../fixtures/records.ts';
import { createSinkHarness, type SinkDefinition } from './sink-harness.ts';

// The sink's side of requirement K2 against the emulated org: rows of another org, as a source writes them.

let org: StartedOrg;
let rest: OrgClient;
beforeAll(async () => {
  org = await startOrg({ settings: { publishDelayMs: 0 } });
  rest = clientOf(org, { timeoutMs: 5_000 });
});
afterAll(() => org.close());

function sinkOf(definition: Omit<SinkDefinition, 'topic'>) {
  const ports = {
    send: (calls: Parameters<typeof sendCalls>[1]) => sendCalls(rest, calls, { apiVersion }),
    query: (soql: string) => rest.query(soql),
    describe: (object: string) => rest.describe(object),
    describes: rest.describes,
    clock: Date.now(),
  };
  return createSinkHarness(ports, { topic: 'prices', ...definition });
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
});
