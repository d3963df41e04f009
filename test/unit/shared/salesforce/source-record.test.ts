import { describe, expect, it } from 'vitest';
import type { Source } from '../../../../shared/bridge/bridge.ts';
import type { OutgoingRecord } from '../../../../shared/kafka/record-producer.ts';
import type { ChangedRow } from '../../../../shared/salesforce/row-record.ts';
import { toSourceRecords } from '../../../../shared/salesforce/source-record.ts';
import { source } from '../../functions/poller/in-memory.ts';

const row: ChangedRow = {
  channel: '/data/Product2ChangeEvent',
  replayId: '12',
  orgId: '00D000000000001AAA',
  id: '01t000000000001AAA',
  object: 'Product2',
  type: 'updated',
  fields: { Name: 'Bolt' },
  committedAt: 1608073758000,
  headers: {},
};
const recordsOf = (changes: Partial<ChangedRow>, settings: Partial<Source> = {}) =>
  toSourceRecords({ ...row, ...changes }, source(settings), 3, '{"as":"it came"}');
const headerOf = (record: OutgoingRecord | undefined, name: string) =>
  record?.headers.find((header) => header.name === name)?.value.toString();

describe('a row becomes a record', () => {
  it('of the topic that its object and its change choose', () => {
    const settings = { topic: 'sf.${_ObjectType}.${_EventType}' };
    expect(recordsOf({}, settings)[0]?.topic).toBe('sf.Product2.updated');
    expect(recordsOf({ type: 'deleted' }, { ...settings, lowerCaseTopic: true })[0]?.topic).toBe('sf.product2.deleted');
  });

  it('and a tombstone under the same key, when it was deleted and the source asks for one', () => {
    const [record, tombstone, ...others] = recordsOf({ type: 'deleted' }, { tombstoneOnDelete: true });
    expect(others).toEqual([]);
    expect(tombstone).toMatchObject({ topic: record?.topic, key: record?.key, value: null });
    // Each record of an event has a place of its own, so that a take-over can tell which were published.
    expect([record, tombstone].map((each) => headerOf(each, 'salesforce.fan.out.index'))).toEqual(['3', '4']);
    expect(recordsOf({ type: 'updated' }, { tombstoneOnDelete: true })).toHaveLength(1);
    expect(recordsOf({ type: 'deleted' })).toHaveLength(1);
  });

  it.each([
    ['created', 'true'],
    ['undeleted', 'true'],
    ['snapshot', 'true'],
    ['updated', undefined],
    ['deleted', undefined],
  ] as const)('that says whether absent fields are empty: %s %s', (type, complete) => {
    expect(headerOf(recordsOf({ type })[0], 'salesforce.complete')).toBe(complete);
    expect(headerOf(recordsOf({ type, complete: true })[0], 'salesforce.complete')).toBe('true');
  });

  it('as Salesforce sent it, in format raw, still keyed by the row', () => {
    const [record] = recordsOf({}, { format: 'raw' });
    expect(record).toMatchObject({ value: '{"as":"it came"}', key: '{"Id":"01t000000000001AAA"}' });
  });
});

describe('an event that stands for no row', () => {
  const { id: _id, ...event } = { ...row, object: 'Low_Ink__e', channel: '/event/Low_Ink__e' };
  const keyOf = (settings: Partial<Source>) => toSourceRecords(event, source(settings), 0, null)[0]?.key;

  it('keeps the order of its channel', () => {
    expect(keyOf({})).toBe('{"channel":"/event/Low_Ink__e"}');
  });

  it('keeps the order of one of its fields, where the source names it', () => {
    expect(keyOf({ key: 'Name' })).toBe('{"Name":"Bolt"}');
  });
});
