import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, createWriteStream, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import { readLines } from './read-lines.ts';

export interface ProcessSettings {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the program; nothing is inherited. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Output of the program is appended here. */
  readonly logFile: string;
  readonly onStdoutLine?: (line: string) => void;
  /** Where programs write warnings and errors. */
  readonly onStderrLine?: (line: string) => void;
  /** How long stop() waits after SIGTERM before it kills. @default 5000 */
  readonly stopGraceMs?: number;
  /** Opens a two-way pipe that the program finds as its file descriptor 3. @default false */
  readonly withChannel?: boolean;
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ManagedProcess {
  readonly name: string;
  /** The program itself, not the guard in front of it. */
  readonly pid: number;
  readonly exited: Promise<ProcessExit>;
  readonly channel: Duplex | undefined;
  /** SIGTERM, then SIGKILL after the grace; resolves when the program is gone. */
  stop(): Promise<void>;
  /** SIGKILL to the program and whatever it started. */
  kill(): void;
}

export type StartProcess = (settings: ProcessSettings) => Promise<ManagedProcess>;

/** One line from the guard: the program started, it could not be started, or it ended. */
interface GuardReport {
  readonly pid?: number;
  readonly failed?: string;
  readonly code?: number | null;
  readonly signal?: NodeJS.Signals | null;
}

const guardFile = fileURLToPath(new URL('guard.mjs', import.meta.url));

/** Starts a program behind a guard that ends it when this process is gone, even by SIGKILL. See guard.mjs. */
export async function startProcess(settings: ProcessSettings): Promise<ManagedProcess> {
  const guard = spawnGuard(settings);
  const { started, exited } = watchGuard(guard);
  const report = await started;
  if (report.pid === undefined) {
    const { name, command } = settings;
    throw new BridgeError('SKB_ENVIRONMENT_UNFIT', `Cannot start ${name}: ${command} (${report.failed})`);
  }
  const { pid } = report;

  return {
    name: settings.name,
    pid,
    exited,
    channel: settings.withChannel ? (guard.stdio[4] as Duplex) : undefined,
    kill: () => killGroup(guard),
    async stop() {
      guard.kill('SIGTERM');
      const kill = setTimeout(() => killGroup(guard), settings.stopGraceMs ?? 5_000);
      await exited;
      clearTimeout(kill);
    },
  };
}

function spawnGuard(settings: ProcessSettings): ChildProcess {
  const { command, args, env, cwd, logFile, onStdoutLine, onStderrLine, withChannel } = settings;
  mkdirSync(path.dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a');
  // detached: a process group of its own, so that Ctrl-C in a terminal reaches the supervisor only, which then stops in order.
  const guard = spawn(process.execPath, [guardFile], {
    cwd,
    env: {},
    detached: true,
    stdio: [
      'pipe',
      onStdoutLine ? 'pipe' : log,
      onStderrLine ? 'pipe' : log,
      'pipe',
      ...(withChannel ? (['pipe'] as const) : []),
    ],
  });
  closeSync(log);
  // The program travels over the pipe, not in the arguments, because every user of the machine can read those.
  guard.stdin?.on('error', () => undefined);
  guard.stdin?.write(`${JSON.stringify({ command, args, env, cwd, hasChannel: withChannel ?? false })}\n`);
  if (onStdoutLine && guard.stdout) copyLines(guard.stdout, logFile, onStdoutLine);
  if (onStderrLine && guard.stderr) copyLines(guard.stderr, logFile, onStderrLine);
  return guard;
}

function copyLines(output: Readable, logFile: string, onLine: (line: string) => void): void {
  const log = createWriteStream(logFile, { flags: 'a' });
  readLines(output, (line) => {
    log.write(`${line}\n`);
    onLine(line);
  });
  output.on('close', () => log.end());
}

function watchGuard(guard: ChildProcess): { started: Promise<GuardReport>; exited: Promise<ProcessExit> } {
  const started = Promise.withResolvers<GuardReport>();
  let ended: GuardReport = {};
  const reports = guard.stdio[3] as Readable;
  readLines(reports, (line) => {
    const report = JSON.parse(line) as GuardReport;
    if (report.code === undefined) started.resolve(report);
    else ended = report;
  });
  const reportsRead = new Promise((resolve) => reports.on('close', resolve));
  const outputRead = [guard.stdout, guard.stderr].map((output) => {
    return output && new Promise<void>((resolve) => output.on('close', resolve));
  });

  const exited = new Promise<ProcessExit>((resolve) => {
    guard.on('error', (error) => started.resolve({ failed: error.message }));
    guard.on('exit', async (code, signal) => {
      // The guard itself may have been killed; the program is still in its process group then.
      killGroup(guard);
      await Promise.all([reportsRead, ...outputRead]);
      started.resolve({ failed: 'its guard ended first' });
      resolve({ code: ended.code === undefined ? code : ended.code, signal: ended.signal ?? signal });
    });
  });
  return { started: started.promise, exited };
}

function killGroup(guard: ChildProcess): void {
  if (guard.pid === undefined) return;
  try {
    process.kill(-guard.pid, 'SIGKILL');
  } catch {
    // Nobody is left in the group.
  }
}
