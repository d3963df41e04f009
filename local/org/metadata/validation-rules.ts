import { z } from 'zod';
import type { FieldValue } from '../store/definitions.ts';
import { parseFormula } from './formula.ts';
import { formulaText } from './formula-field.ts';
import type { FormulaInput } from './formula-functions.ts';

/** Says whether a row is wrong, as a formula does; for seeds that are written in code. */
export type Predicate = (input: FormulaInput) => boolean;

/** A validation rule: the row is refused when its formula is true. */
export const validationRuleSchema = z.strictObject({
  object: z.string(),
  name: z.string(),
  formula: z.union([formulaText, z.custom<Predicate>((value) => typeof value === 'function')]),
  message: z.string(),
  /** Field the message stands at; without one it is the page's. */
  field: z.string().optional(),
  active: z.boolean().default(true),
});

export type ValidationRule = z.infer<typeof validationRuleSchema>;

/** A rule ready to run. */
export interface CompiledRule {
  readonly object: string;
  readonly name: string;
  readonly message: string;
  readonly field: string | undefined;
  fails(input: FormulaInput): FieldValue;
}

export function compileRules(rules: readonly ValidationRule[]): readonly CompiledRule[] {
  return rules
    .filter((rule) => rule.active)
    .map(({ object, name, message, field, formula }) => {
      const work = typeof formula === 'string' ? parseFormula(formula) : formula;
      return { object, name, message, field, fails: (input) => work(input) };
    });
}
