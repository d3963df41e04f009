import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

test('the bundle writes 1,000 records with one API call, and asks for little besides', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['bench/main.ts', 'sink-calls', '8000'], {
    cwd: root,
  });
  // A describe for each of the eight execution environments.
  expect(stdout).toContain('16 API calls: token 8 (not counted), describe 8, composite 8');
});
