import { asBridgeError } from '../../shared/errors/bridge-error.ts';
import { errorFields, type Logger } from '../../shared/telemetry/logger.ts';
import type { Clock } from './clock.ts';
import { createFailureStreak } from './reconnect-policy.ts';

interface KeepTryingParts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/**
 * Tries until it works, with the pauses that the failure deserves; says once that it waits.
 *
 * @throws what can never work (disposition `reject`, a bug), and the signal's reason when it was aborted meanwhile.
 */
export async function keepTrying<Value>(
  what: string,
  action: () => Promise<Value>,
  { clock, random, logger }: KeepTryingParts,
  signal: AbortSignal,
): Promise<Value> {
  const failures = createFailureStreak(random);
  for (;;) {
    signal.throwIfAborted();
    try {
      return await action();
    } catch (cause) {
      signal.throwIfAborted();
      const error = asBridgeError(cause);
      if (error.disposition === 'reject' || error.code === 'SKB_BUG') throw error;
      const { pauseMs, repeated } = failures.failed(error);
      if (!repeated) logger.warn(`${what} waits`, { ...errorFields(error), retryInMs: Math.round(pauseMs) });
      await clock.wait(pauseMs, signal);
    }
  }
}
