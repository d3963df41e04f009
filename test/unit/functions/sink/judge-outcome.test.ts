import { describe, expect, it } from 'vitest';
import { type Circumstances, judgeRefusal, retryRules } from '../../../../functions/sink/judge-outcome.ts';
import type { RowDisposition } from '../../../../shared/salesforce/row-status-codes.ts';

const error = { statusCode: 'CODE', message: 'why', fields: [] };
const usual: Circumstances = { tries: 0, attempts: 0, maxAttempts: 8, waitedMs: 0, parentWaitMs: 60_000, random: 0.5 };
const judge = (disposition: Exclude<RowDisposition, 'done'>, different: Partial<Circumstances> = {}) =>
  judgeRefusal({ kind: 'refused', disposition, error }, { ...usual, ...different });

describe('a refused row', () => {
  it('is sent again after a random part of a pause that doubles and has an end', () => {
    const pauses = (random: number) =>
      [0, 1, 2, 5].map((tries) => {
        const verdict = judge('lock', { tries, random });
        return verdict.kind === 'again' ? verdict.afterMs : verdict.kind;
      });
    expect(pauses(1)).toEqual([250, 500, 1_000, 8_000]);
    expect(pauses(0.25)).toEqual([62.5, 125, 250, 2_000]);
    expect(pauses(0)).toEqual([0, 0, 0, 0]);
  });

  it.each<[Exclude<RowDisposition, 'done'>, string]>([
    ['reject', 'reject'],
    ['lock', 'org'],
    ['passing', 'org'],
    ['collateral', 'org'],
    ['alone', 'puzzle'],
    ['race', 'reject'],
    ['parent', 'parent'],
    ['puzzle', 'puzzle'],
  ])('that is a matter of %s ends as %s when its tries are over', (disposition, end) => {
    const { more } = retryRules[disposition];
    for (let tries = 0; tries < more; tries += 1)
      expect(judge(disposition, { tries })).toMatchObject({ kind: 'again' });
    const verdict = judge(disposition, { tries: more });
    expect(verdict.kind === 'handBack' ? verdict.reason : verdict.kind).toBe(end);
  });

  it('is given up with the delivery that uses up its attempts, and not with others that are waited for', () => {
    const last = { tries: 9, attempts: 7 };
    expect(judge('puzzle', { ...last, attempts: 6 })).toMatchObject({ kind: 'handBack' });
    expect(judge('puzzle', last)).toEqual({ kind: 'reject', error });
    for (const disposition of ['lock', 'passing', 'collateral', 'parent'] as const) {
      expect(judge(disposition, { ...last, attempts: 1_000 })).toMatchObject({ kind: 'handBack' });
    }
  });

  it('is given up when its wait for a parent is over, whatever tries are left', () => {
    expect(judge('parent', { waitedMs: 59_999 })).toMatchObject({ kind: 'again' });
    expect(judge('parent', { waitedMs: 60_000 })).toEqual({ kind: 'reject', error });
    expect(judge('parent', { parentWaitMs: 0 })).toEqual({ kind: 'reject', error });
    expect(judge('lock', { waitedMs: 1e9 })).toMatchObject({ kind: 'again' });
  });

  it('goes alone when it does not go together with another one', () => {
    expect(judge('alone')).toMatchObject({ kind: 'again', alone: true });
    expect(judge('collateral')).not.toHaveProperty('alone');
  });
});
