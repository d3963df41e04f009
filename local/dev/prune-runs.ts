import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';

const kept = 5;

/** Removes what old runs left: bundles, logs and broker data. The newest few stay, and those that still run. */
export async function pruneRuns(runsFolder: string): Promise<void> {
  const names = await readdir(runsFolder).catch(() => []);
  const old = names.sort().slice(0, -kept);
  for (const name of old) {
    if (!isRunning(name)) await rm(path.join(runsFolder, name), { recursive: true, force: true });
  }
}

/** A run's folder ends in the number of its process. */
function isRunning(name: string): boolean {
  try {
    process.kill(Number(name.slice(name.lastIndexOf('-') + 1)), 0);
    return true;
  } catch {
    return false;
  }
}
