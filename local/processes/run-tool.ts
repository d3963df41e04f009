import { readFile } from 'node:fs/promises';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import type { ProcessSettings, StartProcess } from './start-process.ts';

/**
 * Runs a program to its end. When it fails, the error carries the end of its log, which is where the reason stands, and what
 * the user can do instead.
 */
export async function runTool(startProcess: StartProcess, settings: ProcessSettings, wayOut = ''): Promise<void> {
  const { code, signal } = await (await startProcess(settings)).exited;
  if (code === 0) return;
  const { name, logFile } = settings;
  throw new BridgeError(
    'SKB_ENVIRONMENT_UNFIT',
    `${name} failed (${signal ?? `exit code ${code}`}), see ${logFile}${wayOut && `. ${wayOut}`}\n${await lastLines(logFile, 15)}`,
  );
}

export async function lastLines(file: string, count: number): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
