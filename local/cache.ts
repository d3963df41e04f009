import { existsSync } from 'node:fs';
import { mkdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export type Environment = Readonly<Record<string, string | undefined>>;

interface CacheSurroundings {
  readonly environment: Environment;
  readonly homeFolder: string;
  /** The folder of the package.json this program belongs to: the repository, or its place under node_modules. */
  readonly packageFolder: string;
}

/** Where downloads live. Beside the code in a checkout, in the user's cache when installed, since `npm ci` empties node_modules. */
export function chooseCacheFolder({ environment, homeFolder, packageFolder }: CacheSurroundings): string {
  if (environment['BRIDGE_CACHE']) return path.resolve(environment['BRIDGE_CACHE']);
  const installed = packageFolder.split(path.sep).includes('node_modules');
  if (!installed) return path.join(packageFolder, '.cache');
  return path.join(environment['XDG_CACHE_HOME'] || path.join(homeFolder, '.cache'), 'salesforce-kafka-bridge');
}

/** The nearest folder upwards that holds a package.json; the same answer from sources and from dist. */
export function findPackageFolder(from: string): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'package.json'))) return folder;
    if (folder === path.dirname(folder)) return from;
  }
}

const lockRefreshMs = 2_000;
const lockStaleMs = 15_000;

/**
 * Returns `<cache>/<name>`, filled by `fill` the first time. It is filled under another name and renamed at the end, so an
 * interrupted fetch is repeated, never taken for a complete one.
 */
export async function fetchOnce(
  cache: string,
  name: string,
  fill: (emptyFolder: string) => Promise<void>,
): Promise<string> {
  const folder = path.join(cache, name);
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  return withLock(`${folder}.lock`, async () => {
    if (existsSync(folder)) return folder;
    const unfinished = `${folder}.unfinished-${process.pid}`;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished);
    try {
      await fill(unfinished);
      await rename(unfinished, folder);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
    return folder;
  });
}

/** Holds a lock file while `work` runs. The holder keeps touching it, so the lock of one that was killed is taken over. */
async function withLock<T>(lockFile: string, work: () => Promise<T>): Promise<T> {
  while (!(await tryLock(lockFile))) await sleep(200);
  const refresh = setInterval(() => {
    const now = new Date();
    utimes(lockFile, now, now).catch(() => undefined);
  }, lockRefreshMs);
  try {
    return await work();
  } finally {
    clearInterval(refresh);
    await rm(lockFile, { force: true });
  }
}

async function tryLock(lockFile: string): Promise<boolean> {
  try {
    await writeFile(lockFile, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
  const age = await stat(lockFile).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
  if (age > lockStaleMs) await rm(lockFile, { force: true });
  return false;
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code;
}
