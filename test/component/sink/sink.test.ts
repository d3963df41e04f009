import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { upsert } from '../../../shared/bridge/targets.ts';
import { BridgeError } from '../../../shared/errors/bridge-error.ts';
import type { PartitionProgress } from '../../../shared/state/partition-progress.ts';
import { changeThreshold } from '../../../shared/transform/change-threshold.ts';
import { json } from '../../../shared/transform/json.ts';
import { map } from '../../../shared/transform/map.ts';
import { pipe } from '../../../shared/transform/pipe.ts';
import { createModelOrg, describeObject, type Refuse } from '../../fixtures/model-org.ts';
import { kafkaRecord } from '../../fixtures/records.ts';
import { createSinkHarness, type SinkDefinition } from './sink-harness.ts';

const entry = describeObject('PricebookEntry', {
  Key__c: { externalId: true },
  UnitPrice: { type: 'double' },
  Product2Id: { type: 'reference', relationshipName: 'Product2', referenceTo: ['Product2'] },
});

function setUp(refuse: Refuse = () => undefined, progress = new Map<string, PartitionProgress>()) {
  const org = createModelOrg([entry]);
  org.refuse = refuse;
  const definition: SinkDefinition = {
    topic: 'prices',
    write: upsert('PricebookEntry', { externalId: 'Key__c' }),
    parentWaitSeconds: 0,
    transform: pipe(
      json(z.object({ product: z.string(), price: z.number() })),
      changeThreshold({ of: (update) => update.price, by: 0.0001 }),
      map((update) => ({ Key__c: update.product, UnitPrice: update.price, Product2: { Ext__c: update.product } })),
    ),
  };
  return createSinkHarness(org, definition, { progress });
}

const update = (offset: number, product: string, price: number) => kafkaRecord(offset, product, { product, price });
const tooHigh: Refuse = (row) =>
  Number(row['UnitPrice']) > 1000 ? { statusCode: 'NUMBER_OUTSIDE_VALID_RANGE', message: 'too high' } : undefined;
const down = { kind: 'refused', error: new BridgeError('SKB_SALESFORCE_UNAVAILABLE', 'down') } as const;
const prices = (rows: readonly Readonly<Record<string, unknown>>[]) =>
  Object.fromEntries(rows.map((row) => [String(row['Key__c']).toLowerCase(), row['UnitPrice']]));

describe('the sink', () => {
  it('merges the records of a key into one row, and counts each of them as written', async () => {
    const sink = setUp();
    expect(await sink.deliver([update(0, 'A', 1), update(1, 'B', 5), update(2, 'a', 2), update(3, 'A', 3)])).toEqual(
      [],
    );
    expect(sink.org.calls.map(({ rows }) => rows.length)).toEqual([2]);
    expect(prices(sink.org.rows('PricebookEntry'))).toEqual({ a: 3, b: 5 });
    expect(sink.advances).toMatchObject([
      { settledOffset: 3, counts: { written: 4, filtered: 0, absorbed: 0, deadLettered: 0 } },
    ]);
  });

  it('stores what it rejects with its record and reason, and goes on', async () => {
    const sink = setUp(tooHigh);
    const bad = kafkaRecord(1, 'B', 'oops');
    await sink.deliver([update(0, 'A', 1), bad, update(2, 'C', 2000)]);
    const [first, second] = sink.letters.toSorted((a, b) => a.record.offset - b.record.offset);
    expect(first).toMatchObject({ record: bad, reason: { code: 'SKB_DECODE_FAILED' } });
    expect(second).toMatchObject({
      record: { offset: 2, value: update(2, 'C', 2000).value },
      reason: {
        code: 'SKB_ROW_REJECTED',
        salesforceStatus: 'NUMBER_OUTSIDE_VALID_RANGE',
        message: 'Row of prices-0@2 rejected by PricebookEntry: NUMBER_OUTSIDE_VALID_RANGE: too high',
      },
    });
    expect(sink.advances).toMatchObject([{ settledOffset: 2, counts: { written: 1, deadLettered: 2 } }]);
  });

  it('does not let a rejected record take a good one of its key with it', async () => {
    const sink = setUp(tooHigh);
    await sink.deliver([update(0, 'A', 1), update(1, 'A', 2), update(2, 'A', 5000)]);
    expect(prices(sink.org.rows('PricebookEntry'))).toEqual({ a: 2 });
    expect(sink.letterOffsets()).toEqual([2]);
    expect(sink.counts()).toMatchObject({ written: 2, deadLettered: 1 });
  });

  it('finds one bad record among many of a key in few calls', async () => {
    const sink = setUp(tooHigh);
    const records = Array.from({ length: 64 }, (_, offset) => update(offset, 'A', offset === 63 ? 5000 : 1 + offset));
    await sink.deliver(records);
    expect(prices(sink.org.rows('PricebookEntry'))).toEqual({ a: 63 });
    expect(sink.letterOffsets()).toEqual([63]);
    expect(sink.org.calls.length).toBeLessThan(16);
  });

  it('judges a record again when the value it was measured against was refused', async () => {
    const sink = setUp((row) =>
      row['UnitPrice'] === 100
        ? { statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', message: 'no round prices' }
        : undefined,
    );
    await sink.deliver([update(0, 'A', 100), update(1, 'A', 100.001)]);
    expect(prices(sink.org.rows('PricebookEntry'))).toEqual({ a: 100.001 });
    expect(sink.counts()).toMatchObject({ written: 1, filtered: 0, deadLettered: 1 });
  });

  it('asks once for a parent that is missing, whatever number of records names it', async () => {
    const sink = setUp((row) =>
      row['Key__c'] === 'X'
        ? {
            statusCode: 'INVALID_FIELD',
            message: 'Foreign key external ID: X not found for field Ext__c in entity Product2',
          }
        : undefined,
    );
    await sink.deliver([
      update(0, 'X', 1),
      update(1, 'A', 1),
      update(2, 'X', 2),
      update(3, 'X', 2.0001),
      update(4, 'X', 9),
    ]);
    expect(sink.letterOffsets().toSorted()).toEqual([0, 2, 3, 4]);
    expect(sink.org.calls).toHaveLength(1);
  });

  it('hands everything back while the org is down, and writes it when it is back', async () => {
    const sink = setUp();
    sink.org.fail = () => down;
    const records = [update(0, 'A', 1), update(1, 'A', 1.00001), update(2, 'B', 1)];
    expect(await sink.deliver(records)).toEqual(['prices-0@0', 'prices-0@1', 'prices-0@2']);
    expect([sink.advances, sink.letters]).toEqual([[], []]);
    sink.org.fail = () => undefined;
    expect(await sink.deliver(records)).toEqual([]);
    expect(prices(sink.org.rows('PricebookEntry'))).toEqual({ a: 1, b: 1 });
    expect(sink.counts()).toMatchObject({ written: 2, filtered: 1 });
  });

  it('waits for an org in trouble as long as the invocation lasts, so that deliveries are not used up', async () => {
    const sink = setUp();
    const start = sink.org.clock;
    sink.org.fail = () => (sink.org.clock - start < 60_000 ? down : undefined);
    expect(await sink.deliver([update(0, 'A', 1)])).toEqual([]);
    expect(sink.org.requests.length).toBeLessThan(20);
  });

  it('pauses before it hands back a batch of which nothing could be tried, as when the login fails', async () => {
    const sink = setUp();
    sink.state.orgId = 'refused';
    const start = sink.org.clock;
    expect(await sink.deliver([update(0, 'A', 1)])).toEqual(['prices-0@0']);
    expect(sink.org.clock - start).toBe(10_000);
    expect(sink.org.requests).toEqual([]);
  });

  it('tries nothing of a batch while the table cannot be read', async () => {
    const sink = setUp();
    sink.state.tableUnreadable = true;
    expect(await sink.deliver([update(0, 'A', 1)])).toEqual(['prices-0@0']);
    expect(sink.org.requests).toEqual([]);
    sink.state.tableUnreadable = false;
    expect(await sink.deliver([update(0, 'A', 1)])).toEqual([]);
  });

  it('counts once what two instances were given at a time, as after a rebalance', async () => {
    const records = [update(0, 'A', 1), update(1, 'B', 2000), update(2, 'C', 3)];
    const late = setUp(tooHigh);
    const other = setUp(tooHigh, late.progress);
    // The other instance is through before this one has written.
    const overtaken = { by: async () => expect(await other.deliver(records)).toEqual([]) };
    const send = late.memory.load;
    late.memory.load = async (...asked) => {
      await overtaken.by();
      overtaken.by = async () => undefined;
      return send(...asked);
    };
    expect(await late.deliver(records.slice(0, 2))).toEqual(['prices-0@0', 'prices-0@1']);
    expect(await late.deliver(records)).toEqual([]);
    expect(late.advances).toEqual([]);
    expect(other.counts()).toMatchObject({ written: 2, deadLettered: 1 });
    // The same letter twice, which counts once by its coordinates.
    expect([late.letterOffsets(), other.letterOffsets()]).toEqual([[1], [1]]);
  });

  it('repeats every decision when a batch comes again because settling failed', async () => {
    const sink = setUp();
    const records = [update(0, 'A', 1), update(1, 'A', 1.00001), update(2, 'A', 2)];
    sink.state.tableDown = true;
    expect(await sink.deliver(records)).toHaveLength(3);
    sink.state.tableDown = false;
    await sink.deliver(records);
    expect(prices(sink.org.rows('PricebookEntry'))).toEqual({ a: 2 });
    expect(sink.counts()).toMatchObject({ written: 2, filtered: 1, deadLettered: 0 });
  });

  it('hands back what it rejected when the letter could not be stored, and only that', async () => {
    const sink = setUp(tooHigh);
    sink.state.lettersDown = true;
    const records = [update(0, 'A', 1), update(1, 'B', 2000), update(2, 'C', 1)];
    expect(await sink.deliver(records)).toEqual(['prices-0@1', 'prices-0@2']);
    sink.state.lettersDown = false;
    await sink.deliver(records);
    expect(sink.letterOffsets()).toEqual([1]);
    expect(sink.counts()).toMatchObject({ written: 2, deadLettered: 1 });
  });

  it('settles what was written in time, although letters and reports are neither taken nor refused', async () => {
    const sink = setUp();
    sink.state.kafkaHangs = true;
    // The call takes all but two seconds and a little.
    sink.org.fail = () => {
      sink.org.clock += 9_800;
      return undefined;
    };
    const records = [update(0, 'A', 1), kafkaRecord(1, 'B', 'oops'), update(2, 'C', 1)];
    expect(await sink.deliver(records, 12)).toEqual(['prices-0@1', 'prices-0@2']);
    expect([sink.counts().written, sink.letters, sink.batches[0]?.events.unreported]).toEqual([2, [], 2]);
    expect(sink.advances).toMatchObject([{ settledOffset: 0, holes: [[1, 1]], deliveredOffset: 2 }]);
  });

  it('reports each record once, and writes nothing again when reports are not taken', async () => {
    const sink = setUp(tooHigh);
    sink.state.reportsDown = true;
    expect(await sink.deliver([update(0, 'A', 1), update(1, 'B', 2000)])).toEqual([]);
    expect(sink.counts()).toMatchObject({ written: 1, deadLettered: 1 });
    expect(sink.batches.map(({ events }) => events.unreported)).toEqual([2]);
    sink.state.reportsDown = false;
    await sink.deliver([update(0, 'A', 1), update(1, 'B', 2000), update(2, 'C', 1)]);
    expect(sink.reports.map(({ record, outcome }) => [record.offset, outcome.kind])).toEqual([[2, 'written']]);
    expect(sink.org.calls.map(({ rows }) => rows.map((row) => row['Key__c']))).toEqual([['A', 'B'], ['C']]);
    expect(sink.batches.at(-1)?.events.unreported).toBe(0);
  });

  it('has nothing to do for an event without records', async () => {
    const sink = setUp();
    expect(await sink.deliver([])).toEqual([]);
    expect([sink.org.requests, sink.advances]).toEqual([[], []]);
  });

  it('settles records without a timestamp once', async () => {
    const sink = setUp();
    const records = [update(0, 'A', 1), update(1, 'B', 1)].map((record) => ({ ...record, timestamp: -1 }));
    expect(await sink.deliver(records)).toEqual([]);
    expect(await sink.deliver([...records, { ...update(2, 'C', 1), timestamp: -1 }])).toEqual([]);
    expect(sink.org.calls.map(({ rows }) => rows.map((row) => row['Key__c']))).toEqual([['A', 'B'], ['C']]);
  });

  it('skips what an earlier delivery settled', async () => {
    const sink = setUp();
    await sink.deliver([update(0, 'A', 1), update(1, 'B', 1)]);
    await sink.deliver([update(0, 'A', 1), update(1, 'B', 1), update(2, 'C', 1)]);
    expect(sink.org.calls.map(({ rows }) => rows.map((row) => row['Key__c']))).toEqual([['A', 'B'], ['C']]);
    expect(sink.advances.map((each) => each.counts.written)).toEqual([2, 1]);
  });

  it('does not skip the records of a topic that was deleted and made again', async () => {
    const sink = setUp();
    await sink.deliver([update(0, 'A', 1), update(1, 'B', 1)]);
    await sink.deliver([{ ...update(0, 'C', 1), timestamp: 1_800_000_000_000 }]);
    expect(prices(sink.org.rows('PricebookEntry'))).toMatchObject({ c: 1 });
    // Only then may the settled offset fall.
    expect(sink.advances.map(({ restarts }) => restarts)).toEqual([false, true]);
  });

  it('does not skip records when rows go to another org than before', async () => {
    const sink = setUp();
    await sink.deliver([update(0, 'A', 1)]);
    sink.state.orgId = '00D000000000002AAA';
    await sink.deliver([update(0, 'A', 1)]);
    expect(sink.org.calls).toHaveLength(2);
    expect(sink.counts()).toMatchObject({ written: 2 });
  });

  it('logs no payload', async () => {
    const sink = setUp(tooHigh);
    await sink.deliver([kafkaRecord(0, 'A', 'secret words'), update(1, 'B', 5000)]);
    expect(JSON.stringify(sink.logger.lines)).not.toContain('secret words');
    expect(sink.logger.lines.some((line) => line.level === 'warn' && line.message === '2 records rejected')).toBe(true);
  });
});
