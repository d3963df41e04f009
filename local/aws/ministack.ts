import path from 'node:path';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import type { Environment } from '../cache.ts';
import { freePorts } from '../processes/free-ports.ts';
import { lastLines } from '../processes/run-tool.ts';
import type { ManagedProcess, StartProcess } from '../processes/start-process.ts';
import { waitUntilReady } from '../processes/wait-until-ready.ts';
import { pythonWith } from '../python-package.ts';

const waysOut = 'or set AWS_ENDPOINT_URL to a local AWS you already run (MiniStack, LocalStack).';
const miniStack = { name: 'ministack', version: '1.5.33', neededBy: 'The local AWS', waysOut };
const readyLimitMs = 60_000;
const attempts = 4;

export interface MiniStackSettings {
  readonly runFolder: string;
  readonly cache: string;
  /** Where python3 is found; pip gets all of it, since proxies and mirrors are configured there. */
  readonly environment: Environment;
  readonly startProcess: StartProcess;
  readonly region: string;
  /** Judges the rights of every call, so that credentials must be real. @default false */
  readonly authorizes?: boolean | undefined;
}

export interface MiniStack {
  readonly endpoint: string;
  readonly process: ManagedProcess;
}

/** Starts MiniStack, a local AWS from PyPI, on loopback and waits until it answers. */
export async function startMiniStack(settings: MiniStackSettings): Promise<MiniStack> {
  const { runFolder, environment, startProcess, region, authorizes = false } = settings;
  const python = await pythonWith(miniStack, settings);
  const logFile = path.join(runFolder, 'ministack.log');

  for (let attempt = 1; ; attempt += 1) {
    const [port = 0] = await freePorts(1);
    const endpoint = `http://127.0.0.1:${port}`;
    const process = await startProcess({
      name: 'ministack',
      command: python,
      args: ['-m', 'ministack'],
      env: {
        PATH: environment['PATH'],
        GATEWAY_PORT: String(port),
        // Without it every network interface listens.
        BIND_HOST: '127.0.0.1',
        MINISTACK_HOST: '127.0.0.1',
        MINISTACK_REGION: region,
        AUTH: String(authorizes),
        // Its process id file goes there.
        TMPDIR: runFolder,
        LOG_LEVEL: 'WARNING',
      },
      cwd: runFolder,
      logFile,
    });
    if (await waitUntilReady(process, () => isHealthy(endpoint), readyLimitMs)) return { endpoint, process };
    await process.stop();
    if (attempt === attempts) {
      const log = await lastLines(logFile, 15);
      throw unfit(`The local AWS (MiniStack) did not start, see ${logFile}\n${log}\nMend that`);
    }
  }
}

async function isHealthy(endpoint: string): Promise<boolean> {
  const signal = AbortSignal.timeout(2_000);
  return await fetch(`${endpoint}/_ministack/health`, { signal }).then(
    (response) => response.ok,
    () => false,
  );
}

function unfit(problemAndRemedy: string, cause?: unknown): BridgeError {
  return new BridgeError('SKB_ENVIRONMENT_UNFIT', `${problemAndRemedy}, ${waysOut}`, { cause });
}
