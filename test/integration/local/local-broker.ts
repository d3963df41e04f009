import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Broker, startBroker } from '../../../local/broker/start-broker.ts';
import { chooseCacheFolder, findPackageFolder } from '../../../local/cache.ts';
import { startProcess } from '../../../local/processes/start-process.ts';

export const testCache = chooseCacheFolder({
  environment: process.env,
  homeFolder: os.homedir(),
  packageFolder: findPackageFolder(import.meta.dirname),
});

/** A broker for one test file, with a folder that goes away with it. */
export async function startTestBroker(): Promise<Broker & { readonly folder: string }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'broker-'));
  const runFolder = path.join(folder, 'broker');
  const broker = await startBroker({ runFolder, cache: testCache, environment: process.env, startProcess });
  return {
    ...broker,
    folder,
    async stop() {
      await broker.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
