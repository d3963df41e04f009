import type { RowError } from './errors.ts';
import type { RowOutcome } from './write-context.ts';

export function failed(...errors: readonly RowError[]): { readonly ok: false; readonly errors: readonly RowError[] } {
  return { ok: false, errors };
}

/** `created` of an upsert is said of refused rows too. */
export function withCreated(outcome: RowOutcome, created: boolean): RowOutcome {
  return outcome.ok ? outcome : { ...outcome, created };
}
