interface Ticks {
  /** Waits for the tick under way. */
  stop(): Promise<void>;
}

/** Does something again and again, one at a time, as EventBridge does with a schedule; a failure waits for the next time. */
export function startTicks(everyMs: number, tick: () => Promise<unknown>): Ticks {
  let underWay: Promise<unknown> = Promise.resolve();
  let isBusy = false;
  if (everyMs === 0) return { stop: async () => undefined };
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    underWay = tick()
      .catch(() => undefined)
      .finally(() => {
        isBusy = false;
      });
  }, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await underWay;
    },
  };
}
