import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readBatchResponse } from '../../../../local/aws/read-batch-response.ts';
import { create, upsert } from '../../../../shared/bridge/targets.ts';
import { BridgeError } from '../../../../shared/errors/bridge-error.ts';
import type { KafkaRecord } from '../../../../shared/kafka/kafka-record.ts';
import type { CallAnswer } from '../../../../shared/salesforce/composite.ts';
import { createSinkHarness } from '../../../component/sink/sink-harness.ts';
import { createModelOrg, describeObject } from '../../../fixtures/model-org.ts';
import { kafkaRecord } from '../../../fixtures/records.ts';

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

      const waiting = [0, 1].map((partition) => records.filter((record) => record.partition === partition));
      for (let delivery = 0; waiting.some((each) => each.length > 0); delivery += 1) {
        expect(delivery).toBeLessThan(200);
        inTrouble(faults[delivery] ?? 'nothing');
        const size = batchSizes[delivery % batchSizes.length] ?? 5;
        const batch = waiting.flatMap((each) => each.slice(0, size));
        const sent = new Map(
          [...Map.groupBy(batch, ({ partition }) => `prices-${partition}`)].map(([name, each]) => [
            name,
            new Set(each.map(({ offset }) => offset)),
          ]),
        );
        const back = await sink.deliver(batch);
        const response = {
          batchItemFailures: back.map((each) => {
            const [partition, offset] = each.split('@');
            return { itemIdentifier: { partition, offset: Number(offset) } };
          }),
        };
        const outcome = readBatchResponse(response, sent, redelivery);
        // Lambda takes an answer that names a record it was not given as a failure of everything.
        expect(outcome.result).not.toBe('failed');
        for (const [partition, each] of waiting.entries()) {
          const again = outcome.redeliver.get(`prices-${partition}`) ?? new Set();
          waiting[partition] = each.filter(
            ({ offset }) => again.has(offset) || sent.get(`prices-${partition}`)?.has(offset) !== true,
          );
        }
        org.clock += 601_000;
      }

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
