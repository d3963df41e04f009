import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unifiedDiff } from '../../../../../local/org/events/text-diff.ts';

/** Applies a unified diff as a reader of change events would. */
function patch(before: string, diff: string): string {
  const source = before === '' ? [] : before.split(/(?<=\n)/);
  const target: string[] = [];
  let at = 0;
  const lines = diff.split('\n').slice(2);
  for (const [index, line] of lines.entries()) {
    const hunk = /^@@ -(\d+),(\d+) \+\d+,\d+ @@$/.exec(line);
    if (hunk !== null) {
      const start = Number(hunk[1]) - (hunk[2] === '0' ? 0 : 1);
      target.push(...source.slice(at, start));
      at = start;
    } else if (!line.startsWith('\\')) {
      const text = line.slice(1) + (lines[index + 1]?.startsWith('\\') === true ? '' : '\n');
      if (line[0] !== '+') {
        if (source[at] !== text) throw new Error(`line ${at + 1} is not ${JSON.stringify(text)}`);
        at += 1;
      }
      if (line[0] !== '-') target.push(text);
    }
  }
  return [...target, ...source.slice(at)].join('');
}

const text = fc.array(fc.constantFrom('a', 'b', 'c', '', 'dd'), { maxLength: 40 }).map((lines) => lines.join('\n'));

describe('unified diff', () => {
  it('turns the old text into the new one and carries its hash', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const diff = unifiedDiff(before, after);
        expect(patch(before, diff)).toBe(after);
        expect(diff.split('\n')[1]).toBe(`+++ ${createHash('sha256').update(after).digest('hex')}`);
      }),
      { numRuns: 500 },
    );
  });

  it('is small for a small change and correct for a large one', () => {
    const lines = Array.from({ length: 3000 }, (_unused, index) => `line ${index}`);
    expect(unifiedDiff(lines.join('\n'), lines.with(1000, 'x').join('\n')).split('\n')).toHaveLength(11);
    const other = lines.map((line) => `${line}!`).join('\n');
    expect(patch(lines.join('\n'), unifiedDiff(lines.join('\n'), other))).toBe(other);
  });
});
