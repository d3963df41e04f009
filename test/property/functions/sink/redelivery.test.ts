import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { create, upsert } from '../../../../shared/bridge/targets.ts';
import { BridgeError } from '../../../../shared/errors/bridge-error.ts';
import type { KafkaRecord } from '../../../../shared/kafka/kafka-record.ts';
import type { CallAnswer } from '../../../../shared/salesforce/composite.ts';
import { json } from '../../../../shared/transform/json.ts';
import { map } from '../../../../shared/transform/map.ts';
import { pipe } from '../../../../shared/transform/pipe.ts';
import { split } from '../../../../shared/transform/split.ts';
import { createSinkHarness } from '../../../component/sink/sink-harness.ts';
import { createModelOrg, describeObject } from '../../../fixtures/model-org.ts';
import { kafkaRecord } from '../../../fixtures/records.ts';
import { deliverAll } from './deliver-all.ts';

const account = describeObject('Account', { Key__c: { externalId: true }, Mark__c: {} });
const task = describeObject('Task', { Mark__c: {} });

/** What goes wrong during one delivery. */
type Fault = 'nothing' | 'org down' | 'some rows locked' | 'letters down' | 'call unanswered' | 'puzzle';
const fault = fc.constantFrom<Fault>(
  'nothing',
  'nothing',
  'org down',
  'some rows locked',
  'letters down',
  'call unanswered',
  'puzzle',
);
const scenario = fc.record({
  records: fc.array(
    fc.record({
      object: fc.constantFrom('Account', 'Account', 'Task'),
      key: fc.nat(4),
      bad: fc.nat(9).map((n) => n === 0),
    }),
    { minLength: 1, maxLength: 30 },
  ),
  faults: fc.array(fault, { maxLength: 6 }),
  batchSizes: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 }),
  redelivery: fc.constantFrom('reported' as const, 'fromLowest' as const),
  /** Rows whose mark ends with this digit are the ones in trouble. */
  unlucky: fc.nat(9),
});

const unanswered: CallAnswer = { kind: 'ambiguous', error: new BridgeError('SKB_SALESFORCE_UNAVAILABLE', 'timeout') };
const down: CallAnswer = { kind: 'refused', error: new BridgeError('SKB_SALESFORCE_UNAVAILABLE', 'down') };

it('each record ends once, in order, whichever records the platform delivers again', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ records: wanted, faults, batchSizes, redelivery, unlucky }) => {
      const org = createModelOrg([account, task]);
      const sink = createSinkHarness(org, {
        topic: 'prices',
        write: [upsert('Account', { externalId: 'Key__c' }), create('Task')],
        maxAttempts: 1_000,
      });
      const next = [0, 0];
      const records = wanted.map(({ object, key, bad }, index): KafkaRecord => {
        const partition = object === 'Task' ? index % 2 : key % 2;
        const offset = next[partition] ?? 0;
        next[partition] = offset + 1;
        const fields = { Mark__c: `${bad ? 'bad' : 'mark'}${index}`, _ObjectType: object };
        return kafkaRecord(
          offset,
          String(key),
          object === 'Task' ? fields : { ...fields, Key__c: `k${key}` },
          partition,
        );
      });
      const inTrouble = (current: Fault) => {
        org.fail = () => undefined;
        org.refuse = (row) => {
          const mark = String(row['Mark__c']);
          if (mark.startsWith('bad')) return { statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION' };
          if (!mark.endsWith(String(unlucky))) return undefined;
          if (current === 'some rows locked') return { statusCode: 'UNABLE_TO_LOCK_ROW' };
          return current === 'puzzle' ? { statusCode: 'NEVER_SEEN_BEFORE' } : undefined;
        };
        if (current === 'org down') org.fail = () => down;
        // Only upserts: a create without a mark cannot be told from one that never was.
        if (current === 'call unanswered')
          org.fail = ({ operation }) => (operation === 'upsert' ? unanswered : undefined);
        sink.state.lettersDown = current === 'letters down';
      };

      await deliverAll(sink, records, {
        batchSizes,
        redelivery,
        before: (delivery) => inTrouble(faults[delivery] ?? 'nothing'),
      });

      const good = records.filter((record) => !String(record.value).includes('bad'));
      const markOf = (record: KafkaRecord) => JSON.parse(String(record.value)).Mark__c as string;
      const last = new Map(
        good.flatMap((record) => {
          const { Key__c: key } = JSON.parse(String(record.value));
          return key === undefined ? [] : [[key, markOf(record)] as const];
        }),
      );
      expect(new Map(org.rows('Account').map((row) => [row['Key__c'], row['Mark__c']]))).toEqual(last);
      const tasks = good.filter((record) => String(record.value).includes('Task')).map(markOf);
      expect(
        org
          .rows('Task')
          .map((row) => row['Mark__c'])
          .toSorted(),
      ).toEqual(tasks.toSorted());
      const { written, deadLettered } = sink.counts();
      expect([written + deadLettered, written >= good.length]).toEqual([records.length, true]);
    }),
    { numRuns: 150 },
  );
});

it('records of several rows leave each row as the last of them says, whichever records come again', async () => {
  const keys = ['a', 'b', 'c', 'd'];
  const troubled = fc.record({
    records: fc.array(fc.subarray(keys, { minLength: 1 }), { minLength: 1, maxLength: 12 }),
    /** Which rows are locked, and whether letters can be stored, delivery by delivery. */
    faults: fc.array(fc.record({ locked: fc.subarray(keys), lettersDown: fc.boolean() }), { maxLength: 5 }),
    /** The record that the org refuses. */
    bad: fc.nat(12),
    batchSizes: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 3 }),
    redelivery: fc.constantFrom('reported' as const, 'fromLowest' as const),
  });
  const transform = pipe(
    json(z.object({ mark: z.string(), keys: z.array(z.string()) })),
    split(({ mark, keys: of }) => of.map((Key__c) => ({ Key__c, Mark__c: mark }))),
    map((row) => row),
  );
  await fc.assert(
    fc.asyncProperty(troubled, async ({ records: drawn, faults, bad, batchSizes, redelivery }) => {
      // A refused record may have written some of its rows; with one row there is no doubt about what is right.
      const wanted = drawn.map((of, n) => (n === bad ? of.slice(0, 1) : of));
      const org = createModelOrg([account]);
      const sink = createSinkHarness(org, {
        topic: 'prices',
        write: upsert('Account', { externalId: 'Key__c' }),
        transform,
      });
      const records = wanted.map((of, n) => kafkaRecord(n, 'k', { mark: `m${n}`, keys: of }));
      const isRefused = (mark: string) => mark === `m${bad}`;
      await deliverAll(sink, records, {
        batchSizes,
        redelivery,
        before(delivery) {
          const { locked = [], lettersDown = false } = faults[delivery] ?? {};
          sink.state.lettersDown = lettersDown;
          org.refuse = (row) => {
            const [key, mark] = [String(row['Key__c']), String(row['Mark__c'])];
            if (locked.includes(key)) return { statusCode: 'UNABLE_TO_LOCK_ROW' };
            return isRefused(mark) ? { statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION' } : undefined;
          };
        },
      });
      const last = new Map(
        wanted.flatMap((of, n) => of.flatMap((key) => (isRefused(`m${n}`) ? [] : [[key, `m${n}`] as const]))),
      );
      expect(new Map(org.rows('Account').map((row) => [row['Key__c'], row['Mark__c']]))).toEqual(last);
      // What a later value of its row takes the place of in one write need not be refused.
      expect([[], [bad]]).toContainEqual(sink.letterOffsets());
      expect(sink.counts().written).toBe(wanted.length - sink.letters.length);
    }),
    { numRuns: 150 },
  );
});
