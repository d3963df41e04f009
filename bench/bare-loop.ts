import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Message } from 'kafkajs';

/** What one of the bare loops does. */
export interface BareLoop {
  readonly kind: 'receive' | 'produce' | 'both';
  /** Of produce requests: kafkajs as a user gets it, or with the poller's encoder. */
  readonly encoder: 'kafkajs' | 'ours';
  readonly events: number;
  /** So many of them are not counted. */
  readonly warmUp: number;
  readonly instanceUrl: string;
  readonly token: string;
  readonly bootstrapServers: string;
  /** See {@link writeSamples}. */
  readonly samplesFile: string;
}

/** Behind the warm-up. */
export interface LoopFigures {
  readonly events: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** Runs a loop in a process of its own. */
export async function runBareLoop(loop: BareLoop): Promise<LoopFigures> {
  const program = fileURLToPath(new URL('programs/bare-loop.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(loop)]);
  return JSON.parse(stdout) as LoopFigures;
}

/** Records as text, for another process. */
export function writeSamples(samples: readonly Message[]): string {
  const texts = samples.map(({ key, value, timestamp, headers = {} }) => ({
    key: String(key),
    value: String(value),
    timestamp,
    headers: Object.fromEntries(Object.entries(headers).map(([name, each]) => [name, String(each)])),
  }));
  return JSON.stringify(texts);
}

/** Records with the bytes that a consumer gets. */
export function parseSamples(text: string): readonly Message[] {
  const texts = JSON.parse(text) as {
    key: string;
    value: string;
    timestamp: string;
    headers: Record<string, string>;
  }[];
  return texts.map(({ key, value, timestamp, headers }) => ({
    key: Buffer.from(key),
    value: Buffer.from(value),
    timestamp,
    headers: Object.fromEntries(Object.entries(headers).map(([name, each]) => [name, Buffer.from(each)])),
  }));
}
