import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createStateTable, putSecret } from '../local/aws/resources.ts';
import { startLocalAws } from '../local/aws/start-local-aws.ts';
import { createTopics } from '../local/broker/create-topics.ts';
import { startBroker } from '../local/broker/start-broker.ts';
import { bundleProgram } from '../local/bundle.ts';
import { chooseCacheFolder, findPackageFolder } from '../local/cache.ts';
import { createStopList } from '../local/dev/stop-list.ts';
import { type ManagedProcess, startProcess } from '../local/processes/start-process.ts';
import type { OrgProcess } from './org-process.ts';

/** What the source's benchmark stands on beside the org: a broker, a table and the built poller. */
export interface SourceGround {
  readonly bootstrapServers: string;
  startPoller(): Promise<ManagedProcess>;
  stop(): Promise<void>;
}

export const topics = ['bench.accounts', 'bench.bare'] as const;
export const partitions = 4;

export async function startSourceGround(org: OrgProcess): Promise<SourceGround> {
  const environment = process.env;
  const packageFolder = findPackageFolder(import.meta.dirname);
  const cache = chooseCacheFolder({ environment, homeFolder: homedir(), packageFolder });
  const folder = await mkdtemp(path.join(tmpdir(), 'bench-source-'));
  const stops = createStopList();
  try {
    const broker = await startBroker({ cache, environment, startProcess, runFolder: path.join(folder, 'broker') });
    await stops.add('broker', () => broker.stop());
    const aws = await startLocalAws({ cache, environment, startProcess, runFolder: path.join(folder, 'aws') });
    await stops.add('aws', () => aws.stop());
    const bundle = path.join(folder, 'poller', 'index.mjs');
    const [secretArn] = await Promise.all([
      putSecret(aws, 'bench/main', org.credentials),
      createStateTable(aws, 'bench'),
      createTopics(broker.bootstrapServers, [
        ...topics.map((topic) => ({ topic, partitions })),
        { topic: 'bench.accounts.dead-letter', partitions: 1 },
      ]),
      bundleProgram({
        entry: fileURLToPath(new URL('../functions/poller/main.ts', import.meta.url)),
        definition: fileURLToPath(new URL('source-definition.ts', import.meta.url)),
        outputFile: bundle,
      }),
    ]);
    return {
      bootstrapServers: broker.bootstrapServers,
      async startPoller() {
        const poller = await startProcess({
          name: 'poller',
          command: process.execPath,
          args: [bundle],
          env: {
            ...aws.credentialsEnv,
            STATE_TABLE_NAME: 'bench',
            SALESFORCE_SECRETS: JSON.stringify({ main: secretArn }),
            KAFKA_BROKERS: broker.bootstrapServers,
          },
          cwd: folder,
          logFile: path.join(folder, 'poller.log'),
          stopGraceMs: 30_000,
        });
        await stops.add('poller', () => poller.stop());
        return poller;
      },
      async stop() {
        await stops.stopAll();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await stops.stopAll();
    throw error;
  }
}
