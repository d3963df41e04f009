import { expect, it } from 'vitest';
import { startOrg } from '../../../local/org/org.ts';
import { createQuotaGuard } from '../../../shared/salesforce/quota-guard.ts';
import { clientOf } from '../../fixtures/org-client.ts';

it('a describe is asked for again conditionally, and brings a new field only when there is one', async () => {
  const org = await startOrg();
  try {
    const clock = { at: 0 };
    const rest = clientOf(org, { now: () => clock.at });
    const before = await rest.describe('Account');
    clock.at += 120_000;
    expect(await rest.describes.refresh('Account')).toEqual({
      describe: before,
      changed: false,
      lastModified: expect.any(String),
    });
    expect(
      org.control
        .journal()
        .filter((entry) => entry.path.endsWith('/describe'))
        .map((entry) => entry.status),
    ).toEqual([200, 304]);
  } finally {
    await org.close();
  }
});

it('a client stops at its reserve before Salesforce does', async () => {
  const org = await startOrg({ settings: { dailyApiRequests: 10 } });
  try {
    const quota = createQuotaGuard({ reserve: 0.5, org: 'main', now: Date.now, slowestMs: 1 });
    const rest = clientOf(org, { quota });
    const ask = () => rest.request({ method: 'GET', path: '/sobjects/Account' });
    for (let call = 0; call < 5; call += 1) await ask();
    await expect(ask()).rejects.toMatchObject({ code: 'SKB_SALESFORCE_LIMIT' });
    expect(quota.usage()).toMatchObject({ used: 5, max: 10 });
    expect(org.control.counters().apiCalls).toBe(5);
  } finally {
    await org.close();
  }
});
