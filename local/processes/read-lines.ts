import type { Readable } from 'node:stream';

/**
 * Calls back with every line of a stream, the last one even without a line feed. node:readline also breaks at U+2028, U+2029
 * and lone carriage returns, which may stand inside a line of JSON.
 */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let begun: string[] = [];
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const [first = '', ...others] = text.split('\n');
    begun.push(first);
    for (const part of others) {
      onLine(begun.join(''));
      begun = [part];
    }
  });
  stream.on('end', () => {
    const rest = begun.join('');
    begun = [];
    if (rest) onLine(rest);
  });
}
