import { BridgeError } from '../../shared/errors/bridge-error.ts';
import type { RowError } from '../../shared/salesforce/collections.ts';
import type { RowDisposition } from '../../shared/salesforce/row-status-codes.ts';
import type { WriteOutcome } from './row-outcome.ts';

/** Why a row goes back to Kafka. */
export type Reason =
  /** The org, or the time of this invocation. */
  | 'org'
  /** Nobody understands why it fails, so the attempt counts. */
  | 'puzzle'
  /** A row it refers to is not there yet. */
  | 'parent'
  /** A call that carried it, or an earlier value of its row, was not answered. */
  | 'inDoubt'
  /** Something that comes before it goes back; nothing is learnt about the row itself. */
  | 'behind';

/** What is done about a write that did not succeed. */
export type Verdict =
  | { readonly kind: 'again'; readonly afterMs: number; readonly alone?: boolean }
  | { readonly kind: 'reject'; readonly error: RowError }
  | { readonly kind: 'handBack'; readonly reason: Reason; readonly error: BridgeError };

export interface Circumstances {
  /** Tries of this write before, in this invocation. */
  readonly tries: number;
  /** Deliveries before in which it failed for a reason that nobody understood. */
  readonly attempts: number;
  readonly maxAttempts: number;
  /** How long its record has waited for a parent. */
  readonly waitedMs: number;
  readonly parentWaitMs: number;
  /** 0 to 1. */
  readonly random: number;
}

interface RetryRule {
  /** Tries after the first one. */
  readonly more: number;
  readonly baseMs: number;
  /** What becomes of the write after the last try. */
  readonly afterwards: Reason | 'reject';
}

const longestMs = 8_000;

// How often a refused row is sent again within one invocation, and what then. Jitter is full, so that rows that locked each
// other out do not meet again: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
export const retryRules: Readonly<Record<Exclude<RowDisposition, 'done'>, RetryRule>> = {
  reject: { more: 0, baseMs: 0, afterwards: 'reject' },
  lock: { more: 6, baseMs: 250, afterwards: 'org' },
  passing: { more: 4, baseMs: 500, afterwards: 'org' },
  collateral: { more: 4, baseMs: 0, afterwards: 'org' },
  alone: { more: 2, baseMs: 0, afterwards: 'puzzle' },
  race: { more: 1, baseMs: 0, afterwards: 'reject' },
  parent: { more: 2, baseMs: 500, afterwards: 'parent' },
  puzzle: { more: 2, baseMs: 500, afterwards: 'puzzle' },
};

/** Decides about a row that Salesforce refused; calls that came to nothing are not the row's fault and no matter of this. */
export function judgeRefusal(
  { disposition, error }: Extract<WriteOutcome, { kind: 'refused' }>,
  circumstances: Circumstances,
): Verdict {
  const { tries, attempts, maxAttempts, waitedMs, parentWaitMs, random } = circumstances;
  const { more, baseMs, afterwards } = retryRules[disposition];
  if (disposition === 'parent' && waitedMs >= parentWaitMs) return { kind: 'reject', error };
  if (tries < more) {
    const afterMs = random * Math.min(longestMs, baseMs * 2 ** tries);
    return disposition === 'alone' ? { kind: 'again', afterMs, alone: true } : { kind: 'again', afterMs };
  }
  if (afterwards === 'reject') return { kind: 'reject', error };
  if (afterwards === 'puzzle' && attempts + 1 >= maxAttempts) return { kind: 'reject', error };
  return { kind: 'handBack', reason: afterwards, error: asTrouble(disposition, error) };
}

function asTrouble(disposition: RowDisposition, { statusCode, message }: RowError): BridgeError {
  const code = disposition === 'lock' ? 'SKB_ROW_LOCKED' : 'SKB_SALESFORCE_UNAVAILABLE';
  return new BridgeError(code, `${statusCode}: ${message}`, { context: { salesforceCode: statusCode } });
}
