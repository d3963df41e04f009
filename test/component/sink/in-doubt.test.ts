import { describe, expect, it } from 'vitest';
import type { BulkLane } from '../../../functions/sink/bulk-lane.ts';
import { create, remove, upsert } from '../../../shared/bridge/targets.ts';
import { BridgeError } from '../../../shared/errors/bridge-error.ts';
import { createModelOrg, describeObject } from '../../fixtures/model-org.ts';
import { kafkaRecord } from '../../fixtures/records.ts';
import { createSinkHarness, type SinkDefinition } from './sink-harness.ts';

const account = describeObject('Account', {
  Key__c: { externalId: true },
  Name: {},
  Mark__c: { externalId: true },
  Serial__c: { unique: true },
});
const unanswered = { kind: 'ambiguous', error: new BridgeError('SKB_SALESFORCE_UNAVAILABLE', 'timeout') } as const;

function setUp(write: SinkDefinition['write'] = upsert('Account', { externalId: 'Key__c' }), bulk?: BulkLane) {
  const org = createModelOrg([account]);
  return { org, sink: createSinkHarness(org, { topic: 'prices', write }, bulk === undefined ? {} : { bulk }) };
}

const named = (offset: number, key: string, Name: string) => kafkaRecord(offset, key, { Key__c: key, Name });
const names = (org: ReturnType<typeof setUp>['org']) => org.rows('Account').map((row) => row['Name']);

describe('a call without an answer', () => {
  it('that took effect is found out by reading back: nothing is sent again and nothing is held', async () => {
    const { org, sink } = setUp();
    org.lose = (_, request) => request === 1;
    expect(await sink.deliver([named(0, 'A', 'one'), named(1, 'B', 'two')])).toEqual([]);
    expect(org.requests).toHaveLength(1);
    expect(await sink.deliver([named(2, 'A', 'three')])).toEqual([]);
    expect(names(org)).toEqual(['three', 'two']);
  });

  it('that may yet take effect is repeated as it is; a newer value waits until it cannot any more', async () => {
    const { org, sink } = setUp();
    org.fail = (_, request) => (request === 1 ? unanswered : undefined);
    expect(await sink.deliver([named(0, 'A', 'old'), named(1, 'B', 'other')])).toEqual([]);
    expect(names(org)).toEqual(['old', 'other']);
    const newer = [named(2, 'A', 'new'), named(3, 'C', 'third')];
    expect(await sink.deliver(newer)).toEqual(['prices-0@2', 'prices-0@3']);
    // The late end of the first call, minutes after; nothing newer is lost to it.
    expect(names(org)).toEqual(['old', 'other', 'third']);
    org.clock += 601_000;
    expect(await sink.deliver(newer)).toEqual([]);
    expect(names(org)).toEqual(['new', 'other', 'third']);
    expect(sink.counts().written).toBe(4);
  });

  it('is not found out by values that were there before', async () => {
    const { org, sink } = setUp();
    org.put('Account', { Key__c: 'A', Name: 'same' });
    org.clock += 10_000;
    org.fail = (_, request) => (request === 1 ? unanswered : undefined);
    expect(await sink.deliver([named(0, 'A', 'same')])).toEqual([]);
    expect([org.requests.length, sink.held.length]).toEqual([2, 1]);
  });

  it.each([
    ['1e3', '1000'],
    ['0x10', '16'],
    ['7', 'seven'],
  ])('is not found out by another text: %s for %s', async (sent, there) => {
    const { org, sink } = setUp();
    org.fail = (_, request) => {
      if (request === 1) org.put('Account', { Key__c: 'A', Name: there });
      return request === 1 ? unanswered : undefined;
    };
    await sink.deliver([named(0, 'A', sent)]);
    expect([names(org), org.requests.length]).toEqual([[sent], 2]);
  });

  it('is not found out by one of two rows that share a key', async () => {
    const { org, sink } = setUp();
    org.put('Account', { Key__c: 'A', Name: 'one' });
    org.lose = (_, request) => request === 1;
    org.fail = (_, request) => {
      if (request === 1) org.put('Account', { Key__c: 'A', Name: 'another' });
      return undefined;
    };
    await sink.deliver([named(0, 'A', 'new')]);
    expect([org.requests.length, sink.held.length]).toEqual([2, 1]);
  });

  it('holds its rows also for the next execution environment, and in a batch that adds a newer value', async () => {
    const { org, sink } = setUp();
    org.fail = () => unanswered;
    const old = named(0, 'A', 'old');
    expect(await sink.deliver([old])).toEqual(['prices-0@0']);
    org.fail = () => undefined;
    expect(await sink.deliver([old, named(1, 'A', 'new')])).toEqual(['prices-0@1']);
    expect(names(org)).toEqual(['old']);
    org.clock += 601_000;
    expect(await sink.deliver([named(1, 'A', 'new')])).toEqual([]);
    expect(names(org)).toEqual(['new']);
  });

  it('holds its rows also for a batch that first waited for the bulk job of another', async () => {
    let wait = async () => false;
    const bulk = { takes: () => false, write: async () => new Map(), finishOpenJobs: () => wait() };
    const { org, sink } = setUp(undefined, bulk);
    org.fail = () => unanswered;
    await sink.deliver([named(0, 'A', 'old')]);
    const heldMeanwhile = sink.held.splice(0);
    expect(heldMeanwhile).not.toEqual([]);
    org.fail = () => undefined;
    wait = async () => {
      sink.held.push(...heldMeanwhile);
      return true;
    };
    expect(await sink.deliver([named(1, 'A', 'new')])).toEqual(['prices-0@1']);
  });

  it.each([
    ['written', upsert('Account', { externalId: 'Key__c' })],
    ['deleted', remove('Account', { externalId: 'Key__c' })],
  ])(
    'holds its rows before the time is up, although nothing is answered any more: a row that is %s',
    async (_, write) => {
      const org = createModelOrg([account]);
      org.put('Account', { Key__c: 'A' });
      const isHanging = { queries: false };
      const query = org.query.bind(org);
      org.query = async (soql) => {
        if (!isHanging.queries) return query(soql);
        org.clock += 5_000;
        throw new BridgeError('SKB_SALESFORCE_UNAVAILABLE', 'no answer');
      };
      org.fail = () => {
        isHanging.queries = true;
        org.clock += 5_000;
        return unanswered;
      };
      const sink = createSinkHarness(org, { topic: 'prices', write });
      const end = org.clock + 9_000;
      expect(await sink.deliver([named(0, 'A', 'one')], 9)).toEqual(['prices-0@0']);
      expect([org.clock <= end, sink.held.length]).toEqual([true, 1]);
    },
  );

  it('of a delete is over when the row is gone', async () => {
    const { org, sink } = setUp(remove('Account', { externalId: 'Key__c' }));
    org.put('Account', { Key__c: 'A' });
    org.lose = () => true;
    expect(await sink.deliver([named(0, 'A', '')])).toEqual([]);
    expect([org.rows('Account'), org.requests.length]).toEqual([[], 1]);
  });

  it('makes no second row when the create leaves the coordinates of its record', async () => {
    const { org, sink } = setUp(create('Account', { mark: 'Mark__c' }));
    org.lose = (_, request) => request === 1;
    org.fail = (_, request) => (request === 2 ? unanswered : undefined);
    const records = [named(0, 'A', 'one'), named(1, 'A', 'one')];
    await sink.deliver(records);
    await sink.deliver(records);
    expect(org.rows('Account').map((row) => row['Mark__c'])).toEqual(['prices-0@0', 'prices-0@1']);
  });

  it('of a create is found out by a unique field, where the row has one', async () => {
    const { org, sink } = setUp(create('Account'));
    org.lose = (_, request) => request === 1;
    const unique = (offset: number, Serial__c: string) => kafkaRecord(offset, 'A', { Name: 'same', Serial__c });
    expect(await sink.deliver([unique(0, 'S-1'), unique(1, 'S-2')])).toEqual([]);
    expect(org.rows('Account').map((row) => row['Serial__c'])).toEqual(['S-1', 'S-2']);
    expect(sink.counts().written).toBe(2);
  });

  it('of a create without any goes back, and may make a second row', async () => {
    const { org, sink } = setUp(create('Account'));
    org.lose = (_, request) => request === 1;
    expect(await sink.deliver([named(0, 'A', 'one')])).toEqual(['prices-0@0']);
    expect(await sink.deliver([named(0, 'A', 'one')])).toEqual([]);
    expect(names(org)).toEqual(['one', 'one']);
  });
});
