import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '../../..');

/** The org's command as users start it. */
export function runOrgCommand(...flags: readonly string[]): ChildProcess {
  return spawn('npm', ['run', '--silent', 'org', '--', ...flags], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
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
