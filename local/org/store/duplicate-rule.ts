import { z } from 'zod';

/** A duplicate rule: rows that agree in all of these fields are duplicates. */
export const duplicateRuleSchema = z.strictObject({
  object: z.string(),
  name: z.string(),
  matchFields: z.array(z.string()).min(1),
  /** `alert` lets a request through that says so (`Sforce-Duplicate-Rule-Header: allowSave=true`). @default 'block' */
  action: z.enum(['block', 'alert']).default('block'),
});

export type DuplicateRule = z.infer<typeof duplicateRuleSchema>;
