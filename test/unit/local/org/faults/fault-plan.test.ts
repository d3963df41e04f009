import { describe, expect, it } from 'vitest';
import { FaultPlan } from '../../../../../local/org/faults/fault-plan.ts';
import { faultSchema } from '../../../../../local/org/faults/fault-schema.ts';
import { createRandom } from '../../../../../local/org/random.ts';

const request = { method: 'GET', path: '/services/data/v66.0/limits', app: 'bridge' };

function hits(fault: unknown, count: number, facts = request): string {
  const plan = new FaultPlan(createRandom(7));
  plan.add(faultSchema.parse(fault));
  return Array.from({ length: count }, () => (plan.forRequest(facts).length > 0 ? 'x' : '.')).join('');
}

describe('fault plan', () => {
  it.each([
    [{ kind: 'respond', status: 500 }, 'xxxx'],
    [{ kind: 'respond', status: 500, times: 2 }, 'xx..'],
    [{ kind: 'respond', status: 500, times: 1, after: 2 }, '..x.'],
    [{ kind: 'respond', status: 500, rate: 0 }, '....'],
    [{ kind: 'delay', milliseconds: 1, match: { method: 'post' } }, '....'],
    [{ kind: 'delay', milliseconds: 1, match: { method: 'get', pathPrefix: '/services/data' } }, 'xxxx'],
    [{ kind: 'reset-connection', match: { app: 'other' } }, '....'],
    [{ kind: 'lock-rows', object: 'Account' }, '....'],
  ])('%j strikes %s', (fault, expected) => {
    expect(hits(fault, 4)).toBe(expected);
  });

  it('draws rates from the seed', () => {
    const fault = { kind: 'respond', status: 500, rate: 0.3 };
    const pattern = hits(fault, 100);
    expect(hits(fault, 100)).toBe(pattern);
    const share = pattern.replaceAll('.', '').length;
    expect(share).toBeGreaterThan(15);
    expect(share).toBeLessThan(50);
  });

  it.each([
    [{ kind: 'nope' }],
    [{ kind: 'respond' }],
    [{ kind: 'lock-rows', rate: 2 }],
    [{ kind: 'delay', milliseconds: 1, x: 1 }],
  ])('refuses %j', (fault) => {
    expect(faultSchema.safeParse(fault).success).toBe(false);
  });
});
