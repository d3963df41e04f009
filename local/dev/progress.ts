import type { Writable } from 'node:stream';

/** A few calm lines for a person, on stderr so that stdout stays for results. */
export interface Progress {
  say(line: string): void;
  /** Like say, but a text that was said already is not repeated. */
  sayOnce(line: string): void;
  /** A line that replaces the one before it in a terminal; elsewhere at most one every few seconds. */
  count(line: string): void;
}

const countEveryMs = 5_000;

export function createProgress(output: Writable & { isTTY?: boolean }, now: () => number): Progress {
  const said = new Set<string>();
  let counting = false;
  let countedAt = Number.NEGATIVE_INFINITY;

  const say = (line: string) => {
    if (counting && output.isTTY) output.write('\r\u001b[K');
    counting = false;
    output.write(`${line}\n`);
  };
  return {
    say,
    sayOnce(line) {
      if (said.has(line)) return;
      said.add(line);
      say(line);
    },
    count(line) {
      if (output.isTTY) {
        output.write(`\r\u001b[K${line}`);
        counting = true;
      } else if (now() - countedAt >= countEveryMs) {
        countedAt = now();
        output.write(`${line}\n`);
      }
    },
  };
}
