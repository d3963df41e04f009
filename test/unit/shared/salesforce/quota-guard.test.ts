import { describe, expect, it } from 'vitest';
import { createQuotaGuard, describeQuota, parseApiUsage } from '../../../../shared/salesforce/quota-guard.ts';

const minute = 60_000;

function guardAt(reserve = 0.1) {
  const clock = { at: 1_700_000_000_000 };
  const guard = createQuotaGuard({
    reserve,
    org: 'main',
    now: () => clock.at,
    slowestMs: 1000,
    lookEveryMs: 5 * minute,
  });
  return { guard, clock, use: (used: number, max = 1000) => guard.observe(`api-usage=${used}/${max}`) };
}

describe('the usage header', () => {
  it.each([
    ['api-usage=33/15000', { used: 33, max: 15_000 }],
    ['api-usage=25/5000; per-app-api-usage=17/250(appName=sample-connected-app)', { used: 25, max: 5000 }],
    ['per-app-api-usage=17/250(appName=x); api-usage=1/2', { used: 1, max: 2 }],
    ['per-app-api-usage=17/250(appName=x)', undefined],
    ['api-usage=33', undefined],
    ['api-usage=33/0', undefined],
    ['api-usage=-1/15000', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s says %j', (header, usage) => {
    expect(parseApiUsage(header)).toEqual(usage);
  });
});

describe('the quota guard', () => {
  it('lets calls pass while nothing is known, and far from the reserve', () => {
    const { guard, use } = guardAt();
    expect(guard.admit()).toEqual({ waitMs: 0 });
    use(700);
    expect(guard.admit()).toEqual({ waitMs: 0 });
  });

  it('slows down the nearer the reserve is, and stops at it', () => {
    const { guard, use } = guardAt();
    const waits = [810, 850, 890].map((used) => {
      use(used);
      return guard.admit();
    });
    expect(waits).toEqual([{ waitMs: 100 }, { waitMs: 500 }, { waitMs: 900 }]);
    use(900);
    expect(guard.admit()).toMatchObject({
      stopped: { code: 'SKB_SALESFORCE_LIMIT', message: expect.stringContaining('900 of its 1000 daily calls') },
    });
  });

  it('looks every few minutes whether the day moved on, and goes on by itself', () => {
    const { guard, clock, use } = guardAt();
    use(950);
    expect(guard.admit()).toHaveProperty('stopped');
    clock.at += 5 * minute;
    expect([guard.admit(), guard.admit()]).toEqual([
      { waitMs: 0 },
      expect.objectContaining({ stopped: expect.anything() }),
    ]);
    use(940);
    expect(guard.admit()).toHaveProperty('stopped');
    clock.at += 5 * minute;
    guard.admit();
    use(100);
    expect(guard.admit()).toEqual({ waitMs: 0 });
  });

  it('without a reserve leaves stopping to Salesforce', () => {
    const { guard, use } = guardAt(0);
    use(999);
    expect(guard.admit()).toEqual({ waitMs: 0 });
  });

  it('says how many hours are left at the rate of the last hour', () => {
    const { guard, clock, use } = guardAt();
    use(300);
    clock.at += 30 * minute;
    use(400);
    // 500 calls are left until the reserve, at 200 an hour.
    expect(guard.usage()).toMatchObject({ leftPercent: 60, hoursLeft: 2.5 });
    expect(describeQuota(guard.usage() ?? { used: 0, max: 0, leftPercent: 0, hoursLeft: 0 })).toBe(
      '600 of 1000 daily calls are left; at this rate the reserve is reached in 2.5 hours',
    );
  });

  it('forgets the rate when calls of the day before drop out', () => {
    const { guard, clock, use } = guardAt();
    use(800);
    clock.at += 30 * minute;
    use(300);
    expect(guard.usage()?.hoursLeft).toBeUndefined();
  });
});
