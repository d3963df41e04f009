import { describe, expect, it } from 'vitest';
import { createPace } from '../../../../functions/sink/pace.ts';
import { coalesce, type PlannedRow, type RowWrite } from '../../../../functions/sink/row-write.ts';
import { createRowWriter } from '../../../../functions/sink/row-writer.ts';
import type { RowOperation } from '../../../../shared/bridge/row-operation.ts';
import { BridgeError } from '../../../../shared/errors/bridge-error.ts';
import type { CallAnswer } from '../../../../shared/salesforce/composite.ts';
import type { RowFields } from '../../../../shared/transform/row-fields.ts';
import { createModelOrg, describeObject, type ModelOrg, type Refuse } from '../../../fixtures/model-org.ts';
import { kafkaRecord } from '../../../fixtures/records.ts';

const entry = describeObject('PricebookEntry', {
  ErpKey__c: { externalId: true },
  UnitPrice: {},
  Product2Id: { updateable: false, nillable: false, relationshipName: 'Product2' },
  Origin__c: { updateable: false },
});
const account = describeObject('Account', { ErpKey__c: { externalId: true } });
const plenty = { remainingMs: () => 600_000 };

function write(
  key: string,
  fields: RowFields = {},
  operation: RowOperation = 'upsert',
  object = 'PricebookEntry',
): RowWrite {
  const keyless = operation === 'create' || operation === 'publish';
  const row: PlannedRow = {
    record: kafkaRecord(0, key, null),
    place: 0,
    operation,
    object,
    ...(keyless ? {} : { keyField: 'ErpKey__c', key: `${object} erpkey__c ${key.toLowerCase()}`.toLowerCase() }),
    fields: { ErpKey__c: key, ...fields },
    remember: [],
    parents: [],
    provides: [],
  };
  return coalesce([row])[0] as RowWrite;
}

function setUp(refuse: Refuse = () => undefined): { org: ModelOrg; writer: ReturnType<typeof createRowWriter> } {
  const org = createModelOrg([entry, account, describeObject('Price__e', { ErpKey__c: {} })]);
  org.refuse = refuse;
  return { org, writer: createRowWriter({ ...org, pace: createPace(2), callTimeoutMs: 5_000 }) };
}

const kinds = (outcomes: ReadonlyMap<RowWrite, { kind: string }>) => [...outcomes.values()].map(({ kind }) => kind);
const refused = (code: string): CallAnswer => ({
  kind: 'refused',
  error: new BridgeError('SKB_ROW_REJECTED', 'No such column', { context: { salesforceCode: code } }),
});

/** The price-book rule of a real org: the product is needed on create and refused on update. */
const priceBookRule: Refuse = (row, _operation, exists) => {
  if (exists && 'Product2' in row) return { statusCode: 'INVALID_FIELD_FOR_INSERT_UPDATE', message: 'Product2Id.' };
  if (!exists && !('Product2' in row)) return { statusCode: 'REQUIRED_FIELD_MISSING', message: '[Product2Id]' };
  return undefined;
};

describe('the row writer', () => {
  it('sends 200 rows a call and 1,000 a request', async () => {
    const { org, writer } = setUp();
    const outcomes = await writer.write(
      Array.from({ length: 1201 }, (_, index) => write(`K${index}`)),
      plenty,
    );
    expect(org.requests.map((calls) => calls.map(({ rows }) => rows.length))).toEqual([
      [200, 200, 200, 200, 200],
      [200, 1],
    ]);
    expect(new Set(kinds(outcomes))).toEqual(new Set(['written']));
  });

  it('sends rows of all operations and objects in one request', async () => {
    const { org, writer } = setUp();
    org.put('PricebookEntry', { ErpKey__c: 'gone' });
    org.put('Account', { ErpKey__c: 'there' });
    await writer.write(
      [
        write('A'),
        write('B', {}, 'upsert', 'Account'),
        write('gone', {}, 'delete'),
        write('there', { Name: 'x' }, 'update', 'Account'),
        write('C', {}, 'create', 'Account'),
        write('D', {}, 'create'),
      ],
      plenty,
    );
    expect(org.requests).toHaveLength(1);
    expect(org.requests[0]?.map(({ operation, rows }) => `${operation} ${rows.length}`).toSorted()).toEqual([
      'create 2',
      'delete 1',
      'update 1',
      'upsert 1',
      'upsert 1',
    ]);
    expect(org.rows('PricebookEntry').map((row) => row['ErpKey__c'])).toEqual(['D', 'A']);
    expect(org.rows('Account').map((row) => row['ErpKey__c'])).toEqual(['there', 'C', 'B']);
  });

  it('publishes events in order, one request after the other', async () => {
    const { org, writer } = setUp();
    await writer.write(
      Array.from({ length: 1500 }, (_, index) => write(String(index), {}, 'publish', 'Price__e')),
      plenty,
    );
    expect(org.rows('Price__e').map((row) => Number(row['ErpKey__c']))).toEqual(
      Array.from({ length: 1500 }, (_, n) => n),
    );
  });

  it('deletes by external ID with one query and one call per 200; what is gone counts as deleted', async () => {
    const { org, writer } = setUp();
    for (let index = 0; index < 300; index += 1) org.put('PricebookEntry', { ErpKey__c: `k${index}` });
    const outcomes = await writer.write(
      Array.from({ length: 310 }, (_, index) => write(`K${index}`, {}, 'delete')),
      plenty,
    );
    expect([org.queries.length, org.calls.length]).toEqual([2, 2]);
    expect(org.rows('PricebookEntry')).toEqual([]);
    expect(new Set(kinds(outcomes))).toEqual(new Set(['written']));
  });

  it('gives each key field of an object a bulk job of its own', async () => {
    const org = createModelOrg([account]);
    const jobs: (readonly RowWrite[])[] = [];
    const bulk = {
      takes: () => true,
      async write(writes: readonly RowWrite[]) {
        jobs.push(writes);
        return new Map(writes.map((each) => [each, { kind: 'written', id: '001', created: true } as const]));
      },
    };
    const writer = createRowWriter({ ...org, bulk, pace: createPace(2), callTimeoutMs: 5_000 });
    // Rows that a create marks, beside rows that are found by another field.
    const marked = ['a', 'b'].map((key) => ({ ...write(key, {}, 'upsert', 'Account'), keyField: 'Mark__c' }));
    const keyed = ['c', 'd'].map((key) => write(key, {}, 'upsert', 'Account'));
    await writer.write([...marked, ...keyed], plenty);
    expect(jobs).toEqual([marked, keyed]);
  });

  it('updates by external ID what exists, and refuses to create', async () => {
    const { org, writer } = setUp();
    org.put('PricebookEntry', { ErpKey__c: 'old' });
    const outcomes = await writer.write([write('old', { UnitPrice: 5 }, 'update'), write('new', {}, 'update')], plenty);
    expect(org.rows('PricebookEntry')).toMatchObject([{ ErpKey__c: 'old', UnitPrice: 5 }]);
    expect([...outcomes.values()]).toMatchObject([
      { kind: 'refused', disposition: 'reject', error: { statusCode: 'NOT_FOUND' } },
      { kind: 'written' },
    ]);
  });

  it('does not choose between rows that share a key', async () => {
    const { org, writer } = setUp();
    org.put('PricebookEntry', { ErpKey__c: 'twice' });
    org.put('PricebookEntry', { ErpKey__c: 'TWICE' });
    const [outcome] = (await writer.write([write('twice', {}, 'delete')], plenty)).values();
    expect(outcome).toMatchObject({ kind: 'refused', error: { statusCode: 'DUPLICATE_EXTERNAL_ID' } });
    expect(org.rows('PricebookEntry')).toHaveLength(2);
  });

  it('keeps queries short when keys are long', async () => {
    const { org, writer } = setUp();
    await writer.write(
      Array.from({ length: 200 }, (_, index) => write(`${'x'.repeat(250)}${index}`, {}, 'delete')),
      plenty,
    );
    for (const soql of org.queries) expect(encodeURIComponent(soql).length).toBeLessThan(14_000);
  });

  it('sends create-only fields only to rows that do not exist yet', async () => {
    const { org, writer } = setUp(priceBookRule);
    org.put('PricebookEntry', { ErpKey__c: 'old' });
    const Product2 = { External_Id__c: 'P' };
    const writes = [write('old', { UnitPrice: 1, Product2 }), write('new', { UnitPrice: 2, Product2 })];
    const outcomes = await writer.write(writes, plenty);
    expect(org.calls.map(({ rows }) => rows)).toEqual([
      [
        { ErpKey__c: 'old', UnitPrice: 1 },
        { ErpKey__c: 'new', UnitPrice: 2 },
      ],
      [{ ErpKey__c: 'new', UnitPrice: 2, Product2 }],
    ]);
    expect(kinds(outcomes)).toEqual(['written', 'written']);
  });

  it('tells why an existing row was refused, not that create-only fields cannot be updated', async () => {
    const { org, writer } = setUp(
      (row, operation, exists) =>
        priceBookRule(row, operation, exists) ?? {
          statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
          message: 'too cheap',
        },
    );
    org.put('PricebookEntry', { ErpKey__c: 'old' });
    const old = write('old', { UnitPrice: 1, Product2: { External_Id__c: 'P' } });
    expect((await writer.write([old], plenty)).get(old)).toMatchObject({ error: { message: 'too cheap' } });
  });

  it('looks rows up first when a create would succeed without its create-only fields', async () => {
    const { org, writer } = setUp();
    org.put('PricebookEntry', { ErpKey__c: 'old' });
    await writer.write([write('old', { Origin__c: 'erp' }), write('new', { Origin__c: 'erp' })], plenty);
    expect(org.calls.map(({ rows }) => rows)).toEqual([[{ ErpKey__c: 'old' }, { ErpKey__c: 'new', Origin__c: 'erp' }]]);
  });

  it('finds the one row that spoils a whole call and writes the others', async () => {
    const { org, writer } = setUp();
    org.fail = ({ rows }) => (rows.some((row) => 'Foo__c' in row) ? refused('INVALID_FIELD') : undefined);
    const writes = Array.from({ length: 9 }, (_, index) => write(`K${index}`, index === 4 ? { Foo__c: 1 } : {}));
    const outcomes = await writer.write(writes, plenty);
    expect(writes.map((each) => outcomes.get(each)?.kind)).toEqual(
      writes.map((_, index) => (index === 4 ? 'refused' : 'written')),
    );
  });

  it('sends no further request once one finds the org in trouble', async () => {
    const { org, writer } = setUp();
    org.fail = () => ({ kind: 'refused', error: new BridgeError('SKB_SALESFORCE_UNAVAILABLE', 'down') });
    const outcomes = await writer.write(
      Array.from({ length: 5000 }, (_, index) => write(`K${index}`)),
      plenty,
    );
    expect(org.requests.length).toBeLessThanOrEqual(2);
    expect(new Set(kinds(outcomes))).toEqual(new Set(['notSent']));
  });

  it('sends smaller and fewer calls after locks, and full ones again after a while', async () => {
    const { org, writer } = setUp();
    const many = (name: string) => Array.from({ length: 400 }, (_, index) => write(`${name}${index}`));
    org.refuse = () => ({ statusCode: 'UNABLE_TO_LOCK_ROW' });
    await writer.write(many('a'), plenty);
    org.refuse = () => undefined;
    org.calls.length = 0;
    await writer.write(many('b'), plenty);
    expect(org.calls[0]?.rows.length).toBeLessThan(200);
    for (let round = 0; round < 30; round += 1) await writer.write(many('c'), plenty);
    expect(org.calls.at(-1)?.rows.length).toBe(200);
  });

  it.each(['delete', 'update', 'undelete'] as const)(
    'begins no look-up that could outlive the invocation: %s',
    async (operation) => {
      const { org, writer } = setUp();
      const outcomes = await writer.write([write('K', {}, operation)], { remainingMs: () => 7_000 });
      expect([kinds(outcomes), org.queries]).toEqual([['notSent'], []]);
    },
  );

  it('starts no call that could outlive the invocation', async () => {
    const { org, writer } = setUp();
    const outcomes = await writer.write([write('K0')], { remainingMs: () => 7_000 });
    expect(org.calls).toHaveLength(0);
    expect(kinds(outcomes)).toEqual(['notSent']);
  });
});
