import type { BridgeError } from './bridge-error.ts';

/**
 * What work comes to, if it does in time. What becomes of it later nobody waits for.
 *
 * @param late makes the error that is thrown instead.
 */
export async function inTime<Result>(
  work: Promise<Result>,
  milliseconds: number,
  late: () => BridgeError,
): Promise<Result> {
  const tooLate = Promise.withResolvers<never>();
  const timer = setTimeout(() => tooLate.reject(late()), Math.max(0, milliseconds));
  work.catch(() => undefined);
  try {
    return await Promise.race([work, tooLate.promise]);
  } finally {
    clearTimeout(timer);
  }
}
