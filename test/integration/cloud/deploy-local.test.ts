import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { testCache } from '../local/local-broker.ts';

const main = fileURLToPath(new URL('../../../local/cloud/main.ts', import.meta.url));

test('deploys the very stacks, invokes the deployed sink, updates, compares and destroys', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [main], {
    env: { ...process.env, BRIDGE_CACHE: testCache },
  });
  const line = stdout.trim().split('\n').at(-1) ?? '';
  const counts =
    /^deployed (\d+) resources; invoked with 200 records: (\d+) written, (\d+) filtered, (\d+) dead-lettered, 0 handed back; (\d+) letters in a topic and, of the same sink outside any network, (\d+) of (\d+) in a queue; updated to 640 MB, no difference left; destroyed/.exec(
      line,
    );
  expect(counts, line).not.toBeNull();
  const [resources = 0, written = 0, filtered = 0, deadLettered = 0, ...letters] = (counts ?? []).slice(1).map(Number);
  expect(resources).toBeGreaterThan(30);
  expect(written + filtered + deadLettered).toBe(200);
  expect(Math.min(written, filtered, deadLettered)).toBeGreaterThan(0);
  // In the topic, in the queue of the twin, and as the twin's own counts say.
  expect(letters).toEqual([deadLettered, deadLettered, deadLettered]);
});
