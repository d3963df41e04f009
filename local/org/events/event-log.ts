import type { Clock } from '../clock.ts';
import type { Random } from '../random.ts';

export interface LoggedEvent {
  readonly replayId: number;
  readonly publishedAt: number;
  /** The `data` of the message. Kept as an object: most events are never read from the log again. */
  readonly data: unknown;
  /** `data` as JSON, made for the first subscriber and kept for the others. */
  json?: string;
  /** Only these users get it. */
  readonly onlyFor?: ReadonlySet<string> | undefined;
}

/** A log as plain data, to be saved. */
export interface EventLogState {
  readonly lastReplayId: number;
  readonly lastExpired: number;
  readonly events: readonly {
    readonly replayId: number;
    readonly publishedAt: number;
    readonly data: unknown;
    readonly onlyFor?: readonly string[];
  }[];
}

export type ReplayStart = { readonly events: readonly LoggedEvent[] } | { readonly invalid: true };

/**
 * The events of one channel. Replay IDs rise but leave gaps, as on a real org; an ID is valid while the event it names is
 * retained, up to the newest one.
 */
export class EventLog {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #retentionMs: number;
  #events: LoggedEvent[] = [];
  #lastReplayId: number;
  #lastExpired: number;

  constructor(clock: Clock, random: Random, retentionMs: number) {
    this.#clock = clock;
    this.#random = random;
    this.#retentionMs = retentionMs;
    this.#lastReplayId = 1000 + Math.floor(random() * 9000);
    this.#lastExpired = this.#lastReplayId;
  }

  /** Appends an event; `build` gets its replay ID and makes the message's `data`. */
  append(build: (replayId: number) => unknown, onlyFor?: ReadonlySet<string>): LoggedEvent {
    this.#lastReplayId += 1 + Math.floor(this.#random() * 3);
    const replayId = this.#lastReplayId;
    const event: LoggedEvent = { replayId, publishedAt: this.#clock.now(), data: build(replayId), onlyFor };
    this.#expire();
    this.#events.push(event);
    return event;
  }

  /** What a subscriber gets at once: -1 nothing, -2 all that is retained, n everything after n. */
  replay(from: number): ReplayStart {
    this.#expire();
    if (from === -1) return { events: [] };
    if (from === -2) return { events: [...this.#events] };
    const valid = Number.isSafeInteger(from) && from > this.#lastExpired && from <= this.#lastReplayId;
    return valid ? { events: this.#events.slice(this.#indexAfter(from)) } : { invalid: true };
  }

  get state(): EventLogState {
    this.#expire();
    const events = this.#events.map(({ replayId, publishedAt, data, onlyFor }) => {
      return { replayId, publishedAt, data, ...(onlyFor === undefined ? {} : { onlyFor: [...onlyFor] }) };
    });
    return { lastReplayId: this.#lastReplayId, lastExpired: this.#lastExpired, events };
  }

  /** Goes on where a saved log ended. */
  resume({ lastReplayId, lastExpired, events }: EventLogState): void {
    this.#lastReplayId = lastReplayId;
    this.#lastExpired = lastExpired;
    this.#events = events.map(({ onlyFor, ...event }) => {
      return { ...event, onlyFor: onlyFor === undefined ? undefined : new Set(onlyFor) };
    });
  }

  #indexAfter(replayId: number): number {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#events[middle]?.replayId ?? 0) <= replayId) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #expire(): void {
    const oldest = this.#clock.now() - this.#retentionMs;
    const index = this.#events.findIndex((event) => event.publishedAt > oldest);
    const count = index === -1 ? this.#events.length : index;
    if (count === 0) return;
    this.#lastExpired = this.#events[count - 1]?.replayId ?? this.#lastExpired;
    this.#events = this.#events.slice(count);
  }
}
