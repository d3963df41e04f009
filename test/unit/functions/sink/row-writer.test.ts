import { describe, expect, it } from 'vitest';
import type { RowWrite } from '../../../../functions/sink/plan-rows.ts';
import { createRowWriter } from '../../../../functions/sink/row-writer.ts';
import { BridgeError } from '../../../../shared/errors/bridge-error.ts';
import type { RowFields } from '../../../../shared/transform/step.ts';
import { describeOf, type ScriptedOrg, scriptedOrg } from '../../../fixtures/scripted-org.ts';

const entry = describeOf({
  ErpKey__c: { externalId: true },
  UnitPrice: {},
  Product2Id: { updateable: false, nillable: false, relationshipName: 'Product2' },
  Origin__c: { updateable: false },
});
const target = { operation: 'upsert', object: 'PricebookEntry', externalId: 'ErpKey__c' } as const;
const plenty = { remainingMs: () => 600_000 };

function write(key: string, fields: RowFields = {}): RowWrite {
  return { key: key.toLowerCase(), fields: { ErpKey__c: key, ...fields }, contributors: [] };
}

function writerFor(org: ScriptedOrg) {
  return createRowWriter({ rest: org, write: target, random: () => 0 });
}

/** The price-book rule of a real org: the product is needed on create and refused on update. */
function priceBookRule(row: Readonly<Record<string, unknown>>, exists: boolean) {
  if (exists && 'Product2' in row) {
    return { statusCode: 'INVALID_FIELD_FOR_INSERT_UPDATE', message: 'Unable to create/update fields: Product2Id.' };
  }
  if (!exists && !('Product2' in row)) {
    return { statusCode: 'REQUIRED_FIELD_MISSING', message: 'Required fields are missing: [Product2Id]' };
  }
  return undefined;
}

describe('the row writer', () => {
  it('cuts rows into calls of 200', async () => {
    const org = scriptedOrg({ describe: entry, externalId: 'ErpKey__c' });
    const writes = Array.from({ length: 401 }, (_, index) => write(`K${index}`));
    const outcomes = await writerFor(org).write(writes, plenty);
    expect(org.calls.map((rows) => rows.length)).toEqual([200, 200, 1]);
    expect([...outcomes.values()].every((outcome) => outcome.kind === 'written')).toBe(true);
  });

  it('sends create-only fields only to rows that do not exist yet', async () => {
    const org = scriptedOrg({ describe: entry, externalId: 'ErpKey__c', refuse: priceBookRule });
    org.rows.set('old', { ErpKey__c: 'old' });
    const Product2 = { External_Id__c: 'P' };
    const writes = [write('old', { UnitPrice: 1, Product2 }), write('new', { UnitPrice: 2, Product2 })];
    const outcomes = await writerFor(org).write(writes, plenty);
    expect(org.calls).toEqual([
      [
        { ErpKey__c: 'old', UnitPrice: 1 },
        { ErpKey__c: 'new', UnitPrice: 2 },
      ],
      [{ ErpKey__c: 'new', UnitPrice: 2, Product2 }],
    ]);
    expect([...outcomes.values()].map((outcome) => outcome.kind)).toEqual(['written', 'written']);
  });

  it('tells why an existing row was refused, not that create-only fields cannot be updated', async () => {
    const org = scriptedOrg({
      describe: entry,
      externalId: 'ErpKey__c',
      refuse: (row, exists) =>
        priceBookRule(row, exists) ?? { statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', message: 'too cheap' },
    });
    org.rows.set('old', { ErpKey__c: 'old' });
    const old = write('old', { UnitPrice: 1, Product2: { External_Id__c: 'P' } });
    const outcomes = await writerFor(org).write([old], plenty);
    expect(outcomes.get(old)).toMatchObject({ kind: 'rejected', error: { message: 'too cheap' } });
  });

  it('looks rows up first when a create would succeed without its create-only fields', async () => {
    const org = scriptedOrg({ describe: entry, externalId: 'ErpKey__c' });
    org.rows.set('old', { ErpKey__c: 'old' });
    await writerFor(org).write([write('old', { Origin__c: 'erp' }), write('new', { Origin__c: 'erp' })], plenty);
    expect(org.calls).toEqual([[{ ErpKey__c: 'old' }, { ErpKey__c: 'new', Origin__c: 'erp' }]]);
  });

  it('finds the one row that spoils a whole call and writes the others', async () => {
    const org = scriptedOrg({
      describe: entry,
      externalId: 'ErpKey__c',
      fail: (rows) =>
        rows.some((row) => 'Foo__c' in row)
          ? new BridgeError('SKB_ROW_REJECTED', 'No such column', { context: { salesforceCode: 'INVALID_FIELD' } })
          : undefined,
    });
    const writes = Array.from({ length: 9 }, (_, index) => write(`K${index}`, index === 4 ? { Foo__c: 1 } : {}));
    const outcomes = await writerFor(org).write(writes, plenty);
    expect([...outcomes.values()].map((outcome) => outcome.kind)).toEqual(
      writes.map((_, index) => (index === 4 ? 'rejected' : 'written')),
    );
  });

  it('sends a locked row again, and only that row', async () => {
    let locked = 2;
    const org = scriptedOrg({
      describe: entry,
      externalId: 'ErpKey__c',
      refuse: (row) => {
        if (row['ErpKey__c'] !== 'K1' || locked === 0) return undefined;
        locked -= 1;
        return { statusCode: 'UNABLE_TO_LOCK_ROW', message: 'unable to obtain exclusive access to this record' };
      },
    });
    const outcomes = await writerFor(org).write([write('K0'), write('K1')], plenty);
    expect(org.calls.map((rows) => rows.length)).toEqual([2, 1, 1]);
    expect([...outcomes.values()].every((outcome) => outcome.kind === 'written')).toBe(true);
  });

  it('hands rows back when the org is down, without another try', async () => {
    const org = scriptedOrg({
      describe: entry,
      externalId: 'ErpKey__c',
      fail: () => new BridgeError('SKB_SALESFORCE_UNAVAILABLE', 'down'),
    });
    const outcomes = await writerFor(org).write([write('K0')], plenty);
    expect(org.calls).toHaveLength(1);
    expect([...outcomes.values()][0]).toMatchObject({ kind: 'retry', error: { code: 'SKB_SALESFORCE_UNAVAILABLE' } });
  });

  it('starts no call that could outlive the invocation', async () => {
    const org = scriptedOrg({ describe: entry, externalId: 'ErpKey__c' });
    const outcomes = await writerFor(org).write([write('K0')], { remainingMs: () => 1_000 });
    expect(org.calls).toHaveLength(0);
    expect([...outcomes.values()][0]?.kind).toBe('retry');
  });

  it('retries a status code it does not know, and rejects one it does', async () => {
    const org = scriptedOrg({
      describe: entry,
      externalId: 'ErpKey__c',
      refuse: (row) => ({ statusCode: String(row['UnitPrice']), message: '' }),
    });
    const [known, unknown] = [
      write('a', { UnitPrice: 'STRING_TOO_LONG' }),
      write('b', { UnitPrice: 'BRAND_NEW_CODE' }),
    ];
    const outcomes = await writerFor(org).write([known, unknown], plenty);
    expect([outcomes.get(known)?.kind, outcomes.get(unknown)?.kind]).toEqual(['rejected', 'retry']);
  });
});
