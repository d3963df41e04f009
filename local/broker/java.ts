import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import type { Environment } from '../cache.ts';

/** Kafka 4 brokers need Java 17: https://kafka.apache.org/41/documentation/compatibility.html */
const oldestJava = 17;
const waysOut = 'or set KAFKA_BROKERS to the bootstrap servers of a Kafka cluster you already have.';

export interface Java {
  readonly command: string;
  readonly version: string;
}

/** The Java to run the broker with: JAVA_HOME's, else the one on PATH. */
export async function findJava(environment: Environment): Promise<Java> {
  const home = environment['JAVA_HOME'];
  const command = home ? path.join(home, 'bin', 'java') : 'java';
  const { stdout, stderr } = await promisify(execFile)(command, ['-version'], { env: environment }).catch((error) => {
    throw unfit(`The local Kafka broker needs Java ${oldestJava} or newer, and ${command} cannot be run`, error);
  });
  const version = parseJavaVersion(`${stderr}${stdout}`);
  if (version === undefined || version.major < oldestJava) {
    throw unfit(
      `The local Kafka broker needs Java ${oldestJava} or newer, and ${command} is ${version?.text ?? 'unknown'}`,
    );
  }
  return { command, version: version.text };
}

export async function requireMaven(environment: Environment): Promise<void> {
  await promisify(execFile)('mvn', ['--version'], { env: environment }).catch((error) => {
    throw unfit('The local Kafka broker is fetched with Maven, and mvn cannot be run', error, 'Install Apache Maven 3');
  });
}

/** Reads `openjdk version "17.0.15" 2025-04-15`, and the old `java version "1.8.0_402"`. */
export function parseJavaVersion(output: string): { readonly major: number; readonly text: string } | undefined {
  const text = /version "([^"]+)"/.exec(output)?.[1];
  const major = Number(text?.replace(/^1\./, '').match(/^\d+/)?.[0]);
  return text === undefined || Number.isNaN(major) ? undefined : { major, text };
}

function unfit(
  problem: string,
  cause?: unknown,
  install = `Install a JDK or JRE ${oldestJava}+ (or set JAVA_HOME)`,
): BridgeError {
  return new BridgeError('SKB_ENVIRONMENT_UNFIT', `${problem}. ${install}, ${waysOut}`, { cause });
}
