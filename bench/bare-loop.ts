import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What one of the bare loops does. */
export interface BareLoop {
  readonly kind: 'receive' | 'produce' | 'both';
  /** kafkajs as a user gets it, or with what the poller does for it: its encoder, and records grouped without copies. */
  readonly client: 'kafkajs' | 'ours';
  readonly events: number;
  /** So many of them are not counted. */
  readonly warmUp: number;
  readonly instanceUrl: string;
  readonly token: string;
  readonly bootstrapServers: string;
  /** With the records of a request as JSON. */
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
