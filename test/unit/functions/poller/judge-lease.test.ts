import { describe, expect, it } from 'vitest';
import { mayTake, sight } from '../../../../functions/poller/judge-lease.ts';

const leaseMs = 10_000;
const held = { owner: 'other', fence: 3, version: 7 };

describe('a channel may be taken', () => {
  it.each([
    ['when it was never owned', undefined, true],
    ['when a release without leases wrote it', { fence: 0, version: 0 }, true],
    ['when its owner released it', { fence: 3, version: 7 }, true],
    ['by the task that owned it last', { ...held, owner: 'me' }, true],
    ['not from an owner seen just now', held, false],
  ])('%s', (_, item, may) => {
    expect(mayTake(sight(item, undefined, 1000), 'me', 1000, leaseMs)).toBe(may);
  });

  it('from an owner whose item stood unchanged for a full lease since we first saw it so', () => {
    const first = sight(held, undefined, 1000);
    const again = sight({ ...held }, first, 6000);
    expect(mayTake(again, 'me', 10_999, leaseMs)).toBe(false);
    expect(mayTake(again, 'me', 11_000, leaseMs)).toBe(true);
  });

  it('not from an owner that renewed in between, however long ago it was first seen', () => {
    const first = sight(held, undefined, 1000);
    const renewed = sight({ ...held, version: 8 }, first, 9000);
    expect(mayTake(renewed, 'me', 11_000, leaseMs)).toBe(false);
    expect(mayTake(renewed, 'me', 19_000, leaseMs)).toBe(true);
  });
});
