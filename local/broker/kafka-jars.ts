import { createHash } from 'node:crypto';
import { copyFile, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Environment, fetchOnce } from '../cache.ts';
import { runTool } from '../processes/run-tool.ts';
import type { StartProcess } from '../processes/start-process.ts';
import { requireMaven } from './java.ts';

const pomFile = fileURLToPath(new URL('pom.xml', import.meta.url));

export interface FetchSettings {
  readonly cache: string;
  /** Maven gets all of it, since proxies and mirrors are configured there. */
  readonly environment: Environment;
  readonly startProcess: StartProcess;
}

export interface KafkaJars {
  /** Names the release and what else the pom asks for; other cached things that depend on the jars carry it too. */
  readonly name: string;
  readonly classPath: string;
}

/** The jars of pom.xml, from Maven Central, fetched into the cache the first time. */
export async function kafkaJars({ cache, environment, startProcess }: FetchSettings): Promise<KafkaJars> {
  const pom = await readFile(pomFile, 'utf8');
  const release = /<kafka\.version>(.+?)</.exec(pom)?.[1];
  const name = `kafka-${release}-${createHash('sha256').update(pom).digest('hex').slice(0, 8)}`;
  const folder = await fetchOnce(cache, name, async (empty) => {
    await requireMaven(environment);
    await copyFile(pomFile, path.join(empty, 'pom.xml'));
    const maven = {
      name: 'mvn',
      command: 'mvn',
      args: ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=libs', '-DincludeScope=runtime'],
      env: environment,
      cwd: empty,
      logFile: path.join(cache, `${name}.log`),
    };
    await runTool(startProcess, maven, 'Check the way to Maven Central, or set KAFKA_BROKERS.');
  });
  const libs = path.join(folder, 'libs');
  // Sorted, not `libs/*`: the class data archive is valid for one order of the class path only.
  const jars = (await readdir(libs)).sort().map((jar) => path.join(libs, jar));
  return { name, classPath: jars.join(path.delimiter) };
}
