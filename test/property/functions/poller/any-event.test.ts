import fc from 'fast-check';
import { expect, it } from 'vitest';
import { receivedEvent } from '../../../../functions/poller/received-event.ts';
import { routeSources } from '../../../../functions/poller/routed-source.ts';
import { commitTimes, rowsOfEach, toDeliveries, toDrafts } from '../../../../functions/poller/to-delivery.ts';
import { recordBytes } from '../../../../shared/kafka/cut-requests.ts';
import { toKafkajsMessages } from '../../../../shared/kafka/kafkajs-messages.ts';
import { publishedIdentity } from '../../../../shared/kafka/published-log.ts';
import type { BayeuxEvent } from '../../../../shared/salesforce/bayeux-client.ts';
import { parseElements } from '../../../../shared/salesforce/exact-elements.ts';
import type { ReplayId } from '../../../../shared/state/channel-store.ts';
import { source, startOfTime } from '../../../unit/functions/poller/in-memory.ts';

const orgId = '00D000000000001AAA';
const sources = [
  source(),
  source({ name: 'raw', topic: 'raw', format: 'raw', tombstoneOnDelete: true }),
  source({ name: 'all', topic: 'all', capture: { kind: 'changeDataCaptureChannel', channel: 'ChangeEvents' } }),
  source({
    name: 'leads',
    topic: 'leads',
    capture: { kind: 'pushTopic', object: 'Lead', name: 'Leads', create: false },
  }),
  source({ name: 'ink', topic: 'ink', capture: { kind: 'platformEvent', event: 'Low_Ink__e' }, key: 'Printer__c' }),
  source({ name: 'notes', topic: 'notes', capture: { kind: 'generic', channel: '/u/notes' } }),
];

/** What is usual for each kind of channel; one member or several of it are replaced by anything. */
const usual = {
  schema: 'I8b',
  event: { replayId: 12, EventUuid: 'e1', type: 'updated', createdDate: '2026-01-01T00:00:00.000Z' },
  sobject: { Id: '00Q000000000001AAA', Name: 'Bolt', BillingAddress: { City: 'Berlin' } },
  payload: {
    CreatedDate: '2026-01-01T00:00:00.000Z',
    Printer__c: 'p1',
    Name: { FirstName: 'Ada', LastName: 'L' },
    BillingAddress: { City: 'Berlin', Street: null },
    Description: { diff: '--- \n+++ 00\n@@' },
    ChangeEventHeader: {
      entityName: 'Product2',
      recordIds: ['01t000000000001AAA'],
      changeType: 'UPDATE',
      commitTimestamp: startOfTime,
      commitNumber: 74487681550,
      sequenceNumber: 1,
      changedFields: ['Name.FirstName', 'BillingAddress.City'],
    },
  },
};
const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(null, '', '__proto__', 'constructor', '\ud800', '𝄞', [], {}, -1, 1e300, 2 ** 53, 8.64e15),
  fc.constantFrom('CREATE', 'DELETE', 'GAP_UPDATE', 'GAP_OVERFLOW', ['001*'], ['000000000000000AAA'], ['a', 'b']),
);
const names = ['', '__proto__', 'toString', 'Ärger', 'BillingAddress', 'Name', 'Id', '_EventType', 'x.y'];
const anywhere = fc.constantFrom(
  ...[['event'], ['payload'], ['sobject'], ['schema']],
  ...Object.keys(usual.event).map((name) => ['event', name]),
  ...[...Object.keys(usual.payload), ...names].map((name) => ['payload', name]),
  ...[...Object.keys(usual.sobject), ...names].map((name) => ['sobject', name]),
  ...[...Object.keys(usual.payload.ChangeEventHeader), 'other'].map((name) => ['payload', 'ChangeEventHeader', name]),
);
const times = fc.constantFrom(
  ...[
    ['event', 'createdDate'],
    ['payload', 'CreatedDate'],
    ['payload', 'ChangeEventHeader', 'commitTimestamp'],
  ],
);
const oddTime = fc.constantFrom<unknown>(
  0,
  -1,
  1.5,
  8.7e15,
  '',
  'soon',
  '-000001-01-01T00:00:00Z',
  '+275760-09-14T00:00:00Z',
);
const changes = fc.array(fc.oneof(fc.tuple(anywhere, odd), fc.tuple(times, oddTime)), { maxLength: 3 });

function withMember(value: unknown, [name, ...rest]: readonly string[], member: unknown): unknown {
  if (name === undefined) return member;
  const members = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const before = members.find(([each]) => each === name)?.[1];
  return Object.fromEntries([...members.filter(([each]) => each !== name), [name, withMember(before, rest, member)]]);
}

/** As it comes out of an answer of Salesforce. */
function eventOf(channel: string, data: unknown): BayeuxEvent {
  // As a short number, which is none that keeps its digits.
  const json = JSON.stringify({ channel, data }).replaceAll('8700000000000000', '8.7e15');
  const [element] = parseElements(`[${json}]`);
  const { value, text = '', size = 0 } = element ?? {};
  return { channel, replayId: '12' as ReplayId, data: (value as { data: unknown }).data, text, size };
}

it('whatever an event holds, it becomes records, dead letters or a reason to skip it, for each source of its channel', async () => {
  const routes = [...routeSources(sources)];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...routes), changes, async ([channel, routed], changed) => {
      const data = changed.reduce((value: unknown, [path, member]) => withMember(value, path, member), usual);
      const subscription = { sources: routed, isBeforeStart: () => false };
      const received = receivedEvent(eventOf(channel, data), orgId, subscription);
      const context = { orgId, now: startOfTime, eventOfSchema: async () => 'Low_Ink__e' };
      const drafts = await toDrafts([received], context);
      rowsOfEach(drafts);
      const deliveries = await toDeliveries(drafts, () => undefined);
      const times = commitTimes(deliveries);
      if (times !== undefined) new Date(times.latest).toISOString();
      for (const { records, deadLetters, skipped, gap } of deliveries) {
        if (gap !== undefined) new Date(gap.committedAt).toISOString();
        expect(records.length + deadLetters.length + skipped.length).toBeGreaterThanOrEqual(gap ? 0 : routed.length);
        const all = [...records, ...deadLetters];
        expect(new Set(all.map(publishedIdentity)).size).toBe(all.length);
        expect(toKafkajsMessages(all)).toHaveLength(all.length);
        for (const record of all) {
          expect(recordBytes(record)).toBeGreaterThan(0);
          if (record.value !== null && !deadLetters.includes(record)) JSON.parse(String(record.value));
        }
      }
    }),
    { numRuns: 3000 },
  );
});
