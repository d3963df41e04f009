/** A pending call; cancelling it twice is harmless. */
export interface Timer {
  cancel(): void;
}

/** What the org uses to know the time (epoch milliseconds) and to wait. Nothing else in local/org reads the system clock. */
export interface Clock {
  now(): number;
  after(milliseconds: number, run: () => void): Timer;
}

/** A clock that a test or the control API can push forward; timers that become due fire at once, oldest first. */
export interface AdjustableClock extends Clock {
  advance(milliseconds: number): void;
  /** Cancels every pending timer and starts no more, so that nothing keeps the process alive. */
  dispose(): void;
}

/** The runtime takes a longer wait for none at all. */
const longestTimeoutMs = 2 ** 31 - 1;

interface ClockOptions {
  /** With `true` the time stands still except for `advance`. @default false */
  readonly manual?: boolean;
  /** Epoch milliseconds at the start. @default the system time */
  readonly startAt?: number;
}

interface Pending {
  readonly due: number;
  readonly sequence: number;
  readonly run: () => void;
  handle: NodeJS.Timeout | undefined;
}

export function createClock(options: ClockOptions = {}): AdjustableClock {
  const { manual = false } = options;
  const pending = new Set<Pending>();
  let offset = manual ? (options.startAt ?? Date.now()) : (options.startAt ?? Date.now()) - Date.now();
  let sequence = 0;
  let disposed = false;

  const now = (): number => (manual ? offset : Date.now() + offset);

  const fire = (timer: Pending): void => {
    if (!pending.delete(timer)) return;
    clearTimeout(timer.handle);
    timer.run();
  };

  const arm = (timer: Pending): void => {
    if (manual) return;
    clearTimeout(timer.handle);
    const left = Math.max(0, timer.due - now());
    timer.handle = setTimeout(
      () => (left > longestTimeoutMs ? arm(timer) : fire(timer)),
      Math.min(left, longestTimeoutMs),
    );
  };

  return {
    now,
    after(milliseconds, run) {
      sequence += 1;
      if (disposed) return { cancel: () => {} };
      const timer: Pending = { due: now() + milliseconds, sequence, run, handle: undefined };
      pending.add(timer);
      arm(timer);
      return {
        cancel() {
          pending.delete(timer);
          clearTimeout(timer.handle);
        },
      };
    },
    advance(milliseconds) {
      offset += milliseconds;
      const due = [...pending].filter((timer) => timer.due <= now());
      due.sort((a, b) => a.due - b.due || a.sequence - b.sequence);
      for (const timer of due) fire(timer);
      for (const timer of pending) arm(timer);
    },
    dispose() {
      disposed = true;
      for (const timer of pending) clearTimeout(timer.handle);
      pending.clear();
    },
  };
}
