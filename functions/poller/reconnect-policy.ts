import type { BridgeError } from '../../shared/errors/bridge-error.ts';
import type { ErrorCode } from '../../shared/errors/codes.ts';

interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

const SECONDS = 1000;
const MINUTES = 60 * SECONDS;

// A lost session is everyday life, so the first attempt follows at once; a limit is counted over hours. Salesforce allows
// 3,600 logins an hour and user, so even a token that dies with every session must not be asked for every second.
const backoffs: Partial<Readonly<Record<ErrorCode, Backoff>>> = {
  SKB_SUBSCRIPTION_LOST: { firstMs: 0.2 * SECONDS, maxMs: 10 * SECONDS },
  SKB_AUTH_EXPIRED: { firstMs: 0.2 * SECONDS, maxMs: 10 * SECONDS },
  SKB_SALESFORCE_UNAVAILABLE: { firstMs: 1 * SECONDS, maxMs: 1 * MINUTES },
  SKB_SALESFORCE_LIMIT: { firstMs: 10 * SECONDS, maxMs: 15 * MINUTES },
  SKB_KAFKA_UNAVAILABLE: { firstMs: 1 * SECONDS, maxMs: 30 * SECONDS },
  SKB_CHECKPOINT_FAILED: { firstMs: 1 * SECONDS, maxMs: 30 * SECONDS },
  // A task that lost a channel stands by for it again at once: its new owner may be the next to die.
  SKB_LEASE_LOST: { firstMs: 0.2 * SECONDS, maxMs: 1 * SECONDS },
  SKB_PRODUCER_FENCED: { firstMs: 0.2 * SECONDS, maxMs: 2 * SECONDS },
  SKB_DEAD_LETTER_FAILED: { firstMs: 5 * SECONDS, maxMs: 1 * MINUTES },
};

/** Somebody has to act first, so there is no use in growing: a slow re-check that notices within a minute or two. */
const recheck: Backoff = { firstMs: 1 * MINUTES, maxMs: 1 * MINUTES };

/** A session that lived this long was a good one; what ends it is no longer the same trouble as before. */
const GOOD_SESSION_MS = 30 * SECONDS;

/**
 * How long to wait after a failure, in milliseconds; never nothing, so that no failure can loop hot.
 *
 * @param attempt failures of this kind in a row before this one.
 * @param random from 0 to 1.
 */
export function pauseAfter(error: BridgeError, attempt: number, random: number): number {
  const { firstMs, maxMs } = backoffs[error.code] ?? recheck;
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30));
  // A refusal waits its full time; the rest spreads, so that pollers which failed together do not return together.
  const jittered = error.disposition === 'halt' ? ceiling * (1 + random / 10) : ceiling * (0.5 + random / 2);
  return Math.max(jittered, (error.retryAfterMs ?? 0) * (1 + random / 10));
}

export interface FailureStreak {
  /** Counts a failure and says how long to wait, and whether it only repeats what was logged already. */
  failed(error: BridgeError): { readonly pauseMs: number; readonly repeated: boolean };
  /** Ends the streak when what failed had worked for this long. */
  worked(forMs?: number): void;
}

/** The failures in a row of one thing: an org's session, a channel, a publish. */
export function createFailureStreak(random: () => number): FailureStreak {
  let attempts = 0;
  let lastCode: ErrorCode | undefined;
  return {
    failed(error) {
      const repeated = error.code === lastCode;
      // Another cause starts its own row.
      attempts = repeated ? attempts + 1 : 0;
      lastCode = error.code;
      return { pauseMs: pauseAfter(error, attempts, random()), repeated };
    },
    worked(forMs = Number.POSITIVE_INFINITY) {
      if (forMs < GOOD_SESSION_MS) return;
      attempts = 0;
      lastCode = undefined;
    },
  };
}
