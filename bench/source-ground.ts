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
import { startProcess } from '../local/processes/start-process.ts';
import type { DeliveryGuarantee } from '../shared/kafka/channel-producer.ts';
import type { OrgProcess } from './org-process.ts';

/** What a poller of a benchmark says after each acknowledgement. */
export interface Acknowledged {
  /** Records of this acknowledgement. */
  readonly acknowledged: number;
  /** Milliseconds since the epoch, with fractions. */
  readonly at: number;
}

export interface BenchPoller {
  readonly guarantee: DeliveryGuarantee;
  readonly pid: number;
  /** Resolves when Kafka acknowledged so many records. @throws when the program ends before. */
  until(records: number): Promise<void>;
  /** When each record was acknowledged, in milliseconds since the epoch; records in the order in which they were sent. */
  readonly acknowledgedAt: readonly number[];
  stop(): Promise<void>;
}

/** What the source's benchmark stands on beside the org: a broker, a table and the built poller. */
export interface SourceGround {
  /** For files; removed with the ground. */
  readonly folder: string;
  readonly bootstrapServers: string;
  readonly brokerPid: number;
  /** One that has read nothing yet. */
  startPoller(guarantee: DeliveryGuarantee): Promise<BenchPoller>;
  stop(): Promise<void>;
}

export const partitions = 4;
export const topic = 'bench.accounts';
export const bareTopic = 'bench.bare';

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
      createTopics(broker.bootstrapServers, [
        ...[topic, bareTopic].map((name) => ({ topic: name, partitions })),
        { topic: `${topic}.dead-letter`, partitions: 1 },
      ]),
      bundleProgram({
        entry: fileURLToPath(new URL('programs/poller.ts', import.meta.url)),
        definition: fileURLToPath(new URL('source-definition.ts', import.meta.url)),
        outputFile: bundle,
      }),
    ]);
    let pollers = 0;
    return {
      folder,
      bootstrapServers: broker.bootstrapServers,
      brokerPid: broker.process.pid,
      async startPoller(guarantee) {
        pollers += 1;
        const table = `bench-${pollers}`;
        await createStateTable(aws, table);
        const watch = watchAcknowledged();
        const poller = await startProcess({
          name: 'poller',
          command: process.execPath,
          args: [bundle],
          env: {
            ...aws.credentialsEnv,
            STATE_TABLE_NAME: table,
            SALESFORCE_SECRETS: JSON.stringify({ main: secretArn }),
            KAFKA_BROKERS: broker.bootstrapServers,
            KAFKA_TRANSACTIONS: guarantee === 'exactlyOnce' ? 'available' : 'unavailable',
          },
          cwd: folder,
          logFile: path.join(folder, `${table}.log`),
          stopGraceMs: 30_000,
          onStdoutLine: watch.readLine,
        });
        await stops.add('poller', () => poller.stop());
        const ended = poller.exited.then(() => Promise.reject(new Error('The poller ended by itself')));
        ended.catch(() => undefined);
        return {
          guarantee,
          pid: poller.pid,
          until: (records) => Promise.race([watch.until(records), ended]),
          acknowledgedAt: watch.times,
          stop: () => poller.stop(),
        };
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

function watchAcknowledged() {
  const times: number[] = [];
  const waiting = new Set<() => void>();
  return {
    times,
    readLine(line: string) {
      // The program's log and metrics come on the same output.
      if (!line.startsWith('{"acknowledged"')) return;
      const { acknowledged, at } = JSON.parse(line) as Acknowledged;
      for (let record = 0; record < acknowledged; record += 1) times.push(at);
      for (const look of waiting) look();
    },
    until(records: number): Promise<void> {
      return new Promise((resolve) => {
        const look = () => {
          if (times.length < records) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      });
    },
  };
}
