import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type BrokerSettings, startBroker } from '../../../local/broker/start-broker.ts';
import { chooseCacheFolder, findPackageFolder } from '../../../local/cache.ts';
import { startProcess } from '../../../local/processes/start-process.ts';

export const testCache = chooseCacheFolder({
  environment: process.env,
  homeFolder: os.homedir(),
  packageFolder: findPackageFolder(import.meta.dirname),
});

export interface TestBroker {
  readonly bootstrapServers: string;
  readonly folder: string;
  /** Kills the broker and starts it again with its data, at the same address. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** A broker for one test file, with a folder that goes away with it. */
export async function startTestBroker(
  further: Pick<BrokerSettings, 'properties' | 'formatOptions'> = {},
): Promise<TestBroker> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'broker-'));
  const runFolder = path.join(folder, 'broker');
  const settings = { runFolder, cache: testCache, environment: process.env, startProcess, ...further };
  let broker = await startBroker(settings);
  return {
    bootstrapServers: broker.bootstrapServers,
    folder,
    async restart() {
      broker.process.kill();
      await broker.process.exited;
      broker = await startBroker({ ...settings, port: broker.port });
    },
    async stop() {
      await broker.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
