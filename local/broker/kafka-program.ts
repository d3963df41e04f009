import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Kafka, logLevel } from 'kafkajs';
import type { Environment } from '../cache.ts';
import { runTool } from '../processes/run-tool.ts';
import type { ManagedProcess, ProcessSettings, StartProcess } from '../processes/start-process.ts';
import type { Java } from './java.ts';
import type { KafkaJars } from './kafka-jars.ts';
import { type BrokerPorts, type BrokerProperties, serverProperties } from './server-properties.ts';

const log4jFile = fileURLToPath(new URL('log4j2.yaml', import.meta.url));
/** Fixed: a run folder is one cluster, and nothing else looks at the id. */
const clusterId = 'c2tiLWxvY2FsLWJyb2tlcg';

export interface KafkaProgram {
  readonly java: Java;
  readonly jars: KafkaJars;
  readonly runFolder: string;
  readonly environment: Environment;
  readonly startProcess: StartProcess;
  /** Of this broker, beside those of every local run. */
  readonly properties?: ((ports: BrokerPorts) => BrokerProperties) | undefined;
  /** For a data folder that is new, such as `--add-scram`. */
  readonly formatOptions?: readonly string[] | undefined;
}

/** Writes the configuration, formats the data folder if it is new, and starts the broker; it is not ready yet. */
export async function launchKafka(
  kafka: KafkaProgram,
  ports: BrokerPorts,
  brokerFlags: readonly string[],
  formatFlags: readonly string[] = brokerFlags,
): Promise<ManagedProcess> {
  const dataFolder = path.join(kafka.runFolder, 'data');
  const configFile = path.join(kafka.runFolder, 'server.properties');
  await mkdir(kafka.runFolder, { recursive: true });
  await writeFile(configFile, serverProperties(ports, dataFolder, kafka.properties?.(ports)));
  if (!existsSync(path.join(dataFolder, 'meta.properties'))) {
    const options = ['--cluster-id', clusterId, '--config', configFile, ...(kafka.formatOptions ?? [])];
    const format = ['kafka.tools.StorageTool', 'format', ...options];
    await runTool(kafka.startProcess, javaProcess(kafka, 'kafka-storage-format', formatFlags, format));
  }
  const broker = javaProcess(kafka, 'broker', brokerFlags, ['kafka.Kafka', configFile]);
  return kafka.startProcess({ ...broker, stopGraceMs: 20_000 });
}

function javaProcess(
  { java, jars, runFolder, environment }: KafkaProgram,
  name: string,
  flags: readonly string[],
  program: readonly string[],
): ProcessSettings {
  return {
    name,
    command: java.command,
    args: [
      '-Xmx512m',
      // A short-lived broker on few cores: quick compilation and a small collector beat peak throughput.
      '-XX:TieredStopAtLevel=1',
      '-XX:+UseSerialGC',
      '-XX:-UsePerfData',
      ...flags,
      `-Dlog4j2.configurationFile=${log4jFile}`,
      '-cp',
      jars.classPath,
      ...program,
    ],
    // Java needs nothing else; PATH lets the system find `java`.
    env: { PATH: environment['PATH'] },
    cwd: runFolder,
    logFile: path.join(runFolder, `${name}.log`),
  };
}

/**
 * Whether the broker at this address is a live member of its cluster and coordinates consumer groups; asking for that makes it
 * load the coordinator, which clients would stumble over otherwise.
 */
export async function answers(bootstrapServer: string): Promise<boolean> {
  const admin = new Kafka({
    clientId: 'local-readiness',
    brokers: [bootstrapServer],
    connectionTimeout: 1_000,
    requestTimeout: 5_000,
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  }).admin();
  try {
    await admin.connect();
    if ((await admin.describeCluster()).brokers.length === 0) return false;
    await admin.fetchOffsets({ groupId: 'local-readiness' });
    return true;
  } catch {
    return false;
  } finally {
    await admin.disconnect();
  }
}
