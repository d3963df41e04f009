import { createHash } from 'node:crypto';

const context = 3;
const largestTable = 4_000_000;

interface Step {
  readonly mark: ' ' | '-' | '+';
  readonly line: string;
}

/**
 * The form long texts take in change events (Change Data Capture guide, `cdc_event_fields_body.htm`): a unified diff whose
 * second line carries the SHA-256 of the new text, so that a reader can check what it put together.
 */
export function unifiedDiff(before: string, after: string): string {
  const hash = createHash('sha256').update(after).digest('hex');
  const steps = lineSteps(splitLines(before), splitLines(after));
  return ['--- ', `+++ ${hash}`, ...hunks(steps)].join('\n');
}

/** Every line with its end, so that a missing last line end is a difference too. */
function splitLines(text: string): readonly string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}

function lineSteps(before: readonly string[], after: readonly string[]): readonly Step[] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return [
    ...marked(' ', before.slice(0, start)),
    ...middleSteps(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...marked(' ', before.slice(before.length - end)),
  ];
}

function marked(mark: Step['mark'], lines: readonly string[]): readonly Step[] {
  return lines.map((line) => ({ mark, line }));
}

/** By longest common subsequence; what is too large for its table is replaced whole, which is correct, only longer. */
function middleSteps(before: readonly string[], after: readonly string[]): readonly Step[] {
  if (before.length * after.length > largestTable) return [...marked('-', before), ...marked('+', after)];
  const width = after.length + 1;
  const common = new Uint32Array((before.length + 1) * width);
  const at = (row: number, column: number): number => common[row * width + column] ?? 0;
  for (let row = before.length - 1; row >= 0; row -= 1) {
    for (let column = after.length - 1; column >= 0; column -= 1) {
      const isSame = before[row] === after[column];
      const longest = isSame ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
      common[row * width + column] = longest;
    }
  }
  const steps: Step[] = [];
  let row = 0;
  let column = 0;
  while (row < before.length || column < after.length) {
    const old = before[row];
    const fresh = after[column];
    if (old !== undefined && old === fresh) {
      steps.push({ mark: ' ', line: old });
      row += 1;
      column += 1;
    } else if (old !== undefined && (fresh === undefined || at(row + 1, column) >= at(row, column + 1))) {
      steps.push({ mark: '-', line: old });
      row += 1;
    } else {
      steps.push({ mark: '+', line: fresh ?? '' });
      column += 1;
    }
  }
  return steps;
}

function hunks(steps: readonly Step[]): readonly string[] {
  const lines: string[] = [];
  let oldLine = 1;
  let newLine = 1;
  let index = 0;
  while (index < steps.length) {
    const change = steps.findIndex((step, at) => at >= index && step.mark !== ' ');
    if (change === -1) break;
    const from = Math.max(index, change - context);
    oldLine += from - index;
    newLine += from - index;
    index = hunkEnd(steps, change);
    const hunk = steps.slice(from, index);
    const oldCount = hunk.filter(({ mark }) => mark !== '+').length;
    const newCount = hunk.filter(({ mark }) => mark !== '-').length;
    // An empty side is named by the line before it.
    const oldStart = oldCount === 0 ? oldLine - 1 : oldLine;
    const newStart = newCount === 0 ? newLine - 1 : newLine;
    lines.push(`@@ -${oldStart},${oldCount} +${newStart},${newCount} @@`, ...hunk.flatMap(hunkLines));
    oldLine += oldCount;
    newLine += newCount;
  }
  return lines;
}

function hunkLines({ mark, line }: Step): readonly string[] {
  return line.endsWith('\n') ? [mark + line.slice(0, -1)] : [mark + line, '\\ No newline at end of file'];
}

/** Changes with no more than two contexts of equal lines between them share a hunk. */
function hunkEnd(steps: readonly Step[], firstChange: number): number {
  let last = firstChange;
  for (let at = firstChange; at < steps.length && at <= last + 2 * context; at += 1) {
    if (steps[at]?.mark !== ' ') last = at;
  }
  return Math.min(steps.length, last + 1 + context);
}
