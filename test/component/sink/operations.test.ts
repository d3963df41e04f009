import { describe, expect, it } from 'vitest';
import { create, publishEvent, remove, undelete, update, upsert } from '../../../shared/bridge/targets.ts';
import { createModelOrg, describeObject } from '../../fixtures/model-org.ts';
import { kafkaRecord } from '../../fixtures/records.ts';
import { createSinkHarness, type SinkDefinition } from './sink-harness.ts';

const account = describeObject('Account', { SourceId__c: { externalId: true }, Name: {}, BillingCity: {} });
const contact = describeObject('Contact', { SourceId__c: { externalId: true }, LastName: {} });
const event = describeObject('Price__e', { Sku__c: {} });

function setUp(write: SinkDefinition['write'], more: Partial<SinkDefinition> = {}) {
  const org = createModelOrg([account, contact, event]);
  return { org, sink: createSinkHarness(org, { topic: 'prices', write, ...more }) };
}

describe('the operations of a sink', () => {
  it('creates a row for each record, however much they are alike', async () => {
    const { org, sink } = setUp(create('Account'));
    await sink.deliver([kafkaRecord(0, 'A', { Name: 'x' }), kafkaRecord(1, 'A', { Name: 'x' })]);
    expect(org.rows('Account').map((row) => row['Name'])).toEqual(['x', 'x']);
  });

  it('does not repeat creates when other records of the batch come again', async () => {
    const { org, sink } = setUp(create('Account'));
    let locked = true;
    org.refuse = (row) => (locked && row['Name'] === '1' ? { statusCode: 'UNABLE_TO_LOCK_ROW' } : undefined);
    const records = [0, 1, 2, 3].map((offset) => kafkaRecord(offset, null, { Name: String(offset) }));
    expect(await sink.deliver(records)).toEqual(['prices-0@1', 'prices-0@2', 'prices-0@3']);
    locked = false;
    expect(await sink.deliver(records.slice(1))).toEqual([]);
    expect(org.rows('Account').map((row) => row['Name'])).toEqual(['0', '2', '3', '1']);
    expect(sink.counts().written).toBe(4);
  });

  it('updates and deletes by Id, in its short or long form', async () => {
    const { org, sink } = setUp([update('Account'), remove('Contact')]);
    const accountId = org.put('Account', { Name: 'old' });
    const contactId = org.put('Contact', { LastName: 'gone' });
    await sink.deliver([
      kafkaRecord(0, 'a', { _ObjectType: 'Account', Id: accountId, Name: 'first' }),
      kafkaRecord(1, 'a', { _ObjectType: 'Account', Id: accountId.slice(0, 15), Name: 'new' }),
      kafkaRecord(2, 'c', { _ObjectType: 'contact', Id: contactId }),
    ]);
    expect(org.calls.map(({ operation, rows }) => `${operation} ${rows.length}`)).toEqual(['update 1', 'delete 1']);
    expect([org.rows('Account')[0]?.['Name'], org.rows('Contact')]).toEqual(['new', []]);
  });

  it('publishes an event for each record', async () => {
    const { org, sink } = setUp(publishEvent('Price__e'));
    await sink.deliver([0, 1, 2].map((offset) => kafkaRecord(offset, 'A', { Sku__c: 'A' })));
    expect(org.rows('Price__e')).toHaveLength(3);
  });

  it('publishes again what was not taken, and only that', async () => {
    const { org, sink } = setUp(publishEvent('Price__e'));
    let isFull = true;
    org.refuse = (row) => {
      if (!isFull || row['Sku__c'] !== 'B') return undefined;
      isFull = false;
      return { statusCode: 'LIMIT_EXCEEDED' };
    };
    expect(await sink.deliver(['A', 'B', 'C'].map((Sku__c, n) => kafkaRecord(n, 'k', { Sku__c })))).toEqual([]);
    expect(org.rows('Price__e').map((row) => row['Sku__c'])).toEqual(['A', 'C', 'B']);
    expect(sink.counts().written).toBe(3);
  });

  it('writes keys one after the other that only Salesforce takes for the same', async () => {
    const { org, sink } = setUp(upsert('Account', { externalId: 'SourceId__c' }));
    org.foldKey = (key) => key.normalize('NFC').toLowerCase();
    // One letter, or a letter and its accent.
    const [composed, decomposed] = ['caf\u00e9', 'cafe\u0301'];
    const records = [composed, decomposed].map((key, n) => kafkaRecord(n, key, { SourceId__c: key, Name: `v${n}` }));
    expect(await sink.deliver(records)).toEqual([]);
    expect([org.rows('Account').map((row) => row['Name']), sink.letters]).toEqual([['v1'], []]);
  });

  it.each([
    ['no key', null],
    ['an empty key', Buffer.alloc(0)],
    ['a key of bytes that are no text', Buffer.from([0, 0, 0x80])],
    ['a key of JSON that names no row', Buffer.from('{"Other":"K"}')],
  ])('takes no tombstone for a delete that has %s', async (_, key) => {
    const { org, sink } = setUp(remove('Account', { externalId: 'SourceId__c' }), { tombstones: 'delete' });
    org.put('Account', { SourceId__c: 'K' });
    expect(await sink.deliver([{ ...kafkaRecord(0, null, ''), key, value: null }])).toEqual([]);
    expect([sink.reasons(), org.rows('Account').length]).toEqual([['SKB_DECODE_FAILED'], 1]);
  });

  it('brings back the latest of the deleted rows of a key, and none while another row has the key', async () => {
    const { org, sink } = setUp(
      [undelete('Account', { externalId: 'SourceId__c' }), remove('Account', { externalId: 'SourceId__c' })],
      { tombstones: 'delete' },
    );
    const row = (offset: number, key: string) => kafkaRecord(offset, key, { SourceId__c: key });
    for (const [offset, Name] of ['older', 'newer'].entries()) {
      org.put('Account', { SourceId__c: 'K', Name });
      org.clock += 60_000;
      await sink.deliver([{ ...row(offset, 'K'), key: Buffer.from('K'), value: null }]);
    }
    await sink.deliver([row(2, 'K'), row(3, 'K')]);
    expect(org.rows('Account')).toMatchObject([{ SourceId__c: 'K', Name: 'newer' }]);
    expect(org.undeletes).toHaveLength(1);
    org.put('Account', { SourceId__c: 'K', Name: 'another' });
    await sink.deliver([row(4, 'K')]);
    expect([sink.letterOffsets(), sink.reasons()]).toEqual([[4], ['DUPLICATE_EXTERNAL_ID']]);
  });

  it('keeps the order of upsert, delete and upsert of one row', async () => {
    const { org, sink } = setUp(
      [upsert('Account', { externalId: 'SourceId__c' }), remove('Account', { externalId: 'SourceId__c' })],
      {
        tombstones: 'delete',
      },
    );
    const row = (offset: number, fields: object) => kafkaRecord(offset, 'K', { SourceId__c: 'K', ...fields });
    org.put('Account', { SourceId__c: 'K', Name: 'before', BillingCity: 'Bonn' });
    await sink.deliver([row(0, { Name: 'one' }), { ...row(1, {}), value: null }, row(2, { Name: 'three' })]);
    expect(org.rows('Account')).toMatchObject([{ SourceId__c: 'K', Name: 'three' }]);
    expect(org.rows('Account')[0]).not.toHaveProperty('BillingCity');
    expect(org.calls.map(({ operation }) => operation)).toEqual(['delete', 'upsert']);
    expect(sink.counts().written).toBe(3);
  });

  it('counts no attempt of a record that only waits for the one before it', async () => {
    const key = { externalId: 'SourceId__c' };
    const { org, sink } = setUp([upsert('Account', key), remove('Account', key)], {
      tombstones: 'delete',
      maxAttempts: 2,
    });
    org.put('Account', { SourceId__c: 'K', Name: 'before' });
    org.refuse = () => ({ statusCode: 'NEVER_SEEN_BEFORE' });
    const records = [
      { ...kafkaRecord(0, 'K', ''), value: null },
      kafkaRecord(1, 'K', { SourceId__c: 'K', Name: 'after' }),
    ];
    expect(await sink.deliver(records)).toEqual(['prices-0@0', 'prices-0@1']);
    expect([...sink.progress.values()].map(({ failing }) => failing?.attempts)).toEqual([{ 0: 1 }]);
    // The first one is given up now; the second has its own attempts.
    expect(await sink.deliver(records)).toEqual(['prices-0@1']);
    expect(sink.letterOffsets()).toEqual([0]);
  });

  it.each([
    ['ignore', { filtered: 1, deadLettered: 0 }],
    ['reject', { filtered: 0, deadLettered: 1 }],
  ] as const)('does with a tombstone what its policy says: %s', async (tombstones, counts) => {
    const { sink } = setUp(upsert('Account', { externalId: 'SourceId__c' }), { tombstones });
    await sink.deliver([{ ...kafkaRecord(0, 'K', ''), value: null }]);
    expect(sink.counts()).toMatchObject(counts);
  });

  it.each([
    ['clear', null],
    ['keep', 'before'],
  ] as const)('does with a null what its policy says: %s', async (nulls, expected) => {
    const { org, sink } = setUp(upsert('Account', { externalId: 'SourceId__c' }), { nulls });
    org.put('Account', { SourceId__c: 'K', Name: 'before' });
    await sink.deliver([kafkaRecord(0, 'K', { SourceId__c: 'K', Name: null })]);
    expect(org.rows('Account')[0]?.['Name']).toBe(expected);
  });
});
