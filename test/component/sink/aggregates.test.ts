import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { upsert } from '../../../shared/bridge/targets.ts';
import { BridgeError } from '../../../shared/errors/bridge-error.ts';
import { aggregate } from '../../../shared/transform/aggregate.ts';
import { json } from '../../../shared/transform/json.ts';
import { map } from '../../../shared/transform/map.ts';
import { pipe } from '../../../shared/transform/pipe.ts';
import { tumbling } from '../../../shared/transform/windows.ts';
import { createModelOrg, describeObject, type Refuse } from '../../fixtures/model-org.ts';
import { kafkaRecord } from '../../fixtures/records.ts';
import { createSinkHarness } from './sink-harness.ts';

const account = describeObject('Account', { Key__c: { externalId: true }, Sum__c: { type: 'double' } });
const minute = 60_000;

function setUp(emit: 'change' | 'close', refuse: Refuse = () => undefined) {
  const org = createModelOrg([account]);
  org.refuse = refuse;
  return createSinkHarness(org, {
    topic: 'prices',
    write: upsert('Account', { externalId: 'Key__c' }),
    transform: pipe(
      json(z.object({ amount: z.number() })),
      aggregate({
        window: tumbling({ minutes: 5 }),
        emit,
        start: 0,
        reduce: (sum, sale: { amount: number }) => sum + sale.amount,
      }),
      map(({ key, state }) => ({ Key__c: key, Sum__c: state })),
    ),
  });
}

const sale = (offset: number, key: string, amount: number) => kafkaRecord(offset, key, { amount });
const sums = (sink: ReturnType<typeof setUp>) =>
  Object.fromEntries(sink.org.rows('Account').map((row) => [row['Key__c'], row['Sum__c']]));

describe('a sink with an aggregate', () => {
  it('absorbs the records and writes one row per key and batch', async () => {
    const sink = setUp('change');
    expect(await sink.deliver([sale(0, 'A', 1), sale(1, 'B', 5), sale(2, 'A', 2)])).toEqual([]);
    expect(sums(sink)).toEqual({ A: 3, B: 5 });
    expect(sink.counts()).toEqual({ written: 0, filtered: 0, absorbed: 3, deadLettered: 0 });
  });

  it('acknowledges a record when its state is durable and not before', async () => {
    const sink = setUp('change');
    sink.state.aggregatesDown = true;
    expect(await sink.deliver([sale(0, 'A', 1)])).toEqual(['prices-0@0']);
    expect(sink.order).toEqual([]);
    sink.state.aggregatesDown = false;
    expect(await sink.deliver([sale(0, 'A', 1)])).toEqual([]);
    expect(sink.order.indexOf('contained')).toBeLessThan(sink.order.indexOf('acknowledged'));
    expect(sums(sink)).toEqual({ A: 1 });
  });

  it('measures apart what came late, and tells which step filtered it', async () => {
    const sink = setUp('close');
    sink.org.clock = 1_700_000_000_000;
    const at = (record: ReturnType<typeof sale>, minutes: number) => ({
      ...record,
      timestamp: sink.org.clock - minutes * minute,
    });
    await sink.deliver([at(sale(0, 'A', 1), 0), at(sale(1, 'A', 2), 30), at(sale(2, 'A', 4), 0)]);
    expect(sink.batches).toMatchObject([
      { counts: { filtered: 1, absorbed: 2 }, filteredBy: { 'aggregate: late': 1 }, late: 1 },
    ]);
    expect(sink.logger.lines.find(({ message }) => message === 'batch settled')).toMatchObject({
      fields: { filteredBy: { 'aggregate: late': 1 } },
    });
  });

  it('owes a row while the org is down, and a tick writes it when it is back', async () => {
    const sink = setUp('change');
    sink.org.fail = () => ({ kind: 'refused', error: new BridgeError('SKB_SALESFORCE_UNAVAILABLE', 'down') });
    expect(await sink.deliver([sale(0, 'A', 1)])).toEqual([]);
    expect(sink.counts().absorbed).toBe(1);
    expect(sums(sink)).toEqual({});
    sink.org.fail = () => undefined;
    sink.org.clock += minute;
    await sink.tick();
    expect(sums(sink)).toEqual({ A: 1 });
  });

  it('tells with each tick since when a row is owed, also while newer states take its place and the org is down', async () => {
    const sink = setUp('change');
    const refuse = () => ({ kind: 'refused' as const, error: new BridgeError('SKB_SALESFORCE_UNAVAILABLE', 'down') });
    await sink.tick();
    sink.org.fail = refuse;
    const start = sink.org.clock;
    await sink.deliver([sale(0, 'A', 1)]);
    sink.org.clock = start + 20 * minute;
    await sink.deliver([sale(1, 'A', 2)]);
    sink.org.clock = start + 40 * minute;
    await sink.tick();
    sink.org.fail = () => undefined;
    sink.org.clock = start + 60 * minute;
    await sink.tick();
    await sink.tick();
    expect(sink.owedAges.map((seconds) => Math.round(seconds / 60))).toEqual([0, 40, 60, 0]);
    expect(sums(sink)).toEqual({ A: 3 });
  });

  it('counts no attempts of a row while the org is down, nor that time as a wait for its parent', async () => {
    const sink = setUp('change');
    sink.org.fail = () => ({ kind: 'refused', error: new BridgeError('SKB_SALESFORCE_UNAVAILABLE', 'down') });
    await sink.deliver([sale(0, 'A', 1), sale(1, 'B', 2)]);
    for (let hour = 0; hour < 10; hour += 1) {
      sink.org.clock += 60 * minute;
      await sink.tick();
    }
    sink.org.fail = () => undefined;
    const missing = 'Foreign key external ID: A not found for field Key__c in entity Account';
    sink.org.refuse = (row) =>
      row['Key__c'] === 'A' ? { statusCode: 'INVALID_FIELD', message: missing } : { statusCode: 'NEVER_SEEN_BEFORE' };
    sink.org.clock += minute;
    await sink.tick();
    expect(sink.letters).toEqual([]);
    for (let tick = 0; tick < 7; tick += 1) {
      sink.org.clock += minute;
      await sink.tick();
    }
    // Eight attempts by default, and a minute for the parent.
    expect(sink.letters.map(({ record, attempts }) => [String(record.key), attempts])).toEqual([
      ['A', 1],
      ['B', 8],
    ]);
  });

  it('closes the window of a silent key by a tick', async () => {
    const sink = setUp('close');
    sink.org.clock = 1_700_000_000_000;
    await sink.deliver([sale(0, 'A', 1), sale(1, 'A', 2)]);
    await sink.tick();
    expect(sums(sink)).toEqual({});
    sink.org.clock += 6 * minute;
    await sink.tick();
    expect(sums(sink)).toEqual({ A: 3 });
    const calls = sink.org.calls.length;
    await sink.tick();
    expect(sink.org.calls).toHaveLength(calls);
  });

  it('stores a refused row as a dead letter that names the last record in it and shows the sum', async () => {
    const sink = setUp('change', () => ({ statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', message: 'no' }));
    await sink.deliver([sale(0, 'A', 1), sale(1, 'A', 2)]);
    expect(sink.letters.map(({ record }) => [record.offset, String(record.key), String(record.value)])).toEqual([
      [1, 'A', '3'],
    ]);
    await sink.tick();
    expect(sink.letters).toHaveLength(1);
  });
});
