import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chooseCacheFolder, fetchOnce, findPackageFolder } from '../../../local/cache.ts';

describe('chooseCacheFolder', () => {
  test.each([
    ['a checkout', {}, '/src/bridge', '/src/bridge/.cache'],
    ['BRIDGE_CACHE', { BRIDGE_CACHE: '/big/disk' }, '/src/bridge', '/big/disk'],
    ['an installation', {}, '/app/node_modules/bridge', '/home/ada/.cache/salesforce-kafka-bridge'],
    ['XDG_CACHE_HOME', { XDG_CACHE_HOME: '/x' }, '/app/node_modules/bridge', '/x/salesforce-kafka-bridge'],
    ['empty variables', { BRIDGE_CACHE: '', XDG_CACHE_HOME: '' }, '/src/bridge', '/src/bridge/.cache'],
  ])('%s', (_, environment, packageFolder, expected) => {
    expect(chooseCacheFolder({ environment, homeFolder: '/home/ada', packageFolder })).toBe(expected);
  });

  test('finds the folder of the package', () => {
    const root = path.resolve(import.meta.dirname, '../../..');
    expect(findPackageFolder(import.meta.dirname)).toBe(root);
  });
});

describe('fetchOnce', () => {
  let cache: string;
  beforeEach(async () => {
    cache = await mkdtemp(path.join(os.tmpdir(), 'cache-'));
  });
  afterEach(() => rm(cache, { recursive: true, force: true }));

  test('fetches once, whoever asks at the same time', async () => {
    let fetched = 0;
    const fill = async (folder: string) => {
      fetched += 1;
      await writeFile(path.join(folder, 'jar'), 'x');
    };
    const folders = await Promise.all([1, 2, 3].map(() => fetchOnce(cache, 'thing', fill)));
    expect(new Set(folders)).toEqual(new Set([path.join(cache, 'thing')]));
    expect(fetched).toBe(1);
    expect(await readdir(cache)).toEqual(['thing']);
  });

  test('repeats a fetch that failed half-way', async () => {
    const broken = fetchOnce(cache, 'thing', async (folder) => {
      await writeFile(path.join(folder, 'half'), 'x');
      throw new Error('network');
    });
    await expect(broken).rejects.toThrow('network');
    expect(await readdir(cache)).toEqual([]);
    const folder = await fetchOnce(cache, 'thing', (empty) => writeFile(path.join(empty, 'whole'), 'x'));
    expect(await readdir(folder)).toEqual(['whole']);
  });

  test('takes over the lock of a process that was killed', async () => {
    const lock = path.join(cache, 'thing.lock');
    await writeFile(lock, '1\n');
    await utimes(lock, new Date(0), new Date(0));
    await fetchOnce(cache, 'thing', async () => undefined);
    expect(existsSync(lock)).toBe(false);
  });
});
