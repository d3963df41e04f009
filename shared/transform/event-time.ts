/** A moment as a user's function gives it: a Date, milliseconds since 1970 or an ISO text. */
export type Moment = Date | number | string;

/** A moment this far ahead of the clock would close every window of its key, or outdo every change to come. */
const furthestAheadMs = 24 * 3_600_000;

/**
 * @returns milliseconds since 1970.
 * @throws RangeError when it is no time, or more than a day ahead of the clock.
 */
export function readEventTime(moment: Moment, now: number): number {
  const at = +new Date(moment);
  if (!Number.isFinite(at)) throw new RangeError('The event time is not a time');
  if (at > now + furthestAheadMs) throw new RangeError('The event time is more than a day ahead of the clock');
  return at;
}
