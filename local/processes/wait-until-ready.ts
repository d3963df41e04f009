import { setTimeout as sleep } from 'node:timers/promises';
import type { ManagedProcess } from './start-process.ts';

/** Waits until the process is ready. Gives false when it ended first, or when the limit passed. */
export async function waitUntilReady(
  { exited }: Pick<ManagedProcess, 'exited'>,
  isReady: () => Promise<boolean>,
  limitMs: number,
): Promise<boolean> {
  let ended = false;
  exited.then(() => {
    ended = true;
  });
  const end = Date.now() + limitMs;
  while (!ended && Date.now() < end) {
    if (await isReady()) return true;
    await sleep(50);
  }
  return false;
}
