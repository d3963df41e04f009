import type { FailingPosition } from './partition-progress.ts';

/**
 * How much of the time since a parent was last found missing does not count as waiting for it. Deliveries and ticks follow each
 * other soon, as a rule; in a long gap the org was down or the sink switched off, and parents could not come either. So no gap
 * counts for more than half of the wait.
 */
export function uncountedMs(missedAt: number | undefined, now: number, parentWaitMs: number): number {
  return missedAt === undefined ? 0 : Math.max(0, now - missedAt - parentWaitMs / 2);
}

/** What fails, as a delivery finds it: records that wait have begun as much later as nobody looked for their parents. */
export function resumeWaits(failing: FailingPosition, now: number, parentWaitMs: number): FailingPosition {
  const { waitingSince, missedAt } = failing;
  const uncounted = uncountedMs(missedAt, now, parentWaitMs);
  if (waitingSince === undefined || uncounted === 0) return failing;
  const later = Object.entries(waitingSince).map(([offset, since]) => [offset, since + uncounted] as const);
  return { ...failing, waitingSince: Object.fromEntries(later) };
}
