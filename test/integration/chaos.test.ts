import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../chaos/main.ts', import.meta.url));
const source = ['restart-before-first-event', 'kill-9-at-places'];
const sink = ['three-bad-in-200', 'same-key-storm', 'retry-in-the-middle'];

/** A few quick scenarios; `npm run chaos -- --source --sink` runs them all. */
describe('the bridge under chaos', () => {
  let code: number | null;
  let results: readonly Readonly<Record<string, unknown>>[];
  let said: string;

  beforeAll(async () => {
    const args = [main, '--json', '--source', source.join(','), '--sink', sink.join(',')];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const exited = new Promise<number | null>((resolve) => child.on('exit', resolve));
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    code = await exited;
    said = errors;
    results = output
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  });

  it('keeps the promise of each scenario', () => {
    expect(code, said).toBe(0);
    expect(results.map(({ scenario }) => scenario).sort()).toEqual([...source, ...sink].sort());
  });

  it('loses nothing and turns no row around from Salesforce to Kafka', () => {
    for (const name of source) {
      const line = results.find(({ scenario }) => scenario === name);
      expect(line).toMatchObject({ lost: 0, reordered: 0 });
      expect(line?.['published']).toBe(line?.['sent']);
      expect(line?.['sent']).toBeGreaterThanOrEqual(600);
    }
  });

  it('loses nothing, writes nothing wrong and nothing twice from Kafka to Salesforce', () => {
    for (const name of sink) {
      const line = results.find(({ scenario }) => scenario === name);
      expect(line).toMatchObject({ lost: 0, wrong: 0, doubled: 0 });
    }
    expect(results.find(({ scenario }) => scenario === 'three-bad-in-200')).toMatchObject({
      written: 197,
      rejected: 3,
    });
  });
});
