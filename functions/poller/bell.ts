import type { Clock } from './clock.ts';

/** Wakes who waits for something to have changed; who rings does not know what for. */
export interface Bell {
  ring(): void;
  /** Resolves with the next ring, after the time, or at once when the signal is aborted. */
  rung(clock: Pick<Clock, 'wait'>, ms: number, signal: AbortSignal): Promise<void>;
}

export function createBell(): Bell {
  const waiting = new Set<() => void>();
  return {
    ring() {
      for (const wake of [...waiting]) wake();
    },
    async rung(clock, ms, signal) {
      if (signal.aborted) return;
      // Ends the wait of the clock as well, so that no timer is left behind.
      const over = new AbortController();
      const wake = () => over.abort();
      waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
      await clock.wait(ms, over.signal);
      waiting.delete(wake);
      signal.removeEventListener('abort', wake);
    },
  };
}
