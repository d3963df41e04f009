import { describe, expect, it } from 'vitest';
import { LatencyModel, type LatencyProfile } from '../../../../local/org/latency.ts';
import { createRandom } from '../../../../local/org/random.ts';
import { createTestDatabase } from './support.ts';

const profile: LatencyProfile = {
  perCallMs: 100,
  perRowMs: 10,
  perAutomationMs: 5,
  automations: { Account: 2 },
  spread: 0,
  lockWaits: true,
};

function createModel(setting: LatencyProfile | 'none' | 'lean', seed = 1) {
  const { clock, commit, insert, object, database } = createTestDatabase();
  const model = new LatencyModel({ setting, clock, random: createRandom(seed) });
  database.onCommit((changes) => model.committed(changes));
  return { clock, commit, insert, object, model };
}

describe('latency model', () => {
  it('costs nothing without a profile', () => {
    const { model } = createModel('none');
    expect(model.measure(() => 'x')).toEqual({ answer: 'x', delayMs: 0 });
  });

  it('counts the call, its rows and their automation', () => {
    const { model, insert } = createModel(profile);
    expect(model.measure(() => undefined).delayMs).toBe(100);
    expect(model.measure(() => insert('Account', { Name: 'a' })).delayMs).toBe(120);
    expect(model.measure(() => insert('Product2', { Name: 'p' })).delayMs).toBe(110);
  });

  it('lets a call wait for another one with the same parent', () => {
    const { clock, model, insert } = createModel(profile);
    const accounts = [1, 2].map((n) => insert('Account', { Name: `a${n}` }));
    const contact = (AccountId: string | undefined) => () => insert('Contact', { LastName: 'x', AccountId });
    const delays = [accounts[0], accounts[0], accounts[1]].map((id) => model.measure(contact(id)).delayMs);
    expect(delays).toEqual([110, 220, 110]);
    clock.advance(1000);
    expect(model.measure(contact(accounts[0])).delayMs).toBe(110);
  });

  it('repeats from its seed', () => {
    const run = (seed: number) => {
      const { model } = createModel('lean', seed);
      return [1, 2, 3].map(() => model.measure(() => undefined).delayMs);
    };
    expect(run(7)).toEqual(run(7));
    expect(run(7)).not.toEqual(run(8));
  });
});
