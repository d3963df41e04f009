import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CollectionsCall } from '../../../../shared/salesforce/composite.ts';
import { callLimits, cutCalls } from '../../../../shared/salesforce/cut-calls.ts';

const row = (index: number, more: object = {}) => ({ Key__c: `K${index}`, ...more });
const rows = (count: number, more?: object) => Array.from({ length: count }, (_, index) => row(index, more));
const upsert = (count: number, more?: object): CollectionsCall => ({
  operation: 'upsert',
  object: 'Account',
  externalId: 'Key__c',
  rows: rows(count, more),
});
const shape = (requests: ReturnType<typeof cutCalls>) => requests.map((calls) => calls.map((call) => call.rows.length));

describe('cutting calls into requests', () => {
  it('puts 1,000 rows into one request of five calls', () => {
    expect(shape(cutCalls([upsert(1000)]))).toEqual([[200, 200, 200, 200, 200]]);
  });

  it('starts a new request for a sixth call, and keeps operations apart', () => {
    const remove: CollectionsCall = { operation: 'delete', object: 'Account', rows: rows(1) };
    expect(shape(cutCalls([upsert(900), remove, upsert(1)]))).toEqual([
      [200, 200, 200, 200, 100],
      [1, 1],
    ]);
  });

  it('keeps a request below its size, and sends a row alone that is larger', () => {
    const limits = { ...callLimits, charactersPerRequest: 10_000 };
    const calls = [upsert(30, { Text__c: 'x'.repeat(900) }), upsert(1, { Text__c: 'x'.repeat(20_000) })];
    expect(shape(cutCalls(calls, limits))).toEqual([[10], [10], [10], [1]]);
  });

  it('takes ten runs of objects into one call', () => {
    const mixed = rows(24).map((each, index) => ({
      attributes: { type: index % 2 === 0 ? 'Account' : 'Contact' },
      ...each,
    }));
    const call: CollectionsCall = { operation: 'create', object: 'Account', rows: mixed };
    expect(shape(cutCalls([call]))).toEqual([[10, 10, 4]]);
  });

  it('loses, adds and reorders nothing, whatever the limits', () => {
    const anyCall = fc.record({
      operation: fc.constantFrom('create' as const, 'update' as const, 'upsert' as const),
      object: fc.constantFrom('Account', 'Contact'),
      rows: fc.array(fc.record({ Name: fc.string({ maxLength: 50 }) }), { maxLength: 50 }),
    });
    const anyLimits = fc.record({
      rowsPerCall: fc.integer({ min: 1, max: 10 }),
      runsPerCall: fc.integer({ min: 1, max: 3 }),
      callsPerRequest: fc.integer({ min: 1, max: 5 }),
      charactersPerRequest: fc.integer({ min: 1, max: 500 }),
      charactersPerUrl: fc.constant(100),
    });
    fc.assert(
      fc.property(fc.array(anyCall, { maxLength: 6 }), anyLimits, (calls, limits) => {
        const requests = cutCalls(calls, limits);
        expect(requests.flat().flatMap((call) => call.rows)).toEqual(calls.flatMap((call) => call.rows));
        for (const request of requests) {
          expect(request.length).toBeLessThanOrEqual(limits.callsPerRequest);
          for (const call of request) expect(call.rows.length).toBeLessThanOrEqual(limits.rowsPerCall);
        }
      }),
    );
  });
});
