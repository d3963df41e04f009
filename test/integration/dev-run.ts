import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { RunResult } from '../../local/dev/report.ts';

const main = fileURLToPath(new URL('../../cli/main.mjs', import.meta.url));

/** `bridge dev` as a person starts it: a process of its own, read line by line. */
export interface DevRun {
  readonly process: ChildProcess;
  /** What a person reads, so far. */
  readonly lines: readonly string[];
  readonly exited: Promise<{
    readonly code: number | null;
    readonly result: RunResult | undefined;
    readonly said: string;
  }>;
  onLine(listener: (line: string) => void): void;
  /** Resolves with the first line, past or future, that matches. */
  waitFor(pattern: RegExp): Promise<string>;
}

export function startDev(args: readonly string[], environment: NodeJS.ProcessEnv = {}): DevRun {
  const child = spawn(process.execPath, [main, 'dev', ...args], {
    env: { ...ownEnvironment(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const results: string[] = [];
  const listeners = new Set<(line: string) => void>();
  const errors = createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    for (const listener of listeners) listener(line);
  });
  const output = createInterface({ input: child.stdout }).on('line', (line) => results.push(line));
  const closed = [errors, output].map((reader) => new Promise((resolve) => reader.on('close', resolve)));
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve)).then(async (code) => {
    await Promise.all(closed);
    const last = results.at(-1);
    return { code, result: last === undefined ? undefined : (JSON.parse(last) as RunResult), said: lines.join('\n') };
  });
  return {
    process: child,
    lines,
    exited,
    onLine: (listener) => listeners.add(listener),
    waitFor: (pattern) =>
      new Promise((resolve, reject) => {
        const past = lines.find((line) => pattern.test(line));
        if (past !== undefined) return resolve(past);
        listeners.add((line) => {
          if (pattern.test(line)) resolve(line);
        });
        exited.then(({ code, said }) => reject(new Error(`ended with ${code} before ${pattern}:\n${said}`)));
      }),
  };
}

/** What this machine offers, without settings that would replace a stand-in. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const replaced = /^(KAFKA_BROKERS|AWS_ENDPOINT_URL|SALESFORCE_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !replaced.test(name)));
}

/** Every process below this one, from the kernel's own table. */
export function descendantsOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      // The name in parentheses may hold blanks, so fields are counted from its end: state, then the parent.
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended while the table was read.
    }
  }
  const found: number[] = [];
  for (let level = [pid]; level.length > 0; ) {
    level = [...parents].filter(([, parent]) => level.includes(parent)).map(([child]) => child);
    found.push(...level);
  }
  return found;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie answers too, but does nothing any more.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
