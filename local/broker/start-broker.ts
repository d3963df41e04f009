import path from 'node:path';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import type { Environment } from '../cache.ts';
import { freePorts } from '../processes/free-ports.ts';
import { lastLines } from '../processes/run-tool.ts';
import type { ManagedProcess, StartProcess } from '../processes/start-process.ts';
import { waitUntilReady } from '../processes/wait-until-ready.ts';
import { classArchiveFlags } from './class-archive.ts';
import { findJava } from './java.ts';
import { kafkaJars } from './kafka-jars.ts';
import { answers, type KafkaProgram, launchKafka } from './kafka-program.ts';

export interface BrokerSettings {
  /** Configuration, data and log of this broker. A folder that holds data already is continued. */
  readonly runFolder: string;
  readonly cache: string;
  /** Where JAVA_HOME, PATH and what Maven needs are found. */
  readonly environment: Environment;
  readonly startProcess: StartProcess;
  /** A fixed port, for a broker that is started again; else a free one is taken. */
  readonly port?: number;
  /** See {@link KafkaProgram}. */
  readonly properties?: KafkaProgram['properties'];
  readonly formatOptions?: KafkaProgram['formatOptions'];
}

export interface Broker {
  readonly bootstrapServers: string;
  readonly port: number;
  readonly process: ManagedProcess;
  stop(): Promise<void>;
}

const readyLimitMs = 120_000;

/** Starts a single-node Apache Kafka (KRaft) on loopback and waits until it answers. */
export async function startBroker(settings: BrokerSettings): Promise<Broker> {
  const { cache, environment, startProcess, runFolder } = settings;
  const java = await findJava(environment);
  const jars = await kafkaJars({ cache, environment, startProcess });
  const { properties, formatOptions } = settings;
  const kafka: KafkaProgram = { java, jars, environment, startProcess, runFolder, properties, formatOptions };
  const flags = await classArchiveFlags(cache, kafka);

  const attempts = settings.port === undefined ? 4 : 2;
  for (let attempt = 1; ; attempt += 1) {
    const [freePort = 0, controllerPort = 0] = await freePorts(2);
    const port = settings.port ?? freePort;
    const bootstrapServers = `127.0.0.1:${port}`;
    const process = await launchKafka(kafka, { port, controllerPort }, flags);
    if (await waitUntilReady(process, () => answers(bootstrapServers), readyLimitMs)) {
      return { bootstrapServers, port, process, stop: () => process.stop() };
    }
    await process.stop();
    const log = await lastLines(path.join(runFolder, 'broker.log'), 30);
    // The ports were free a moment ago; another program was quicker.
    const portTaken = /BindException|Address already in use/.test(log);
    if (!portTaken || attempt === attempts) {
      throw new BridgeError(
        'SKB_ENVIRONMENT_UNFIT',
        `The local Kafka broker did not start, see ${path.join(runFolder, 'broker.log')}; set KAFKA_BROKERS to use another one.\n${log}`,
      );
    }
  }
}
