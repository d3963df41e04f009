import { describe, expect, it } from 'vitest';
import type { OutgoingRecord } from '../../../../shared/kafka/record-producer.ts';
import type { BayeuxEvent } from '../../../../shared/salesforce/bayeux-client.ts';
import { decodePushTopicEvent } from '../../../../shared/salesforce/push-topic-event.ts';
import { toSourceRecords } from '../../../../shared/salesforce/source-record.ts';
import type { ReplayId } from '../../../../shared/state/channel-store.ts';
import { source } from '../../functions/poller/in-memory.ts';

const orgId = '00D000000000001AAA';

function pushTopicEvent(event: object, sobject: object) {
  const data = {
    event: { createdDate: '2016-08-15T22:07:59.192Z', replayId: '6', type: 'updated', ...event },
    sobject,
  };
  return { channel: '/topic/IncomingLeads', replayId: '6' as ReplayId, data, text: '', size: 0 };
}

function pushTopicEventToRecords(event: BayeuxEvent, org: string, object: string): OutgoingRecord[] {
  return decodePushTopicEvent(event, org, object).rows.flatMap((row) => toSourceRecords(row, source(), 0, event.text));
}

describe('a PushTopic event becomes a record', () => {
  it('in the shape of a change event, with the object its source declares', () => {
    const sobject = { Id: '00Q50000017qdkyEAA', Name: 'Test Lead', Email: null };
    const [record, ...others] = pushTopicEventToRecords(pushTopicEvent({}, sobject), orgId, 'Lead');
    expect(others).toEqual([]);
    expect(record?.key).toBe('{"Id":"00Q50000017qdkyEAA"}');
    expect(JSON.parse(String(record?.value))).toEqual({ ...sobject, _ObjectType: 'Lead', _EventType: 'updated' });
    expect(record?.timestamp).toBe(Date.parse('2016-08-15T22:07:59.192Z'));
    expect(record?.headers.map(({ name, value }) => `${name}=${value}`)).toEqual([
      'bridge.source=products',
      `salesforce.org.id=${orgId}`,
      'salesforce.channel=/topic/IncomingLeads',
      'salesforce.replay.id=6',
      'salesforce.fan.out.index=0',
    ]);
  });

  it('of its own fields, never of those of an object within', () => {
    const sobject = { Id: '00Q1', Owner: { Id: '0051', Name: 'Ada', Rating: 'Hot' }, Rating: null };
    const [record] = pushTopicEventToRecords(pushTopicEvent({}, sobject), orgId, 'Lead');
    expect(JSON.parse(String(record?.value))).toEqual({ ...sobject, _ObjectType: 'Lead', _EventType: 'updated' });
  });

  it('of a deleted row with its Id only', () => {
    const [record] = pushTopicEventToRecords(pushTopicEvent({ type: 'deleted' }, { Id: '00Q1' }), orgId, 'Lead');
    expect(JSON.parse(String(record?.value))).toEqual({ Id: '00Q1', _ObjectType: 'Lead', _EventType: 'deleted' });
  });

  it('that is complete when the row is new', () => {
    const [record] = pushTopicEventToRecords(pushTopicEvent({ type: 'created' }, { Id: '00Q1' }), orgId, 'Lead');
    expect(record?.headers).toContainEqual({ name: 'salesforce.complete', value: 'true' });
  });

  it.each([
    [{ type: 'merged' }, { Id: '00Q1' }, 'event.type: is not a known event type'],
    [{ createdDate: 'yesterday' }, { Id: '00Q1' }, 'event.createdDate: must be a date'],
    [{}, { Name: 'x' }, 'sobject.Id: must be a text'],
  ])('or is refused: %j %j', (event, sobject, place) => {
    expect(() => pushTopicEventToRecords(pushTopicEvent(event, sobject), orgId, 'Lead')).toThrow(
      expect.objectContaining({ code: 'SKB_DECODE_FAILED', message: expect.stringContaining(place) }),
    );
  });
});
