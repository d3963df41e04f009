import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StartedOrg, startOrg } from '../../../local/org/org.ts';
import { fromRecord, remove, upsert } from '../../../shared/bridge/targets.ts';
import type { OrgClient } from '../../../shared/salesforce/rest-client.ts';
import { createModelOrg, describeObject } from '../../fixtures/model-org.ts';
import { clientOf } from '../../fixtures/org-client.ts';
import { kafkaRecord } from '../../fixtures/records.ts';
import { portsOf } from './emulated-ports.ts';
import { createSinkHarness, type SinkDefinition } from './sink-harness.ts';

// Values as producers write them, and what the emulated org holds afterwards.

let org: StartedOrg;
let rest: OrgClient;
beforeAll(async () => {
  org = await startOrg({
    settings: { publishDelayMs: 0 },
    seed: {
      customFields: {
        Account: [
          { name: 'Seen__c', type: 'datetime' },
          { name: 'Day__c', type: 'date' },
          { name: 'Active__c', type: 'checkbox' },
          { name: 'Colours__c', type: 'multipicklist', values: ['red', 'green', 'blue'], restricted: true },
        ],
        Task: [{ name: 'Copy_Id__c', type: 'text', length: 18, externalId: true, unique: true }],
      },
    },
  });
  rest = clientOf(org, { timeoutMs: 5_000 });
});
afterAll(() => org.close());

const key = { externalId: 'External_Id__c' };
const sinkOf = (definition: Omit<SinkDefinition, 'topic'>) =>
  createSinkHarness(portsOf(rest), { topic: 'prices', ...definition });

describe('a value that Salesforce would refuse as it stands', () => {
  const moment = Date.UTC(2026, 0, 2, 3, 4, 5);
  it.each<[string, string, unknown, unknown]>([
    ['a number in a text', 'AnnualRevenue', '1234.5', 1234.5],
    ['a whole number in a text', 'NumberOfEmployees', '12', 12],
    ['a yes in a text', 'Active__c', 'true', true],
    ['milliseconds since 1970 for a moment', 'Seen__c', moment, '2026-01-02T03:04:05.000+0000'],
    ['a day', 'Day__c', '2026-01-02', '2026-01-02'],
    ['a list of choices', 'Colours__c', ['red', 'blue'], 'red;blue'],
    ['a number for a text', 'Site', 42, '42'],
  ])('%s is written to %s', async (_, field, value, expected) => {
    const sink = sinkOf({ write: upsert('Account', key) });
    const name = `value-${field}`;
    expect(await sink.deliver([kafkaRecord(0, name, { External_Id__c: name, Name: name, [field]: value })])).toEqual(
      [],
    );
    expect(sink.reasons()).toEqual([]);
    expect(await rest.query(`SELECT ${field} FROM Account WHERE External_Id__c = '${name}'`)).toMatchObject([
      { [field]: expected },
    ]);
  });

  it('makes a dead letter of its record alone when it means nothing', async () => {
    const sink = sinkOf({ write: upsert('Account', key) });
    const records = ['many', 7].map((NumberOfEmployees, offset) =>
      kafkaRecord(offset, `bad-${offset}`, { External_Id__c: `bad-${offset}`, Name: 'x', NumberOfEmployees }),
    );
    expect(await sink.deliver(records)).toEqual([]);
    expect([sink.letterOffsets(), sink.counts().written]).toEqual([[0], 1]);
    expect(sink.letters[0]?.reason.fields).toEqual(['NumberOfEmployees']);
  });
});

describe('a lookup to several objects', () => {
  it('takes its parent by external ID, of the object that the record names', async () => {
    const accountId = await rest.create('Account', { Name: 'parent', External_Id__c: 'what-1' });
    const sink = sinkOf({ write: upsert('Task', { externalId: 'Copy_Id__c' }) });
    const task = (offset: number, what: object) =>
      kafkaRecord(offset, `t-${offset}`, { Copy_Id__c: `t-${offset}`, Subject: 'call', ...what });
    const named = { attributes: { type: 'Account' }, External_Id__c: 'what-1' };
    const records = [
      task(0, { What: named }),
      task(1, { 'Account:What.External_Id__c': 'what-1' }),
      task(2, { What: { External_Id__c: 'what-1' } }),
    ];
    expect(await sink.deliver(records)).toEqual([]);
    const tasks = await rest.query("SELECT WhatId FROM Task WHERE Copy_Id__c LIKE 't-%'");
    expect(tasks.map(({ WhatId }) => WhatId)).toEqual([accountId, accountId]);
    // Which object it is must be said.
    expect(sink.letterOffsets()).toEqual([2]);
  });

  it('leads to the copy of its parent in another org', async () => {
    const sink = sinkOf({ write: [fromRecord('Account', key), fromRecord('Task', { externalId: 'Copy_Id__c' })] });
    const [account, task] = ['001A00000000031AAA', '00TA00000000032AAA'];
    const sourced = (offset: number, object: string, Id: string, fields: object) =>
      kafkaRecord(offset, Id, { ...fields, Id, _ObjectType: object, _EventType: 'created' });
    const records = [
      sourced(0, 'Task', task, { Subject: 'visit', WhatId: account, OwnerId: '005A00000000001AAA' }),
      sourced(1, 'Account', account, { Name: 'there' }),
    ];
    expect(await sink.deliver(records)).toEqual([]);
    expect(await rest.query(`SELECT What.Name FROM Task WHERE Copy_Id__c = '${task}'`)).toMatchObject([
      { What: { Name: 'there' } },
    ]);
    expect(sink.letters).toEqual([]);
  });
});

describe('a key field that holds numbers', () => {
  const number = { type: 'double', externalId: true, unique: true, precision: 18, scale: 0 } as const;
  const entry = describeObject('Entry__c', {
    Number__c: number,
    Name: {},
    Amount__c: { type: 'currency', precision: 18 },
  });

  it('finds rows by numbers of any size, in whatever form they come', async () => {
    const org = createModelOrg([entry]);
    const write = [upsert('Entry__c', { externalId: 'Number__c' }), remove('Entry__c', { externalId: 'Number__c' })];
    const sink = createSinkHarness(org, { topic: 'prices', write, tombstones: 'delete' });
    const row = (offset: number, key: string, Name: string) =>
      kafkaRecord(offset, 'k', `{"Number__c":${key},"Name":"${Name}"}`);
    const long = '123456789012345678';
    const records = [row(0, '7', 'a'), row(1, '"7.0"', 'b'), row(2, long, 'c'), row(3, `"${long}"`, 'd')];
    expect(await sink.deliver(records)).toEqual([]);
    expect([sink.reasons(), org.rows('Entry__c').map((each) => each['Name'])]).toEqual([[], ['b', 'd']]);
    const tombstones = ['7', long].map((key, n) => ({ ...kafkaRecord(4 + n, key, ''), value: null }));
    expect(await sink.deliver(tombstones)).toEqual([]);
    expect([org.rows('Entry__c'), sink.counts().written]).toEqual([[], 6]);
  });

  it('is found again by reading back, amounts of many digits included', async () => {
    const org = createModelOrg([entry]);
    const sink = createSinkHarness(org, { topic: 'prices', write: upsert('Entry__c', { externalId: 'Number__c' }) });
    org.lose = (_, request) => request === 1;
    const value = '{"Number__c":123456789012345678,"Amount__c":"1234567890123456.78"}';
    expect(await sink.deliver([kafkaRecord(0, 'k', value)])).toEqual([]);
    expect([org.requests.length, sink.held]).toEqual([1, []]);
  });
});
