import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromConnectProperties } from '../../../shared/bridge/connect-properties.ts';
import { fromRecord, remove, upsert } from '../../../shared/bridge/targets.ts';
import { BridgeError } from '../../../shared/errors/bridge-error.ts';
import { createModelOrg, describeObject, type ModelOrg, type Refuse } from '../../fixtures/model-org.ts';
import { kafkaRecord } from '../../fixtures/records.ts';
import { createSinkHarness, type SinkDefinition } from './sink-harness.ts';

const readOnly = { createable: false, updateable: false };
const account = describeObject('Account', {
  SourceId__c: { externalId: true },
  Name: {},
  ParentId: { type: 'reference', referenceTo: ['Account'], relationshipName: 'Parent' },
  OwnerId: { type: 'reference', referenceTo: ['User'], relationshipName: 'Owner' },
  MasterRecordId: { ...readOnly, type: 'reference', referenceTo: ['Account'], relationshipName: 'MasterRecord' },
  BillingAddress: { ...readOnly, type: 'address' },
  BillingCity: { compoundFieldName: 'BillingAddress' },
  CreatedDate: { ...readOnly, type: 'datetime' },
});
const contact = describeObject('Contact', {
  SourceId__c: { externalId: true },
  LastName: {},
  AccountId: { type: 'reference', referenceTo: ['Account'], relationshipName: 'Account' },
});

function setUp(write: SinkDefinition['write'], more: Partial<SinkDefinition> = {}) {
  const org = createModelOrg([account, contact]);
  return { org, sink: createSinkHarness(org, { topic: 'prices', write, ...more }) };
}

const id = (prefix: string, n: number) => `${prefix}A0000000000${n}AAA`;
/** A record as the source writes it. */
const sourced = (offset: number, type: string, object: string, rowId: string, fields: Record<string, unknown> = {}) =>
  kafkaRecord(offset, JSON.stringify({ Id: rowId }), { ...fields, Id: rowId, _ObjectType: object, _EventType: type });

/** Refuses rows whose account is not there, in the words of a real org. */
function missingAccounts(org: ModelOrg): Refuse {
  return (row) => {
    const account = (row['Account'] as { SourceId__c?: string } | undefined)?.SourceId__c;
    if (account === undefined || org.rows('Account').some((each) => each['SourceId__c'] === account)) return undefined;
    const message = `Foreign key external ID: ${account} not found for field SourceId__c in entity Account`;
    return { statusCode: 'INVALID_FIELD', message };
  };
}

describe('records of a source', () => {
  const replicas = [
    fromRecord('Account', { externalId: 'SourceId__c' }),
    fromRecord('Contact', { externalId: 'SourceId__c' }),
  ];

  it('keep another org equal: rows, lookups, changes, cleared fields and deletes', async () => {
    const { org, sink } = setUp(replicas);
    const [mother, daughter, person] = [id('001', 1), id('001', 2), id('003', 3)];
    await sink.deliver([
      // The child comes first; its parent is in the same batch.
      sourced(0, 'created', 'Contact', person, { LastName: 'Doe', AccountId: daughter }),
      sourced(1, 'created', 'Account', daughter, { Name: 'Daughter', ParentId: mother, OwnerId: id('005', 9) }),
      sourced(2, 'created', 'Account', mother, {
        Name: 'Mother',
        CreatedDate: '2026-01-01T00:00:00.000+0000',
        MasterRecordId: daughter,
        BillingAddress: { City: 'Bonn' },
        Only_There__c: 1,
      }),
      sourced(3, 'updated', 'Account', mother, { Name: 'Mother AG' }),
    ]);
    expect(org.rows('Account')).toMatchObject([
      { SourceId__c: mother, Name: 'Mother AG', BillingCity: 'Bonn' },
      { SourceId__c: daughter, Name: 'Daughter', Parent: { SourceId__c: mother } },
    ]);
    for (const row of org.rows('Account')) {
      for (const name of ['OwnerId', 'CreatedDate', 'MasterRecord', 'Only_There__c'])
        expect(row).not.toHaveProperty(name);
    }
    expect(org.rows('Contact')).toMatchObject([{ LastName: 'Doe', Account: { SourceId__c: daughter } }]);
    await sink.deliver([
      sourced(4, 'updated', 'Contact', person, { AccountId: null }),
      sourced(5, 'deleted', 'Account', daughter),
      { ...sourced(6, 'gap', 'Account', mother), key: null },
    ]);
    expect(org.rows('Contact')[0]).toMatchObject({ AccountId: null });
    expect(org.rows('Account').map((row) => row['SourceId__c'])).toEqual([mother]);
    expect(sink.counts()).toEqual({ written: 6, filtered: 1, absorbed: 0, deadLettered: 0 });
  });

  it('are found by the Id they have there, whatever that org keeps in a field of the same name', async () => {
    const { org, sink } = setUp(replicas);
    await sink.deliver([sourced(0, 'created', 'Account', id('001', 1), { Name: 'x', SourceId__c: 'of a third org' })]);
    expect(org.rows('Account').map((row) => row['SourceId__c'])).toEqual([id('001', 1)]);
  });

  it('name parents of several objects by the kind of their Id, and leave out those whose kind is not known', async () => {
    const what = { type: 'reference', referenceTo: ['Opportunity', 'Account'], relationshipName: 'What' };
    const key = { externalId: 'SourceId__c' };
    const org = createModelOrg([
      account,
      describeObject('Opportunity', { SourceId__c: { externalId: true }, Name: {} }),
      describeObject('Task', { SourceId__c: { externalId: true }, Subject: {}, WhatId: what }),
    ]);
    const write = [fromRecord('Opportunity', key), fromRecord('Account', key), fromRecord('Task', key)];
    const sink = createSinkHarness(org, { topic: 'prices', write });
    const parents = [id('001', 1), id('006', 2), id('a01', 3)];
    const records = parents.map((WhatId, n) =>
      sourced(n, 'created', 'Task', id('00T', n), { Subject: 'call', WhatId }),
    );
    expect(await sink.deliver(records)).toEqual([]);
    expect(new Map(org.rows('Task').map((row) => [row['SourceId__c'], row['What']]))).toEqual(
      new Map<string, object | undefined>([
        [id('00T', 0), { attributes: { type: 'Account' }, SourceId__c: parents[0] }],
        [id('00T', 1), { attributes: { type: 'Opportunity' }, SourceId__c: parents[1] }],
        [id('00T', 2), undefined],
      ]),
    );
  });

  it('are not refused for what nobody may write here, lookups included', async () => {
    const { org, sink } = setUp(replicas, { unknownFields: 'reject' });
    const system = { MasterRecordId: id('001', 2), CreatedDate: '2026-01-01T00:00:00.000+0000' };
    await sink.deliver([sourced(0, 'created', 'Account', id('001', 1), { Name: 'x', ...system })]);
    expect([sink.letters, org.rows('Account').map((row) => row['Name'])]).toEqual([[], ['x']]);
  });

  it('bring a deleted copy back before it is written, in the order of what happened', async () => {
    const { org, sink } = setUp(replicas);
    const row = id('001', 1);
    await sink.deliver([sourced(0, 'created', 'Account', row, { Name: 'first', BillingCity: 'Bonn' })]);
    const [first] = org.rows('Account');
    await sink.deliver([
      sourced(1, 'deleted', 'Account', row),
      sourced(2, 'undeleted', 'Account', row, { Name: 'again' }),
      sourced(3, 'updated', 'Account', row, { Name: 'last' }),
    ]);
    expect(org.rows('Account')).toMatchObject([{ Id: first?.['Id'], Name: 'last', BillingCity: 'Bonn' }]);
    expect(sink.counts()).toMatchObject({ written: 4, deadLettered: 0 });
  });

  it('go by Id where no external ID is named', async () => {
    const { org, sink } = setUp(fromRecord('Account'));
    const there = org.put('Account', { Name: 'there' });
    const gone = org.put('Account', { Name: 'gone' });
    await sink.deliver([
      sourced(0, 'created', 'Account', id('001', 1), { Name: 'new' }),
      sourced(1, 'updated', 'Account', there, { Name: 'changed' }),
      sourced(2, 'deleted', 'Account', gone),
      sourced(3, 'renamed', 'Account', there),
      sourced(4, 'created', 'Lead', id('00Q', 1)),
    ]);
    await sink.deliver([
      sourced(5, 'undeleted', 'Account', gone, { Name: 'back' }),
      sourced(6, 'undeleted', 'Account', id('001', 9), { Name: 'never there' }),
    ]);
    expect(org.rows('Account').map((row) => row['Name'])).toEqual(['changed', 'new', 'back']);
    expect(sink.letterOffsets().toSorted()).toEqual([3, 4, 6]);
  });

  it('that wait for a parent let the others of their batch go on, and wait no longer than told', async () => {
    const { org, sink } = setUp(replicas, { parentWaitSeconds: 90 });
    const person = id('003', 3);
    org.refuse = missingAccounts(org);
    const child = sourced(0, 'created', 'Contact', person, { LastName: 'Doe', AccountId: id('001', 9) });
    const others = [1, 2].map((n) => sourced(n, 'created', 'Account', id('001', n), { Name: `a${n}` }));
    expect(await sink.deliver([child, ...others])).toEqual(['prices-0@0', 'prices-0@1', 'prices-0@2']);
    expect(org.rows('Account').map((row) => row['Name'])).toEqual(['a1', 'a2']);
    expect([...sink.progress.values()]).toMatchObject([{ settledOffset: -1, holes: [[0, 0]], deliveredOffset: 2 }]);
    // Delivered again from the lowest on, with more behind: only what is new is sent beside the one that waits.
    org.calls.length = 0;
    const later = sourced(3, 'created', 'Account', id('001', 3), { Name: 'a3' });
    await sink.deliver([child, ...others, later]);
    const accounts = org.calls.filter(({ object }) => object === 'Account').flatMap(({ rows }) => rows);
    expect(accounts.map((row) => row['Name'])).toEqual(['a3']);
    for (let waits = 0; waits < 2; waits += 1) {
      org.clock += 40_000;
      expect(await sink.deliver([child, ...others, later])).toContain('prices-0@0');
    }
    org.clock += 11_000;
    expect(await sink.deliver([child, ...others, later])).toEqual([]);
    expect([sink.letterOffsets(), sink.counts().written]).toEqual([[0], 3]);
  });

  it('do not use up their wait for a parent while the org is down, since parents cannot come either', async () => {
    const { org, sink } = setUp(replicas, { parentWaitSeconds: 60 });
    const [parent, person] = [id('001', 1), id('003', 3)];
    org.refuse = missingAccounts(org);
    const child = sourced(0, 'created', 'Contact', person, { LastName: 'Doe', AccountId: parent });
    const elsewhere = { ...sourced(0, 'created', 'Account', parent, { Name: 'x' }), topic: 'other' };
    expect(await sink.deliver([child])).toEqual(['prices-0@0']);
    org.fail = () => ({ kind: 'refused', error: new BridgeError('SKB_SALESFORCE_UNAVAILABLE', 'down') });
    for (let hour = 0; hour < 3; hour += 1) {
      org.clock += 3_600_000;
      expect(await sink.deliver([child])).toEqual(['prices-0@0']);
      expect(await sink.deliver([elsewhere])).toEqual(['other-0@0']);
    }
    org.fail = () => undefined;
    expect(await sink.deliver([child])).toEqual(['prices-0@0']);
    expect(await sink.deliver([elsewhere])).toEqual([]);
    expect(await sink.deliver([child])).toEqual([]);
    expect([org.rows('Contact').length, sink.letters.length]).toEqual([1, 0]);
  });

  it('are written before the parent that they name is deleted, as they came', async () => {
    const { org, sink } = setUp(replicas);
    const [parent, person] = [id('001', 1), id('003', 3)];
    org.refuse = missingAccounts(org);
    org.put('Account', { SourceId__c: parent, Name: 'there' });
    const child = sourced(0, 'created', 'Contact', person, { LastName: 'Doe', AccountId: parent });
    expect(await sink.deliver([child, sourced(1, 'deleted', 'Account', parent)])).toEqual([]);
    expect([org.rows('Contact').length, org.rows('Account').length, sink.letters]).toEqual([1, 0, []]);
  });

  it('each have their own wait for a parent, also when they are merged into one row', async () => {
    const { org, sink } = setUp(replicas, { parentWaitSeconds: 60 });
    const [parent, person] = [id('001', 1), id('003', 3)];
    org.refuse = missingAccounts(org);
    const child = (offset: number, LastName: string) =>
      sourced(offset, 'updated', 'Contact', person, { LastName, AccountId: parent });
    await sink.deliver([child(0, 'first')]);
    for (let waits = 0; waits < 2; waits += 1) {
      org.clock += 28_000;
      await sink.deliver([child(0, 'first')]);
    }
    org.clock += 5_000;
    expect(await sink.deliver([child(0, 'first'), child(1, 'second')])).toEqual(['prices-0@1']);
    expect(sink.letterOffsets()).toEqual([0]);
    org.put('Account', { SourceId__c: parent });
    expect(await sink.deliver([child(1, 'second')])).toEqual([]);
    expect([org.rows('Contact')[0]?.['LastName'], sink.letterOffsets()]).toEqual(['second', [0]]);
  });

  it('are written when their parent lies behind them in their partition, once both are delivered together', async () => {
    const { org, sink } = setUp(replicas);
    const [parent, person] = [id('001', 1), id('003', 3)];
    org.refuse = missingAccounts(org);
    const child = sourced(0, 'created', 'Contact', person, { LastName: 'Doe', AccountId: parent });
    const between = sourced(1, 'created', 'Account', id('001', 2), { Name: 'between' });
    expect(await sink.deliver([child, between])).toEqual(['prices-0@0', 'prices-0@1']);
    const behind = sourced(2, 'created', 'Account', parent, { Name: 'behind' });
    expect(await sink.deliver([child, between, behind])).toEqual([]);
    expect(org.rows('Contact')).toMatchObject([{ LastName: 'Doe', Account: { SourceId__c: parent } }]);
    expect(org.calls.flatMap(({ rows }) => rows).filter((row) => row['Name'] === 'between')).toHaveLength(1);
  });

  it('are not held up by a missing parent whose name differs from theirs in case only', async () => {
    const key = { externalId: 'SourceId__c' };
    const { org, sink } = setUp([upsert('Contact', key), remove('Contact', key)], {
      parentWaitSeconds: 0,
      tombstones: 'delete',
    });
    org.refuse = missingAccounts(org);
    const [there, missing] = ['001A0000001abcd', '001A0000001ABCD'];
    org.put('Account', { SourceId__c: there });
    const child = (offset: number, name: string, account: string) =>
      kafkaRecord(offset, name, { SourceId__c: name, Account: { SourceId__c: account } });
    // Merged into one row, and in a call after the one that found it missing.
    const records = [
      child(0, 'merged', there),
      child(1, 'merged', missing),
      { ...kafkaRecord(2, 'later', ''), value: null },
      child(3, 'later', there),
    ];
    expect(await sink.deliver(records)).toEqual([]);
    expect(sink.letterOffsets()).toEqual([1]);
    expect(org.rows('Contact').map((row) => row['Account'])).toEqual([{ SourceId__c: there }, { SourceId__c: there }]);
  });

  it('wait for a parent that comes later, on whatever topic', async () => {
    const { org, sink } = setUp(replicas);
    const [parent, person] = [id('001', 1), id('003', 3)];
    org.refuse = missingAccounts(org);
    const child = sourced(0, 'created', 'Contact', person, { LastName: 'Doe', AccountId: parent });
    expect(await sink.deliver([child])).toEqual(['prices-0@0']);
    const elsewhere = { ...sourced(0, 'created', 'Account', parent, { Name: 'x' }), topic: 'other' };
    expect(await sink.deliver([elsewhere])).toEqual([]);
    expect(await sink.deliver([child])).toEqual([]);
    expect([org.rows('Contact').length, sink.letters.length]).toEqual([1, 0]);
  });
});

it('a file of the Confluent sink connector keeps rows as records of a source say', async () => {
  const file = new URL('../../../examples/kafka-connect/account-sink.properties', import.meta.url);
  const text = readFileSync(file, 'utf8').replaceAll('External_Id__c', 'SourceId__c');
  const definition = fromConnectProperties(text).definition.sinks?.['Account'];
  if (definition === undefined) throw new Error('the file makes no sink of this name');
  const org = createModelOrg([account]);
  const sink = createSinkHarness(org, definition);
  const row = id('001', 1);
  await sink.deliver([
    sourced(0, 'created', 'Account', row, { Name: 'one', ParentId: id('001', 2), Only_There__c: 1 }),
    sourced(1, 'updated', 'Account', row, { Name: 'two' }),
    sourced(2, 'created', 'Account', id('001', 3), { Name: 'x'.repeat(300) }),
  ]);
  expect(org.rows('Account')).toMatchObject([{ SourceId__c: row, Name: 'two' }]);
  expect(org.rows('Account')[0]).not.toHaveProperty('Parent');
  expect(sink.reports.map(({ record, outcome }) => [record.offset, outcome.kind])).toEqual([
    [0, 'written'],
    [1, 'written'],
    [2, 'rejected'],
  ]);
  await sink.deliver([sourced(3, 'deleted', 'Account', row)]);
  expect(org.rows('Account')).toEqual([]);
});
