import { z } from 'zod';
import { parseFormula } from './formula.ts';
import { formulaText } from './formula-field.ts';
import type { Expression } from './formula-functions.ts';

/** A record-triggered flow that runs before a row is saved, in the same transaction: it sets fields of that row. */
export const flowSchema = z.strictObject({
  object: z.string(),
  name: z.string(),
  /** Entry condition, for creates and updates. @default every write */
  when: formulaText.optional(),
  /** Formulas by field name; each sees what those before it set. */
  set: z.record(z.string(), formulaText),
});

export type Flow = z.infer<typeof flowSchema>;

/** A flow ready to run. */
export interface CompiledFlow {
  readonly object: string;
  readonly name: string;
  readonly when: Expression;
  readonly set: readonly (readonly [field: string, value: Expression])[];
}

export function compileFlows(flows: readonly Flow[]): readonly CompiledFlow[] {
  return flows.map(({ object, name, when = 'true', set }) => ({
    object,
    name,
    when: parseFormula(when),
    set: Object.entries(set).map(([field, value]) => [field, parseFormula(value)] as const),
  }));
}
