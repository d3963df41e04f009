import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { createRowWriter } from '../../../functions/sink/row-writer.ts';
import { createSink } from '../../../functions/sink/sink.ts';
import { parseBridge } from '../../../shared/bridge/define-bridge.ts';
import { upsert } from '../../../shared/bridge/targets.ts';
import { BridgeError } from '../../../shared/errors/bridge-error.ts';
import type { OutgoingRecord } from '../../../shared/kafka/record-producer.ts';
import type { PartitionAdvance, PartitionProgress, ProgressStore } from '../../../shared/state/partition-progress.ts';
import { changeThreshold } from '../../../shared/transform/change-threshold.ts';
import { json } from '../../../shared/transform/json.ts';
import { map } from '../../../shared/transform/map.ts';
import { pipe } from '../../../shared/transform/pipe.ts';
import { split } from '../../../shared/transform/split.ts';
import { kafkaRecord, memoryOf, recordingLogger } from '../../fixtures/records.ts';
import { describeOf, type RowAnswer, type ScriptedOrg, scriptedOrg } from '../../fixtures/scripted-org.ts';

const bridge = parseBridge({
  name: 'test',
  orgs: { main: {} },
  sinks: {
    prices: {
      topic: 'prices',
      write: upsert('PricebookEntry', { externalId: 'Key__c' }),
      transform: pipe(
        json(z.object({ product: z.string(), price: z.number() })),
        split(({ product, price }) => product.split('+').map((part) => ({ product: part, price }))),
        changeThreshold({ of: (update) => update.price, by: 0.0001, key: (update) => update.product.toUpperCase() }),
        map((update) => ({ Key__c: update.product, UnitPrice: update.price, Product2: { Ext__c: update.product } })),
      ),
    },
  },
});

function progressOf(): ProgressStore & { readonly advances: PartitionAdvance[]; down: boolean } {
  const items = new Map<string, PartitionProgress>();
  const advances: PartitionAdvance[] = [];
  return {
    down: false,
    advances,
    load: async () => new Map(items),
    async advance(advance) {
      if (this.down) throw new BridgeError('SKB_CHECKPOINT_FAILED', 'table down');
      advances.push(advance);
      items.set(`${advance.topic}-${advance.partition}`, advance);
    },
  };
}

type Refuse = (row: Readonly<Record<string, unknown>>) => RowAnswer | undefined;

function setUp(refuse: Refuse = () => undefined, fail?: Parameters<typeof scriptedOrg>[0]['fail']) {
  const [sink] = bridge.sinks;
  if (sink === undefined) throw new Error('no sink');
  const org: ScriptedOrg = scriptedOrg({
    describe: describeOf({ Key__c: { externalId: true }, UnitPrice: {}, Product2Id: { relationshipName: 'Product2' } }),
    externalId: 'Key__c',
    refuse,
    ...(fail === undefined ? {} : { fail }),
  });
  const letters: OutgoingRecord[] = [];
  const progress = progressOf();
  const memory = memoryOf();
  const logger = recordingLogger();
  const program = createSink({
    sink,
    writer: createRowWriter({ rest: org, write: sink.write, random: () => 0 }),
    memory,
    progress,
    deadLetters: async () => ({
      publish: async (records) => void letters.push(...records),
      close: async () => undefined,
    }),
    caseSensitiveKey: async () => false,
    logger,
  });
  const deliver = (records: Parameters<typeof program.handle>[0]) =>
    program.handle(records, { remainingMs: () => 600_000 });
  return { deliver, org, letters, progress, memory, logger };
}

const update = (offset: number, product: string, price: number) => kafkaRecord(offset, product, { product, price });
const tooHigh: Refuse = (row) =>
  Number(row['UnitPrice']) > 1000 ? { statusCode: 'NUMBER_OUTSIDE_VALID_RANGE', message: 'too high' } : undefined;
const header = (letter: OutgoingRecord | undefined, name: string) =>
  letter?.headers.find((each) => each.name === name)?.value.toString();

describe('the sink', () => {
  it('merges the records of a key into one row, and counts each of them as written', async () => {
    const { deliver, org, progress } = setUp();
    expect(await deliver([update(0, 'A', 1), update(1, 'B', 5), update(2, 'a', 2), update(3, 'A', 3)])).toEqual({
      batchItemFailures: [],
    });
    expect(org.calls).toHaveLength(1);
    expect(org.rows.get('a')).toMatchObject({ UnitPrice: 3 });
    expect(progress.advances).toMatchObject([
      { settledOffset: 3, counts: { written: 4, filtered: 0, absorbed: 0, deadLettered: 0 } },
    ]);
  });

  it('stores what it rejects with original bytes, coordinates and reason, and goes on', async () => {
    const { deliver, letters, progress } = setUp(tooHigh);
    const bad = kafkaRecord(1, 'B', 'oops');
    await deliver([update(0, 'A', 1), bad, update(2, 'C', 2000)]);
    expect(letters.map((letter) => letter.topic)).toEqual(['prices.dead-letter', 'prices.dead-letter']);
    const rejected = letters.find((letter) => header(letter, 'bridge.offset') === '2');
    expect(rejected?.value).toEqual(update(2, 'C', 2000).value);
    expect(header(rejected, 'bridge.salesforce.status')).toBe('NUMBER_OUTSIDE_VALID_RANGE');
    expect(header(rejected, 'bridge.error.message')).toBe(
      'Row of prices-0@2 rejected by PricebookEntry: NUMBER_OUTSIDE_VALID_RANGE: too high',
    );
    const undecodable = letters.find((letter) => header(letter, 'bridge.offset') === '1');
    expect(undecodable?.value).toEqual(bad.value);
    expect(header(undecodable, 'bridge.error.code')).toBe('SKB_DECODE_FAILED');
    expect(progress.advances).toMatchObject([{ settledOffset: 2, counts: { written: 1, deadLettered: 2 } }]);
  });

  it('does not let a rejected record take a good one of its key with it', async () => {
    const { deliver, org, letters, progress } = setUp(tooHigh);
    await deliver([update(0, 'A', 1), update(1, 'A', 2), update(2, 'A', 5000)]);
    expect(org.rows.get('a')).toMatchObject({ UnitPrice: 2 });
    expect(letters.map((letter) => header(letter, 'bridge.offset'))).toEqual(['2']);
    expect(progress.advances).toMatchObject([{ counts: { written: 2, deadLettered: 1 } }]);
  });

  it('judges a record again when the value it was measured against was refused', async () => {
    const { deliver, org, progress } = setUp((row) =>
      row['UnitPrice'] === 100
        ? { statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', message: 'no round prices' }
        : undefined,
    );
    await deliver([update(0, 'A', 100), update(1, 'A', 100.001)]);
    expect(org.rows.get('a')).toMatchObject({ UnitPrice: 100.001 });
    expect(progress.advances).toMatchObject([{ counts: { written: 1, filtered: 0, deadLettered: 1 } }]);
  });

  it('settles a record of several rows when all of them are, and rejects it when one is', async () => {
    const { deliver, org, letters, progress } = setUp((row) =>
      row['Key__c'] === 'BAD' ? { statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', message: 'no' } : undefined,
    );
    await deliver([update(0, 'A+B', 1), update(1, 'A+BAD', 2), update(2, 'A', 3), update(3, 'B', 1)]);
    expect(letters.map((letter) => header(letter, 'bridge.offset'))).toEqual(['1']);
    expect([org.rows.get('a'), org.rows.get('b')]).toMatchObject([{ UnitPrice: 3 }, { UnitPrice: 1 }]);
    expect(progress.advances).toMatchObject([{ counts: { written: 2, filtered: 1, deadLettered: 1 } }]);
  });

  it('hands a record back when one of its rows is to be tried again', async () => {
    const { deliver, progress } = setUp((row) =>
      row['Key__c'] === 'B' ? { statusCode: 'UNKNOWN_EXCEPTION', message: 'try again' } : undefined,
    );
    const response = await deliver([update(0, 'C', 1), update(1, 'A+B', 1)]);
    expect(response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier.offset)).toEqual([1]);
    expect(progress.advances).toMatchObject([{ settledOffset: 0, counts: { written: 1 } }]);
  });

  it('asks once for a parent that is missing, whatever number of records names it', async () => {
    const { deliver, org, letters } = setUp((row) =>
      row['Key__c'] === 'X'
        ? {
            statusCode: 'INVALID_FIELD',
            message: 'Foreign key external ID: X not found for field Ext__c in entity Product2',
          }
        : undefined,
    );
    await deliver([update(0, 'X', 1), update(1, 'A', 1), update(2, 'X', 2), update(3, 'X', 2.0001), update(4, 'X', 9)]);
    expect(letters.map((letter) => header(letter, 'bridge.offset'))).toEqual(['0', '2', '4', '3']);
    expect(org.calls).toHaveLength(1);
  });

  it('hands everything back while the org is down, and writes it when it is back', async () => {
    let down = true;
    const { deliver, org, progress, letters } = setUp(undefined, () =>
      down ? new BridgeError('SKB_SALESFORCE_UNAVAILABLE', 'down') : undefined,
    );
    const records = [update(0, 'A', 1), update(1, 'A', 1.00001), update(2, 'B', 1)];
    const response = await deliver(records);
    expect(response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier.offset)).toEqual([0, 1, 2]);
    expect([progress.advances, letters]).toEqual([[], []]);
    down = false;
    expect(await deliver(records)).toEqual({ batchItemFailures: [] });
    expect([...org.rows.keys()]).toEqual(['a', 'b']);
    expect(progress.advances).toMatchObject([{ counts: { written: 2, filtered: 1 } }]);
  });

  it('repeats every decision when a batch comes again because settling failed', async () => {
    const { deliver, org, progress } = setUp();
    const records = [update(0, 'A', 1), update(1, 'A', 1.00001), update(2, 'A', 2)];
    progress.down = true;
    expect((await deliver(records)).batchItemFailures).toHaveLength(3);
    progress.down = false;
    await deliver(records);
    expect(org.rows.get('a')).toMatchObject({ UnitPrice: 2 });
    expect(progress.advances).toMatchObject([{ counts: { written: 2, filtered: 1, deadLettered: 0 } }]);
  });

  it('skips what an earlier delivery settled', async () => {
    const { deliver, org, progress } = setUp();
    await deliver([update(0, 'A', 1), update(1, 'B', 1)]);
    await deliver([update(0, 'A', 1), update(1, 'B', 1), update(2, 'C', 1)]);
    expect(org.calls.map((rows) => rows.map((row) => row['Key__c']))).toEqual([['A', 'B'], ['C']]);
    expect(progress.advances.map((each) => each.counts.written)).toEqual([2, 1]);
  });

  it('does not skip the records of a topic that was deleted and made again', async () => {
    const { deliver, org } = setUp();
    await deliver([update(0, 'A', 1), update(1, 'B', 1)]);
    const newer = { ...update(0, 'C', 1), timestamp: 1_800_000_000_000 };
    await deliver([newer]);
    expect(org.rows.has('c')).toBe(true);
  });

  it('logs no payload', async () => {
    const { deliver, logger } = setUp(tooHigh);
    await deliver([kafkaRecord(0, 'A', 'secret words'), update(1, 'B', 5000)]);
    expect(JSON.stringify(logger.lines)).not.toContain('secret words');
    expect(logger.lines.some((line) => line.level === 'warn' && line.message === '2 records rejected')).toBe(true);
  });
});
