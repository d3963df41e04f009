import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LocalAws, startLocalAws } from '../../../local/aws/start-local-aws.ts';
import { type Broker, startBroker } from '../../../local/broker/start-broker.ts';
import { bundleProgram } from '../../../local/bundle.ts';
import { chooseCacheFolder, findPackageFolder } from '../../../local/cache.ts';
import { pruneRuns } from '../../../local/dev/prune-runs.ts';
import { createStopList } from '../../../local/dev/stop-list.ts';
import { startProcess } from '../../../local/processes/start-process.ts';

/** What all scenarios of a run stand on: one broker and one AWS. Each scenario has topics, a table and an org of its own. */
export interface ChaosGround {
  readonly brokers: readonly string[];
  readonly aws: LocalAws;
  readonly runFolder: string;
  readonly pollerBundle: string;
  readonly sinkBundle: string;
  /** Kills the broker and starts it again with its data, at the same address. */
  restartBroker(): Promise<void>;
  /** Lets the broker stand still: connections stay open and nobody answers. */
  pauseBroker(): void;
  resumeBroker(): void;
  stop(): Promise<void>;
}

export async function startChaosGround(environment: NodeJS.ProcessEnv = process.env): Promise<ChaosGround> {
  const cache = chooseCacheFolder({
    environment,
    homeFolder: homedir(),
    packageFolder: findPackageFolder(import.meta.dirname),
  });
  const runsFolder = path.join(cache, 'runs');
  await mkdir(runsFolder, { recursive: true });
  await pruneRuns(runsFolder);
  const runFolder = path.join(runsFolder, `${new Date().toISOString().replaceAll(':', '-')}-${process.pid}`);
  await mkdir(runFolder, { recursive: true });

  const stops = createStopList();
  const brokerSettings = { cache, environment, startProcess, runFolder: path.join(runFolder, 'broker') };
  let broker: Broker;
  const pollerBundle = path.join(runFolder, 'poller', 'index.mjs');
  const sinkBundle = path.join(runFolder, 'sink', 'index.mjs');
  try {
    const [startedBroker, aws] = await Promise.all([
      startBroker(brokerSettings).then(async (started) => {
        broker = started;
        await stops.add('broker', () => broker.stop());
        return started;
      }),
      startLocalAws({ cache, environment, startProcess, runFolder: path.join(runFolder, 'aws') }).then(
        async (started) => {
          await stops.add('aws', () => started.stop());
          return started;
        },
      ),
      bundle('../programs/poller-main.ts', pollerBundle),
      bundle('../programs/sink-handler.ts', sinkBundle),
    ]);
    return {
      brokers: [startedBroker.bootstrapServers],
      aws,
      runFolder,
      pollerBundle,
      sinkBundle,
      async restartBroker() {
        broker.process.kill();
        await broker.process.exited;
        broker = await startBroker({ ...brokerSettings, port: startedBroker.port });
      },
      pauseBroker: () => void process.kill(broker.process.pid, 'SIGSTOP'),
      resumeBroker: () => void process.kill(broker.process.pid, 'SIGCONT'),
      stop: () => stops.stopAll(),
    };
  } catch (error) {
    await stops.stopAll();
    throw error;
  }
}

function bundle(entry: string, outputFile: string): Promise<void> {
  return bundleProgram({
    entry: fileURLToPath(new URL(entry, import.meta.url)),
    definition: fileURLToPath(new URL('../programs/definition.ts', import.meta.url)),
    outputFile,
  });
}
