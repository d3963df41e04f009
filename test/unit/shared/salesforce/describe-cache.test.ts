import { describe, expect, it } from 'vitest';
import { createDescribeCache, type FetchDescribe } from '../../../../shared/salesforce/describe-cache.ts';
import { describeObject } from '../../../fixtures/model-org.ts';

function cacheOf(fetch: FetchDescribe) {
  const clock = { at: 0 };
  const cache = createDescribeCache({ fetch, now: () => clock.at, expireAfterMs: 1000, refreshAtMostEveryMs: 100 });
  return { cache, clock };
}

describe('the describe cache', () => {
  it('asks once for callers in a hurry, and again when the answer grew old', async () => {
    const asked: (string | undefined)[] = [];
    const { cache, clock } = cacheOf(async (_, knownFrom) => {
      asked.push(knownFrom);
      return {
        describe: describeObject('PricebookEntry', { Name: {} }),
        lastModified: 'Tue, 01 Sep 2026 10:00:00 GMT',
      };
    });
    await Promise.all([cache.get('Account'), cache.get('Account')]);
    clock.at = 999;
    await cache.get('Account');
    expect(asked).toEqual([undefined]);
    clock.at = 1000;
    await cache.get('Account');
    expect(asked).toEqual([undefined, 'Tue, 01 Sep 2026 10:00:00 GMT']);
  });

  it('keeps what it knows when Salesforce says that nothing changed', async () => {
    const known = describeObject('PricebookEntry', { Name: {} });
    const { cache, clock } = cacheOf(async (_, knownFrom) =>
      knownFrom === undefined ? { describe: known, lastModified: 'x' } : undefined,
    );
    await cache.get('Account');
    clock.at = 5000;
    expect(await cache.refresh('Account')).toEqual({ describe: known, changed: false, lastModified: 'x' });
  });

  it('tells on refresh that an administrator added a field, but does not ask at every bad record', async () => {
    let fields: Parameters<typeof describeObject>[1] = { Name: {} };
    let calls = 0;
    const { cache, clock } = cacheOf(async () => {
      calls += 1;
      return { describe: describeObject('PricebookEntry', fields), lastModified: undefined };
    });
    await cache.get('Account');
    fields = { Name: {}, New__c: {} };
    expect(await cache.refresh('Account')).toMatchObject({ changed: false });
    clock.at = 100;
    expect(await cache.refresh('Account')).toMatchObject({ changed: true });
    expect(calls).toBe(2);
  });

  it('does not remember a failure, and keeps the old answer through it', async () => {
    let down = false;
    const { cache, clock } = cacheOf(async () => {
      if (down) throw new Error('down');
      return { describe: describeObject('PricebookEntry', { Name: {} }), lastModified: undefined };
    });
    await cache.get('Account');
    down = true;
    clock.at = 500;
    await expect(cache.refresh('Account')).rejects.toThrow('down');
    expect(await cache.get('Account')).toEqual(describeObject('PricebookEntry', { Name: {} }));
  });
});
