import { describe, expect, it } from 'vitest';
import type { OutgoingRecord } from '../../../../shared/kafka/record-producer.ts';
import type { BayeuxEvent } from '../../../../shared/salesforce/bayeux-client.ts';
import { decodeChangeEvent } from '../../../../shared/salesforce/change-event.ts';
import { toSourceRecords } from '../../../../shared/salesforce/source-record.ts';
import type { ReplayId } from '../../../../shared/state/channel-store.ts';
import { source } from '../../functions/poller/in-memory.ts';

const orgId = '00D000000000001AAA';

function changeEvent(header: object, fields: object = {}): BayeuxEvent {
  const data = {
    schema: 'I8b-dYxvxs5wOtCBr4qsew',
    payload: {
      ...fields,
      ChangeEventHeader: {
        entityName: 'Product2',
        changeType: 'UPDATE',
        changedFields: [],
        recordIds: ['01t000000000001AAA'],
        transactionKey: '0005e192-9e62-2554-3880-3c3718bd6308',
        sequenceNumber: 1,
        commitNumber: '74487681550',
        commitTimestamp: 1608073758000,
        commitUser: '005000000000001AAA',
        changeOrigin: '',
        ...header,
      },
    },
    event: { replayId: '12' },
  };
  const text = JSON.stringify({ data });
  return { channel: '/data/Product2ChangeEvent', replayId: '12' as ReplayId, data, text, size: text.length };
}

function changeEventToRecords(event: BayeuxEvent, org: string): OutgoingRecord[] {
  return decodeChangeEvent(event, org).rows.flatMap((row, index) => toSourceRecords(row, source(), index, event.text));
}

function jsonOf(record: OutgoingRecord | undefined): unknown {
  return JSON.parse(String(record?.value));
}

function headersOf(record: OutgoingRecord | undefined): Record<string, string> {
  return Object.fromEntries((record?.headers ?? []).map(({ name, value }) => [name, value.toString()]));
}

describe('a change event becomes a record', () => {
  it('of changed fields by API name, null where a field was cleared', () => {
    const event = changeEvent(
      { changedFields: ['Description', 'Name', 'LastModifiedDate'] },
      { Name: 'Bolt', Description: null, LastModifiedDate: '2020-12-15T23:09:18.000Z' },
    );
    const [record] = changeEventToRecords(event, orgId);
    expect(record?.key).toBe('{"Id":"01t000000000001AAA"}');
    expect(jsonOf(record)).toEqual({
      Id: '01t000000000001AAA',
      Name: 'Bolt',
      Description: null,
      LastModifiedDate: '2020-12-15T23:09:18.000Z',
      _ObjectType: 'Product2',
      _EventType: 'updated',
    });
    expect(record?.timestamp).toBe(1608073758000);
  });

  it('with headers that say where it comes from', () => {
    const [record] = changeEventToRecords(
      changeEvent({ changedFields: ['Name', 'Family'], commitUser: '005000000000001AAA' }),
      orgId,
    );
    expect(headersOf(record)).toEqual({
      'bridge.source': 'products',
      'salesforce.org.id': orgId,
      'salesforce.channel': '/data/Product2ChangeEvent',
      'salesforce.replay.id': '12',
      'salesforce.fan.out.index': '0',
      'salesforce.commit.number': '74487681550',
      'salesforce.commit.user': '005000000000001AAA',
      'salesforce.transaction.key': '0005e192-9e62-2554-3880-3c3718bd6308',
      'salesforce.sequence.number': '1',
      'salesforce.changed.fields': 'Name,Family',
      'salesforce.schema.id': 'I8b-dYxvxs5wOtCBr4qsew',
    });
  });

  it.each([
    ['CREATE', 'created', 'true'],
    ['UPDATE', 'updated', undefined],
    ['DELETE', 'deleted', undefined],
    ['UNDELETE', 'undeleted', 'true'],
    ['GAP_UPDATE', 'gap', undefined],
  ])('of type %s as %s, complete: %s', (changeType, eventType, complete) => {
    const [record] = changeEventToRecords(changeEvent({ changeType }), orgId);
    expect(jsonOf(record)).toEqual({ Id: '01t000000000001AAA', _ObjectType: 'Product2', _EventType: eventType });
    expect(headersOf(record)['salesforce.complete']).toBe(complete);
  });

  it.each([
    ['GAP_UPDATE', ['01tA', '01tB'], ['01tA', '01tB']],
    ['GAP_OVERFLOW', ['000000000000000AAA'], undefined],
    ['UPDATE', ['01t*'], undefined],
    ['UPDATE', ['01tA', '01t*'], undefined],
  ])('of type %s for %j as a gap of %j, which only a re-read can fill', (changeType, recordIds, ids) => {
    const { gap, rows } = decodeChangeEvent(changeEvent({ changeType, recordIds }), orgId);
    expect(gap).toEqual({ object: 'Product2', changeType, ids, committedAt: 1608073758000 });
    expect(rows.map((row) => row.id)).not.toContain('01t*');
  });

  it('names the kind of a gap, because its reader has to act on it', () => {
    const [record] = changeEventToRecords(changeEvent({ changeType: 'GAP_CREATE' }), orgId);
    expect(headersOf(record)['salesforce.change.type']).toBe('GAP_CREATE');
  });

  it('for each row that a merged event names, in its order', () => {
    const records = changeEventToRecords(changeEvent({ recordIds: ['01tA', '01tB', '01tC'] }, { Family: 'X' }), orgId);
    expect(records.map((record) => [record.key, headersOf(record)['salesforce.fan.out.index']])).toEqual([
      ['{"Id":"01tA"}', '0'],
      ['{"Id":"01tB"}', '1'],
      ['{"Id":"01tC"}', '2'],
    ]);
    expect(records.map(jsonOf)).toEqual(
      ['01tA', '01tB', '01tC'].map((Id) => expect.objectContaining({ Id, Family: 'X' })),
    );
  });
});

describe('compound fields come as child object and as flat parts', () => {
  const fieldsOf = (fields: object, changedFields: string[] = []) => {
    const { Id, _ObjectType, _EventType, ...rest } = jsonOf(
      changeEventToRecords(changeEvent({ entityName: 'Account', changedFields }, fields), orgId)[0],
    ) as Record<string, unknown>;
    return rest;
  };

  it.each([
    [{ BillingAddress: { City: 'Ulm', Street: null } }, { BillingCity: 'Ulm', BillingStreet: null }],
    [{ Address: { City: 'Ulm' } }, { City: 'Ulm' }],
    [{ Name: { FirstName: 'Ada', LastName: 'L' } }, { FirstName: 'Ada', LastName: 'L' }],
    [{ Home__c: { City: 'Ulm' } }, { Home__City__s: 'Ulm' }],
    [{ Name: 'Acme' }, {}],
    [{ Notes__c: { diff: '--- \n+++ 00\n' } }, {}],
  ])('%j adds %j', (fields, parts) => {
    expect(fieldsOf(fields)).toEqual({ ...fields, ...parts });
  });

  it('keeps the changed part of a compound', () => {
    expect(fieldsOf({ BillingAddress: { City: 'Ulm' } }, ['BillingAddress.City'])).toMatchObject({
      BillingCity: 'Ulm',
    });
  });

  it('clears the parts of a compound that was cleared as a whole', () => {
    expect(fieldsOf({ BillingAddress: null }, ['BillingAddress.City', 'BillingAddress.Street'])).toEqual({
      BillingAddress: null,
      BillingCity: null,
      BillingStreet: null,
    });
  });

  it('marks long texts that came as a difference, since that is no value to write', () => {
    const [record] = changeEventToRecords(changeEvent({}, { Description: { diff: '@@' } }), orgId);
    expect(headersOf(record)['salesforce.diff.fields']).toBe('Description');
  });
});

describe('an event of another shape is refused by the place, never by the value', () => {
  it.each([
    [{ changeType: 'MERGE' }, 'payload.ChangeEventHeader.changeType: is not a known change type'],
    [{ recordIds: [] }, 'payload.ChangeEventHeader.recordIds: must name a row'],
    [{ entityName: '' }, 'payload.ChangeEventHeader.entityName: must not be empty'],
    [{ commitTimestamp: 'soon' }, 'payload.ChangeEventHeader.commitTimestamp: must be milliseconds since the epoch'],
    // A time that no date can hold would end the program where it is written down.
    [{ commitTimestamp: 9e15 }, 'payload.ChangeEventHeader.commitTimestamp: must be milliseconds since the epoch'],
    [{ commitTimestamp: -1 }, 'payload.ChangeEventHeader.commitTimestamp: must be milliseconds since the epoch'],
  ])('%j', (header, place) => {
    expect(() => changeEventToRecords(changeEvent(header, { Name: 'secret' }), orgId)).toThrow(
      expect.objectContaining({ code: 'SKB_DECODE_FAILED', message: expect.stringContaining(place) }),
    );
    expect(() => changeEventToRecords(changeEvent(header, { Name: 'secret' }), orgId)).not.toThrow(/secret/);
  });
});
