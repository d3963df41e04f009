import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { BridgeError } from '../shared/errors/bridge-error.ts';
import { type Environment, fetchOnce } from './cache.ts';
import { runTool } from './processes/run-tool.ts';
import type { StartProcess } from './processes/start-process.ts';

const oldestPython = [3, 10] as const;

export interface PythonPackage {
  /** As on PyPI. */
  readonly name: string;
  readonly version: string;
  /** Who needs it, in an error: such as `The local AWS`. */
  readonly neededBy: string;
  /** What else a user can do, as the end of a sentence. */
  readonly waysOut: string;
}

export interface PythonSettings {
  readonly cache: string;
  /** Where python3 is found; pip gets all of it, since proxies and mirrors are configured there. */
  readonly environment: Environment;
  readonly startProcess: StartProcess;
}

/**
 * The Python of a virtual environment in the cache that has a package installed; made the first time.
 *
 * @throws BridgeError SKB_ENVIRONMENT_UNFIT with what is missing and what to do about it.
 */
export async function pythonWith(
  { name, version, neededBy, waysOut }: PythonPackage,
  { cache, environment, startProcess }: PythonSettings,
): Promise<string> {
  const unfit = (problemAndRemedy: string, cause: unknown) =>
    new BridgeError('SKB_ENVIRONMENT_UNFIT', `${problemAndRemedy}, ${waysOut}`, { cause });
  const pythonVersion = await findPython(environment).catch((error) => {
    throw unfit(
      `${neededBy} needs python3, and it cannot be run. Install Python ${oldestPython.join('.')} or newer`,
      error,
    );
  });
  const [major = 0, minor = 0] = pythonVersion.split('.').map(Number);
  if (major < oldestPython[0] || (major === oldestPython[0] && minor < oldestPython[1])) {
    const needed = `${neededBy} needs Python ${oldestPython.join('.')}`;
    throw unfit(`${needed}, and python3 is ${pythonVersion}. Install a newer one`, undefined);
  }
  const inCache = `${name}-${version}-python-${pythonVersion}`;
  const folder = await fetchOnce(cache, inCache, async (empty) => {
    const tool = { env: environment, cwd: cache, logFile: path.join(cache, `${inCache}.log`) };
    await runTool(startProcess, {
      ...tool,
      name: 'python3 -m venv',
      command: 'python3',
      args: ['-m', 'venv', empty],
    }).catch((error) => {
      throw unfit(`${neededBy} needs python3 with its venv module (on Debian: python3-venv). Install it`, error);
    });
    const python = path.join(empty, 'bin', 'python');
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `${name}==${version}`];
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
  const { stdout } = await promisify(execFile)('python3', ['-c', print], { env: environment });
  return stdout.trim();
}
