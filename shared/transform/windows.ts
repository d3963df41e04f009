import { BridgeError } from '../errors/bridge-error.ts';

/** How long things last, in any units; they add up. */
export interface Span {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
}

/** Which records of a key belong together, by event time. */
export type Windowing =
  /** Windows of one length, side by side from 1970 on. */
  | { readonly kind: 'tumbling'; readonly lengthMs: number }
  /** Records with no longer gap than this between them. */
  | { readonly kind: 'session'; readonly gapMs: number }
  /** One window that never closes. */
  | { readonly kind: 'endless' };

export function tumbling(length: Span): Windowing {
  return { kind: 'tumbling', lengthMs: toMs(length, 'tumbling') };
}

export function session(gap: Span): Windowing {
  return { kind: 'session', gapMs: toMs(gap, 'session') };
}

export function toMs({ days = 0, hours = 0, minutes = 0, seconds = 0 }: Span, what: string): number {
  const milliseconds = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
  if (milliseconds > 0 && Number.isSafeInteger(milliseconds)) return milliseconds;
  throw new BridgeError('SKB_CONFIG_INVALID', `${what}: must be a time of whole milliseconds`);
}

/** An open window of a key. */
export interface WindowState {
  /** First moment: of the window, or of a session's first record. */
  readonly from: number;
  /** Moment after the window, or of a session's last record. */
  readonly to: number;
  /** The reduced value as JSON. */
  readonly state: string;
  /** How many records it contains. */
  readonly records: number;
  /** The record that came last. */
  readonly last: {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
    readonly timestamp: number;
  };
}

/** Event time from which on nothing more can belong to a window, lateness aside. */
export function endOf(windowing: Windowing, { to }: Pick<WindowState, 'to'>): number {
  if (windowing.kind === 'endless') return Number.POSITIVE_INFINITY;
  return windowing.kind === 'session' ? to + windowing.gapMs : to;
}

/** The bounds that a record at this moment has, and which open windows it falls into. */
export function place(
  windowing: Windowing,
  at: number,
  open: readonly WindowState[],
): { readonly from: number; readonly to: number; readonly joins: readonly WindowState[] } {
  if (windowing.kind === 'endless') return { from: 0, to: 0, joins: open };
  if (windowing.kind === 'tumbling') {
    const from = Math.floor(at / windowing.lengthMs) * windowing.lengthMs;
    return { from, to: from + windowing.lengthMs, joins: open.filter((each) => each.from === from) };
  }
  const joins = open.filter(({ from, to }) => at >= from - windowing.gapMs && at <= to + windowing.gapMs);
  return {
    from: Math.min(at, ...joins.map((each) => each.from)),
    to: Math.max(at, ...joins.map((each) => each.to)),
    joins,
  };
}
