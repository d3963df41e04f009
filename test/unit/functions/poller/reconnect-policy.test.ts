import { describe, expect, it } from 'vitest';
import { createFailureStreak, pauseAfter } from '../../../../functions/poller/reconnect-policy.ts';
import { BridgeError } from '../../../../shared/errors/bridge-error.ts';
import { type ErrorCode, errorCodes } from '../../../../shared/errors/codes.ts';

const error = (code: ErrorCode, retryAfterMs?: number) => {
  return new BridgeError(code, code, retryAfterMs === undefined ? {} : { retryAfterMs });
};

describe('the pause after a failure', () => {
  it.each<[ErrorCode, attempt: number, least: number, most: number]>([
    ['SKB_SUBSCRIPTION_LOST', 0, 100, 200],
    ['SKB_SUBSCRIPTION_LOST', 3, 800, 1600],
    ['SKB_SUBSCRIPTION_LOST', 1000, 5_000, 10_000],
    ['SKB_SALESFORCE_UNAVAILABLE', 0, 500, 1000],
    ['SKB_SALESFORCE_UNAVAILABLE', 1000, 30_000, 60_000],
    ['SKB_SALESFORCE_LIMIT', 0, 5_000, 10_000],
    // Whoever lost a channel stands by at once: the new owner may be the next to die.
    ['SKB_LEASE_LOST', 1000, 500, 1000],
    ['SKB_PRODUCER_FENCED', 1000, 1000, 2000],
    ['SKB_AUTH_REJECTED', 0, 60_000, 66_000],
    ['SKB_SUBSCRIPTION_REFUSED', 5, 60_000, 66_000],
  ])('%s, attempt %i, lies between %i and %i ms by chance', (code, attempt, least, most) => {
    expect(pauseAfter(error(code), attempt, 0)).toBeCloseTo(least);
    expect(pauseAfter(error(code), attempt, 1)).toBeCloseTo(most);
  });

  it('is at least what Salesforce asks for', () => {
    expect(pauseAfter(error('SKB_SALESFORCE_LIMIT', 900_000), 0, 0)).toBe(900_000);
  });

  it.each(Object.keys(errorCodes) as ErrorCode[])('is never so short that %s loops hot', (code) => {
    expect(pauseAfter(error(code), 0, 0)).toBeGreaterThanOrEqual(100);
  });
});

describe('a streak of failures', () => {
  const first = { pauseMs: 100, repeated: false };

  it('grows with the same cause and is to be logged once', () => {
    const streak = createFailureStreak(() => 0);
    expect(streak.failed(error('SKB_SUBSCRIPTION_LOST'))).toEqual(first);
    expect(streak.failed(error('SKB_SUBSCRIPTION_LOST'))).toEqual({ pauseMs: 200, repeated: true });
  });

  it('starts over with another cause', () => {
    const streak = createFailureStreak(() => 0);
    streak.failed(error('SKB_SALESFORCE_UNAVAILABLE'));
    expect(streak.failed(error('SKB_SUBSCRIPTION_LOST'))).toEqual(first);
  });

  it('starts over after a long good session, but not after a short one', () => {
    const streak = createFailureStreak(() => 0);
    streak.failed(error('SKB_SUBSCRIPTION_LOST'));
    streak.worked(1000);
    expect(streak.failed(error('SKB_SUBSCRIPTION_LOST'))).toMatchObject({ repeated: true });
    streak.worked(60_000);
    expect(streak.failed(error('SKB_SUBSCRIPTION_LOST'))).toEqual(first);
  });
});
