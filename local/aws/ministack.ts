import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import { type Environment, fetchOnce } from '../cache.ts';
import { freePorts } from '../processes/free-ports.ts';
import { lastLines, runTool } from '../processes/run-tool.ts';
import type { ManagedProcess, StartProcess } from '../processes/start-process.ts';
import { waitUntilReady } from '../processes/wait-until-ready.ts';

const version = '1.5.33';
const oldestPython = [3, 10] as const;
const waysOut = 'or set AWS_ENDPOINT_URL to a local AWS you already run (MiniStack, LocalStack).';
const readyLimitMs = 60_000;
const attempts = 4;

export interface MiniStackSettings {
  readonly runFolder: string;
  readonly cache: string;
  /** Where python3 is found; pip gets all of it, since proxies and mirrors are configured there. */
  readonly environment: Environment;
  readonly startProcess: StartProcess;
  readonly region: string;
}

export interface MiniStack {
  readonly endpoint: string;
  readonly process: ManagedProcess;
}

/** Starts MiniStack, a local AWS from PyPI, on loopback and waits until it answers. */
export async function startMiniStack(settings: MiniStackSettings): Promise<MiniStack> {
  const { runFolder, environment, startProcess, region } = settings;
  const python = await miniStackPython(settings);
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

/** The Python of a virtual environment in the cache that has MiniStack installed; made the first time. */
async function miniStackPython({ cache, environment, startProcess }: MiniStackSettings): Promise<string> {
  const pythonVersion = await findPython(environment);
  const name = `ministack-${version}-python-${pythonVersion}`;
  const folder = await fetchOnce(cache, name, async (empty) => {
    const tool = { env: environment, cwd: cache, logFile: path.join(cache, `${name}.log`) };
    await runTool(startProcess, {
      ...tool,
      name: 'python3 -m venv',
      command: 'python3',
      args: ['-m', 'venv', empty],
    }).catch((error) => {
      throw unfit('The local AWS needs python3 with its venv module (on Debian: python3-venv). Install it', error);
    });
    const python = path.join(empty, 'bin', 'python');
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `ministack==${version}`];
    await runTool(
      startProcess,
      { ...tool, name: 'pip install', command: python, args: install },
      `Check the way to PyPI, ${waysOut}`,
    );
  });
  // A virtual environment may be moved as long as its scripts, which carry its first path, are not used.
  return path.join(folder, 'bin', 'python');
}

/** Two numbers of the version of python3, such as 3.11: a virtual environment fits no other. */
async function findPython(environment: Environment): Promise<string> {
  const print = 'import sys; print("%d.%d" % sys.version_info[:2])';
  const { stdout } = await promisify(execFile)('python3', ['-c', print], { env: environment }).catch((error) => {
    throw unfit('The local AWS needs python3, and it cannot be run. Install Python 3.10 or newer', error);
  });
  const [major = 0, minor = 0] = stdout.trim().split('.').map(Number);
  if (major < oldestPython[0] || (major === oldestPython[0] && minor < oldestPython[1])) {
    throw unfit(
      `The local AWS needs Python ${oldestPython.join('.')}, and python3 is ${stdout.trim()}. Install a newer one`,
    );
  }
  return stdout.trim();
}

function unfit(problemAndRemedy: string, cause?: unknown): BridgeError {
  return new BridgeError('SKB_ENVIRONMENT_UNFIT', `${problemAndRemedy}, ${waysOut}`, { cause });
}
