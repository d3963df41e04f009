import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fromRecord, remove, undelete, update, upsert } from '../../../../shared/bridge/targets.ts';
import type { KafkaRecord } from '../../../../shared/kafka/kafka-record.ts';
import { createSinkHarness } from '../../../component/sink/sink-harness.ts';
import { createModelOrg, describeObject, type ModelOrg, type Row } from '../../../fixtures/model-org.ts';
import { kafkaRecord } from '../../../fixtures/records.ts';

// What the sink does with many records at once must be what it would do with each of them alone, one after the other.

const account = describeObject('Account', {
  Key__c: { externalId: true },
  A__c: {},
  B__c: { nillable: true },
  Number__c: { type: 'double' },
  Bad__c: {},
});
const contact = describeObject('Contact', {
  Key__c: { externalId: true },
  A__c: {},
  Bad__c: {},
  AccountId: { type: 'reference', referenceTo: ['Account'], relationshipName: 'Account' },
});

const fields = fc.record(
  {
    A__c: fc.constantFrom('x', 'y', null),
    B__c: fc.constantFrom('1', '2', null, ''),
    // The second is no number, so the record is rejected before anything is merged.
    Number__c: fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 0, max: 9 }) },
      { weight: 1, arbitrary: fc.constant('no') },
    ),
  },
  { requiredKeys: [] },
);
const change = fc.record({
  key: fc.constantFrom('k', 'K', 'l', ' m', 'm'),
  operation: fc.constantFrom('upsert', 'upsert', 'upsert', 'update', 'delete', 'tombstone', 'undelete'),
  fields,
  /** The org refuses it, as a validation rule would. */
  isBad: fc.nat(7).map((n) => n === 0),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

const policies = fc.record({ nulls: fc.constantFrom('clear' as const, 'keep' as const) });

function toRecord({ key, operation, fields: values, isBad }: Change, offset: number): KafkaRecord {
  const text = key.trim().toLowerCase();
  // One partition per key, as the order of a key asks for.
  const record = kafkaRecord(offset, text, '', text === 'l' ? 1 : 0);
  if (operation === 'tombstone') return { ...record, value: null };
  const bad = isBad && operation !== 'delete' && operation !== 'undelete' ? { Bad__c: 'bad' } : {};
  return { ...record, value: Buffer.from(JSON.stringify({ Key__c: key, ...values, ...bad, _op: operation })) };
}

const refuseBad = (row: Row) =>
  'Bad__c' in row && row['Bad__c'] !== null ? { statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION' } : undefined;

function setUp(nulls: 'clear' | 'keep') {
  const org = createModelOrg([account, contact]);
  org.refuse = refuseBad;
  const key = { externalId: 'Key__c' };
  const sink = createSinkHarness(org, {
    topic: 'prices',
    write: [upsert('Account', key), update('Account', key), remove('Account', key), undelete('Account', key)],
    tombstones: 'delete',
    nulls,
    transform: { steps: [routeByOperation] },
  });
  return { org, sink };
}

const routeByOperation = {
  name: 'routeByOperation',
  async run(items: readonly { readonly value: Buffer | null }[]) {
    return items.map(({ value }) => {
      const { _op: operation, ...rest } = JSON.parse(String(value));
      return {
        kind: 'passed' as const,
        value: { [Symbol.for('salesforce-kafka-bridge.routed')]: true, object: 'Account', operation, fields: rest },
      };
    });
  },
};

function rowsOf(org: ModelOrg): Record<string, Row> {
  return Object.fromEntries(
    org.rows('Account').map(({ Id: _, SystemModstamp: __, ...row }) => {
      const filled = Object.entries(row).filter(([name, value]) => value !== null && name !== 'Key__c');
      return [String(row['Key__c']).trim().toLowerCase(), Object.fromEntries(filled)];
    }),
  );
}

it('a batch has the effect of its records one by one, whatever is rejected and whatever the null policy', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { maxLength: 25 }),
      policies,
      fc.array(fc.nat(12), { maxLength: 4 }),
      async (changes, { nulls }, cuts) => {
        const records = changes.map(toRecord);
        const alone = setUp(nulls);
        for (const record of records) expect(await alone.sink.deliver([record])).toEqual([]);
        const batched = setUp(nulls);
        let start = 0;
        for (const cut of [...cuts, records.length]) {
          const batch = records.slice(start, start + cut);
          start += cut;
          if (batch.length > 0) expect(await batched.sink.deliver(batch)).toEqual([]);
        }
        expect(rowsOf(batched.org)).toEqual(rowsOf(alone.org));
        const { written, filtered, absorbed, deadLettered } = batched.sink.counts();
        expect(written + filtered + absorbed + deadLettered).toBe(records.length);
        // A merge never rejects what would be taken alone; what a later delete swallows need not be rejected.
        const rejectedAlone = alone.sink.letters.map(({ record }) => `${record.partition}@${record.offset}`);
        for (const { record } of batched.sink.letters)
          expect(rejectedAlone).toContain(`${record.partition}@${record.offset}`);
      },
    ),
    { numRuns: 150 },
  );
});

it('rows and their parents end up the same in whatever order their records come', async () => {
  const targets = [fromRecord('Account', { externalId: 'Key__c' }), fromRecord('Contact', { externalId: 'Key__c' })];
  const row = fc.record({
    object: fc.constantFrom('Account', 'Contact'),
    n: fc.nat(3),
    A__c: fc.constantFrom('x', 'y'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 20 }), async (rows) => {
      const org = createModelOrg([account, contact]);
      const sink = createSinkHarness(org, { topic: 'prices', write: targets });
      const last = new Map<string, string>();
      const records = rows.map(({ object, n, A__c }, offset) => {
        const Id = `00${object === 'Account' ? 1 : 2}00000000000${n}AAA`;
        last.set(`${object} ${Id}`, A__c);
        return kafkaRecord(offset, Id, { Id, A__c, _ObjectType: object, _EventType: 'updated' });
      });
      expect(await sink.deliver(records)).toEqual([]);
      const found = ['Account', 'Contact'].flatMap((object) =>
        org.rows(object).map((each) => [`${object} ${String(each['Key__c'])}`, each['A__c']] as const),
      );
      expect(new Map(found)).toEqual(last);
    }),
    { numRuns: 50 },
  );
});

it('children name parents that are there when they come, whatever is deleted and made again in their batch', async () => {
  const targets = [fromRecord('Account', { externalId: 'Key__c' }), fromRecord('Contact', { externalId: 'Key__c' })];
  const step = fc.record({
    kind: fc.constantFrom('account', 'account', 'contact', 'contact', 'delete'),
    n: fc.nat(2),
    parent: fc.nat(2),
  });
  const idOf = (prefix: string, n: number) => `${prefix}00000000000${n}AAA`;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), fc.boolean(), async (steps, areThere) => {
      const org = createModelOrg([account, contact]);
      const sink = createSinkHarness(org, { topic: 'prices', write: targets });
      const alive = new Set<number>();
      if (areThere) for (const n of [0, 1, 2]) org.put('Account', { Key__c: idOf('001', n), A__c: 'before' });
      if (areThere) for (const n of [0, 1, 2]) alive.add(n);
      org.refuse = (row) => {
        const named = (row['Account'] as { Key__c?: string } | undefined)?.Key__c;
        if (named === undefined || org.rows('Account').some((each) => each['Key__c'] === named)) return undefined;
        const message = `Foreign key external ID: ${named} not found for field Key__c in entity Account`;
        return { statusCode: 'INVALID_FIELD', message };
      };
      const records = steps.map(({ kind, n, parent }, offset) => {
        const object = kind === 'contact' ? 'Contact' : 'Account';
        const type = kind === 'delete' ? 'deleted' : 'updated';
        if (kind === 'account') alive.add(n);
        if (kind === 'delete') alive.delete(n);
        const lookup = kind === 'contact' && alive.has(parent) ? { AccountId: idOf('001', parent) } : {};
        const Id = idOf(object === 'Account' ? '001' : '003', n);
        return kafkaRecord(offset, Id, { Id, A__c: `v${offset}`, ...lookup, _ObjectType: object, _EventType: type });
      });
      expect(await sink.deliver(records)).toEqual([]);
      expect(sink.letters).toEqual([]);
      expect(new Set(org.rows('Account').map((row) => row['Key__c']))).toEqual(
        new Set([...alive].map((n) => idOf('001', n))),
      );
      expect(org.rows('Contact').length).toBe(
        new Set(steps.flatMap(({ kind, n }) => (kind === 'contact' ? n : []))).size,
      );
    }),
    { numRuns: 150 },
  );
});
