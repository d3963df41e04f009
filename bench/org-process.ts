import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { SalesforceCredentials } from '../shared/salesforce/auth/credentials.ts';
import { cpuSecondsOf } from './process-figures.ts';

/** An org in a process of its own, so that the client of a benchmark does not eat from its core. */
export interface OrgProcess {
  readonly instanceUrl: string;
  readonly token: string;
  /** For a program that logs in by itself. */
  readonly credentials: SalesforceCredentials;
  /** Processor time of the org so far; undefined where the system does not say. */
  cpuSeconds(): Promise<number | undefined>;
  /** What the org counted so far. */
  counters(): Promise<OrgCounters>;
  close(): Promise<void>;
}

export interface OrgCounters {
  readonly apiCalls: number;
  readonly apiCallsByKind: Readonly<Record<string, number>>;
}

interface Connection {
  readonly instanceUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly controlUrl: string;
}

export async function startOrgProcess(settings: Readonly<Record<string, unknown>>): Promise<OrgProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-org-'));
  const seed = join(folder, 'seed.json');
  await writeFile(seed, JSON.stringify({ settings }));
  const main = fileURLToPath(new URL('../local/org/main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, '--port', '0', '--seed', seed, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const close = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true });
  };
  try {
    const connection = JSON.parse(await firstLine(child.stdout)) as Connection;
    const token = await tokenOf(connection);
    const { instanceUrl: baseUri, clientId: consumerKey, clientSecret: consumerSecret } = connection;
    const credentials = { baseUri, consumerKey, consumerSecret };
    return {
      instanceUrl: baseUri,
      token,
      credentials,
      cpuSeconds: () => cpuSecondsOf(child.pid),
      counters: async () => (await (await fetch(`${connection.controlUrl}/counters`)).json()) as OrgCounters,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stream })) return line;
  throw new Error('The org ended before it said where it listens');
}

async function tokenOf({ instanceUrl, clientId, clientSecret }: Connection): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
  });
  const response = await fetch(`${instanceUrl}/services/oauth2/token`, { method: 'POST', body });
  return ((await response.json()) as { access_token: string }).access_token;
}
