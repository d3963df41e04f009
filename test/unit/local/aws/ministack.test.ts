import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startMiniStack } from '../../../../local/aws/ministack.ts';
import { startProcess } from '../../../../local/processes/start-process.ts';

let bin: string;
beforeEach(async () => {
  bin = await mkdtemp(path.join(os.tmpdir(), 'bin-'));
});
afterEach(() => rm(bin, { recursive: true, force: true }));

test.each([
  ['no Python', undefined, /python3, and it cannot be run.*Install.*AWS_ENDPOINT_URL/],
  ['an old Python', 'echo 3.8', /Python 3\.10, and python3 is 3\.8.*AWS_ENDPOINT_URL/],
  ['no venv module', 'case $1 in -c) echo 3.12;; *) exit 1;; esac', /python3-venv.*Install.*AWS_ENDPOINT_URL/],
])('%s: names it and the ways out', async (_, script, message) => {
  if (script) {
    await writeFile(path.join(bin, 'python3'), `#!/bin/sh\n${script}\n`);
    await chmod(path.join(bin, 'python3'), 0o755);
  }
  const settings = { runFolder: bin, cache: bin, environment: { PATH: bin }, startProcess, region: 'us-east-1' };
  await expect(startMiniStack(settings)).rejects.toMatchObject({
    code: 'SKB_ENVIRONMENT_UNFIT',
    message: expect.stringMatching(message),
  });
});
