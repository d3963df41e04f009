import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { create, upsert } from '../../../shared/bridge/targets.ts';
import { BridgeError } from '../../../shared/errors/bridge-error.ts';
import { changeThreshold } from '../../../shared/transform/change-threshold.ts';
import { enrich } from '../../../shared/transform/enrich.ts';
import { filter } from '../../../shared/transform/filter.ts';
import { json } from '../../../shared/transform/json.ts';
import { lastWriter } from '../../../shared/transform/last-writer.ts';
import { lookUp } from '../../../shared/transform/lookup-sources.ts';
import { map } from '../../../shared/transform/map.ts';
import { pipe } from '../../../shared/transform/pipe.ts';
import { route } from '../../../shared/transform/route.ts';
import { split } from '../../../shared/transform/split.ts';
import type { Transform } from '../../../shared/transform/step.ts';
import { createModelOrg, describeObject, type Refuse } from '../../fixtures/model-org.ts';
import { kafkaRecord } from '../../fixtures/records.ts';
import { createSinkHarness } from './sink-harness.ts';

const line = describeObject('Line__c', { Key__c: { externalId: true }, Amount__c: { type: 'double' }, Note__c: {} });

function setUp(transform: Transform, refuse: Refuse = () => undefined) {
  const org = createModelOrg([line]);
  org.refuse = refuse;
  const sink = createSinkHarness(org, {
    topic: 'orders',
    write: upsert('Line__c', { externalId: 'Key__c' }),
    transform,
  });
  const shown = () => Object.fromEntries(org.rows('Line__c').map((row) => [row['Key__c'], row['Amount__c']]));
  return { org, sink, shown };
}

const Order = z.object({ id: z.string(), amounts: z.array(z.number()) });
const order = (offset: number, id: string, ...amounts: number[]) => kafkaRecord(offset, id, { id, amounts });
const lines = pipe(
  json(Order),
  split(({ id, amounts }) => amounts.map((amount, index) => ({ key: `${id}/${index}`, amount }))),
  filter(({ amount }) => amount !== 0, { name: 'no empty lines' }),
  map(({ key, amount }) => {
    if (amount < 0) throw new RangeError('a negative amount');
    return { Key__c: key, Amount__c: amount };
  }),
);
const tooHigh: Refuse = (row) =>
  Number(row['Amount__c']) > 1000 ? { statusCode: 'NUMBER_OUTSIDE_VALID_RANGE', message: 'too high' } : undefined;

describe('a record that is split', () => {
  it('counts once, and is written when all its rows are', async () => {
    const { sink, shown } = setUp(lines);
    expect(await sink.deliver([order(0, 'A', 1, 0, 2), order(1, 'B', 0)])).toEqual([]);
    expect(shown()).toEqual({ 'A/0': 1, 'A/2': 2 });
    expect(sink.counts()).toEqual({ written: 1, filtered: 1, absorbed: 0, deadLettered: 0 });
    expect(sink.batches).toMatchObject([{ filteredBy: { 'no empty lines': 1 } }]);
  });

  it('is one dead letter when one of its rows is refused', async () => {
    const { sink } = setUp(lines, tooHigh);
    expect(await sink.deliver([order(0, 'A', 1, 2000, 3), order(1, 'B', 4)])).toEqual([]);
    expect(sink.letterOffsets()).toEqual([0]);
    expect(sink.counts()).toEqual({ written: 1, filtered: 0, absorbed: 0, deadLettered: 1 });
  });

  it('has none of its rows written when a step rejects one of them, and the letter names the step', async () => {
    const { sink, shown } = setUp(lines);
    await sink.deliver([order(0, 'A', 1, -1), order(1, 'B', 4)]);
    expect(shown()).toEqual({ 'B/0': 4 });
    expect(sink.letters.map(({ reason }) => reason.message)).toEqual(['Step map threw RangeError for prices-0@0']);
  });

  it('comes again as a whole while one of its rows is locked, and counts once then', async () => {
    let isLocked = true;
    const { sink, shown } = setUp(lines, (row) =>
      isLocked && row['Key__c'] === 'A/1' ? { statusCode: 'UNABLE_TO_LOCK_ROW', message: 'locked' } : undefined,
    );
    const records = [order(0, 'A', 1, 2), order(1, 'B', 3)];
    // Everything from there on is asked for again; what is settled of it is known.
    expect(await sink.deliver(records, 20)).toEqual(['prices-0@0', 'prices-0@1']);
    expect(shown()).toEqual({ 'A/0': 1, 'B/0': 3 });
    isLocked = false;
    expect(await sink.deliver(records)).toEqual([]);
    expect(shown()).toEqual({ 'A/0': 1, 'A/1': 2, 'B/0': 3 });
    expect(sink.counts()).toEqual({ written: 2, filtered: 0, absorbed: 0, deadLettered: 0 });
  });

  it('takes no row back to an older value when it comes again behind others that wrote the row', async () => {
    const lines = pipe(
      json(z.object({ lines: z.record(z.string(), z.number()) })),
      split(({ lines }) => Object.entries(lines)),
      map(([Key__c, Amount__c]) => ({ Key__c, Amount__c })),
    );
    let isLocked = true;
    const { sink, shown } = setUp(lines, (row) =>
      isLocked && row['Key__c'] === 'A' ? { statusCode: 'UNABLE_TO_LOCK_ROW', message: 'locked' } : undefined,
    );
    const record = (offset: number, amounts: object) => kafkaRecord(offset, 'order', { lines: amounts });
    const records = [record(0, { A: 1, B: 1 }), record(1, { B: 2, C: 2 }), record(2, { C: 3 }), record(3, { D: 3 })];
    expect(await sink.deliver(records, 20)).toEqual(records.map(({ offset }) => `prices-0@${offset}`));
    expect(shown()).toEqual({ B: 2, C: 3, D: 3 });
    isLocked = false;
    expect(await sink.deliver(records)).toEqual([]);
    expect(shown()).toEqual({ A: 1, B: 2, C: 3, D: 3 });
    expect(sink.counts()).toMatchObject({ written: 4, deadLettered: 0 });
    // What shares no row with a record that comes again is not written again.
    expect(sink.org.calls.flatMap(({ rows }) => rows).filter((row) => row['Key__c'] === 'D')).toHaveLength(1);
  });
});

describe('a look-up', () => {
  it('hands the batch back while it fails, and rejects nothing', async () => {
    let fails = true;
    const from = lookUp(async (keys) => {
      if (fails) throw new TypeError('network');
      return new Map(keys.map((key) => [String(key), 7]));
    });
    const enriched = pipe(
      json(Order),
      enrich({ from, key: ({ id }) => id, into: ({ id }, found) => ({ Key__c: id, Amount__c: found ?? 0 }) }),
    );
    const { sink, shown } = setUp(enriched);
    expect(await sink.deliver([order(0, 'A')])).toEqual(['prices-0@0']);
    fails = false;
    await sink.deliver([order(0, 'A')]);
    expect([shown(), sink.letters]).toEqual([{ A: 7 }, []]);
  });
});

describe('what a step remembers', () => {
  const Change = z.object({ id: z.string(), amount: z.number(), at: z.number() });
  const change = (offset: number, id: string, amount: number, at: number) =>
    kafkaRecord(offset, id, { id, amount, at });
  const toRow = map(({ id, amount }: z.infer<typeof Change>) => ({ Key__c: id, Amount__c: amount }));

  it('moves after the row was written and not before', async () => {
    const { org, sink, shown } = setUp(
      pipe(json(Change), changeThreshold({ of: ({ amount }) => amount, by: 0.1 }), toRow),
    );
    org.fail = () => ({ kind: 'refused', error: new BridgeError('SKB_SALESFORCE_UNAVAILABLE', 'down') });
    expect(await sink.deliver([change(0, 'A', 100, 0)], 20)).toEqual(['prices-0@0']);
    expect((await sink.memory.load('changeThreshold', ['A'])).size).toBe(0);
    org.fail = () => undefined;
    await sink.deliver([change(0, 'A', 100, 0), change(1, 'A', 105, 0)]);
    expect(shown()).toEqual({ A: 100 });
    expect((await sink.memory.load('changeThreshold', ['A'])).get('A')).toMatchObject({
      offset: 0,
      passedOffsets: [0],
    });
  });

  it('is kept apart for keys that are bytes and no text', async () => {
    const { sink, shown } = setUp(pipe(json(Change), changeThreshold({ of: ({ amount }) => amount, by: 0.1 }), toRow));
    const numbered = (offset: number, id: string, last: number) => ({
      ...change(offset, id, 100, 0),
      key: Buffer.from([0, 0, 0, last]),
    });
    await sink.deliver([numbered(0, 'A', 0x80), numbered(1, 'B', 0x81)]);
    expect([shown(), sink.counts().filtered]).toEqual([{ A: 100, B: 100 }, 0]);
  });

  it('stays as it is while a record before goes back, although rows behind that were written', async () => {
    const Reading = z.object({ sensor: z.string(), id: z.string(), amount: z.number() });
    let isLocked = true;
    const { sink, shown } = setUp(
      pipe(
        json(Reading),
        changeThreshold({ of: ({ amount }) => amount, key: ({ sensor }) => sensor, by: 0.1 }),
        map(({ id, amount }) => ({ Key__c: id, Amount__c: amount })),
      ),
      (row) => (isLocked && row['Key__c'] === 'first' ? { statusCode: 'NEVER_SEEN_BEFORE' } : undefined),
    );
    const records = [100, 200].map((amount, offset) =>
      kafkaRecord(offset, 'S', { sensor: 'S', id: offset === 0 ? 'first' : 'second', amount }),
    );
    expect(await sink.deliver(records, 20)).toEqual(['prices-0@0', 'prices-0@1']);
    expect(sink.memory.entries.size).toBe(0);
    // Nothing was learnt about the second one, so no attempt of it counts.
    expect([...sink.progress.values()].map(({ failing }) => failing?.attempts)).toEqual([{ 0: 1 }]);
    isLocked = false;
    expect(await sink.deliver(records)).toEqual([]);
    expect([shown(), sink.counts().written]).toEqual([{ first: 100, second: 200 }, 2]);
  });

  it('is not judged again for a record of which a row was written already', async () => {
    const log = describeObject('Log__c', { Amount__c: { type: 'double' } });
    const org = createModelOrg([line, log]);
    org.refuse = (row) => (row['Note__c'] === 'bad' ? { statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION' } : undefined);
    const sink = createSinkHarness(org, {
      topic: 'prices',
      write: [upsert('Line__c', { externalId: 'Key__c' }), create('Log__c')],
      transform: pipe(
        json(z.object({ amount: z.number(), note: z.nullable(z.string()) })),
        changeThreshold({ of: ({ amount }) => amount, by: 0.1 }),
        split(({ amount, note }) => [
          {
            object: 'Line__c',
            fields: { Key__c: 'A', Amount__c: amount, ...(note === null ? {} : { Note__c: note }) },
          },
          ...(note === null ? [{ object: 'Log__c', fields: { Amount__c: amount } }] : []),
        ]),
        route((row) => row),
      ),
    });
    const record = (offset: number, amount: number, note: string | null) => kafkaRecord(offset, 'A', { amount, note });
    // The refused value goes out merged with the next one, whose log entry is written beside it.
    expect(await sink.deliver([record(0, 100, 'bad'), record(1, 200, null)])).toEqual([]);
    expect(org.rows('Line__c')).toMatchObject([{ Amount__c: 200 }]);
    expect([org.rows('Log__c').length, sink.letterOffsets()]).toEqual([1, [0]]);
  });

  it('lets no record that is judged again take its row back behind a later one', async () => {
    const noted = z.object({ id: z.string(), amount: z.number(), note: z.nullable(z.string()) });
    const { sink, shown } = setUp(
      pipe(
        json(noted),
        changeThreshold({ of: ({ amount }) => amount, by: 0.1 }),
        map(({ id, amount, note }) => ({ Key__c: id, Amount__c: amount, ...(note === null ? {} : { Note__c: note }) })),
      ),
      (row) => (row['Note__c'] === 'bad' ? { statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION' } : undefined),
    );
    const record = (offset: number, amount: number, note: string | null = null) =>
      kafkaRecord(offset, 'A', { id: 'A', amount, note });
    expect(await sink.deliver([record(0, 100, 'bad'), record(1, 105), record(2, 200)])).toEqual([]);
    expect([shown(), sink.letterOffsets()]).toEqual([{ A: 200 }, [0]]);
    const { written, filtered } = sink.counts();
    expect(written + filtered).toBe(2);
  });

  it('is not what Salesforce refused: an older change that was outdone by it is written', async () => {
    const { sink, shown } = setUp(pipe(json(Change), lastWriter({ at: ({ at }) => at }), toRow), tooHigh);
    await sink.deliver([change(0, 'A', 5000, 20), change(1, 'A', 5, 10), change(2, 'A', 4, 9)]);
    expect(shown()).toEqual({ A: 5 });
    expect(sink.letterOffsets()).toEqual([0]);
    expect(sink.counts()).toEqual({ written: 1, filtered: 1, absorbed: 0, deadLettered: 1 });
  });
});
