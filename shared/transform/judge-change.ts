import Big from 'big.js';

/** A value that is judged: a number, exact as text; any other text; null when it is cleared; undefined when it is absent. */
export type Judged = number | string | boolean | null | undefined;

/** How far a value must move to pass; with neither, any change passes. */
export interface Threshold {
  /** Relative to the last written value: 0.0001 is 0.01 %. From zero, every change passes. */
  readonly by?: number | string;
  /** In the value's own unit. */
  readonly atLeast?: number | string;
}

/** A value as it is remembered. */
export interface KnownValue {
  /** Canonical text; null when it was cleared. */
  readonly value: string | null;
  /** What it is counted in, such as a currency. */
  readonly unit?: string;
}

/**
 * The canonical form of a value: numbers in plain decimal notation, so that 5, 5.0 and 5e0 are one value.
 *
 * @throws Error when a threshold needs a number and the value is none.
 */
export function canonical(value: Exclude<Judged, undefined>, { by, atLeast }: Threshold): string | null {
  if (value === null) return null;
  if (by === undefined && atLeast === undefined && typeof value !== 'number') return String(value);
  // Decimal arithmetic: in binary, 0.01 % of 19.99 lands on the wrong side of the threshold.
  return new Big(value as number | string).toFixed();
}

/** Whether a value moved far enough away from the last one written. */
export function hasMoved(now: KnownValue, last: KnownValue | undefined, { by, atLeast }: Threshold): boolean {
  if (last === undefined || now.unit !== last.unit) return true;
  if (now.value === null || last.value === null) return now.value !== last.value;
  if (now.value === last.value) return false;
  if (by === undefined && atLeast === undefined) return true;
  const before = new Big(last.value);
  const moved = new Big(now.value).minus(before).abs();
  if (by !== undefined && moved.gte(before.abs().times(by))) return true;
  return atLeast !== undefined && moved.gte(atLeast);
}
