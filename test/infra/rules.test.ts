import { describe, expect, it } from 'vitest';
import type { TemplateJson } from './rule.ts';
import { rules } from './rules.ts';
import { synthesize } from './synthesize.ts';

const template = synthesize().template.toJSON() as TemplateJson;

describe.each(rules.map((rule) => [rule.says, rule] as const))('%s', (_, rule) => {
  it('in the template as it is', () => {
    expect(rule.problems(template)).toEqual([]);
  });

  it('and is missed when it is not so', () => {
    const mutants = rule.mutants(template);
    expect(mutants.length).toBeGreaterThan(0);
    expect(mutants.filter((each) => rule.problems(each.template).length === 0).map(({ what }) => what)).toEqual([]);
  });
});
