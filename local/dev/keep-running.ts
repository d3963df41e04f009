import { setTimeout as delay } from 'node:timers/promises';
import type { ManagedProcess } from '../processes/start-process.ts';
import type { Progress } from './progress.ts';

const longestPauseMs = 10_000;
const steadyAfterMs = 60_000;

/** Starts a program again whenever it ends by itself, as ECS does with a task; slower each time it ends soon. */
export async function keepRunning(
  start: () => Promise<ManagedProcess>,
  progress: Progress,
): Promise<{ stop(): Promise<void> }> {
  let current = await start();
  let stopped = false;
  const watching = (async () => {
    let pauseMs = 500;
    while (!stopped) {
      const startedAt = performance.now();
      progress.say(`${current.name} runs (process ${current.pid})`);
      const { code, signal } = await current.exited;
      if (stopped) return;
      pauseMs = performance.now() - startedAt > steadyAfterMs ? 500 : Math.min(pauseMs * 2, longestPauseMs);
      progress.say(`${current.name} ended (${signal ?? `exit code ${code}`}) and is started again`);
      await delay(pauseMs);
      if (!stopped) current = await start();
    }
  })();
  return {
    async stop() {
      stopped = true;
      await current.stop();
      await watching;
    },
  };
}
