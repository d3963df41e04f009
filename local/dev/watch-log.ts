import type { Progress } from './progress.ts';

interface LogLine {
  readonly level?: unknown;
  readonly message?: unknown;
}

/** Reads a program's JSON log line, undefined for any other output. */
export function readLogLine(line: string): (LogLine & Record<string, unknown>) | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Shows a person what a program warns of, each text once; the log file keeps everything. */
export function showTrouble(progress: Progress, program: string, line: string): void {
  const entry = readLogLine(line);
  if (entry === undefined || (entry.level !== 'WARN' && entry.level !== 'ERROR')) return;
  progress.sayOnce(`${program}: ${String(entry.message)}`);
}
