import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '../../..');

/** The org's command, without npm, which takes longer to start than the org. */
export function runOrgCommand(...flags: readonly string[]): ChildProcess {
  return run(process.execPath, ['cli/main.mjs', 'org', ...flags]);
}

/** As the documentation tells users to start it. */
export function runOrgScript(...flags: readonly string[]): ChildProcess {
  return run('npm', ['run', '--silent', 'org', '--', ...flags]);
}

function run(command: string, flags: readonly string[]): ChildProcess {
  return spawn(command, flags, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The JSON object of the first line of output. */
export async function connectionData(process: ChildProcess): Promise<Readonly<Record<string, string>>> {
  if (process.stdout === null) throw new Error('no output');
  const [line] = await once(createInterface({ input: process.stdout }), 'line');
  return JSON.parse(String(line)) as Record<string, string>;
}

/** Ends the command as a terminal or a service manager does, and waits until it is gone. */
export async function endCommand(process: ChildProcess): Promise<number | null> {
  if (process.exitCode !== null) return process.exitCode;
  const gone = once(process, 'exit');
  process.kill('SIGTERM');
  const [code] = await gone;
  return code as number | null;
}
