import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalAws, startLocalAws } from '../../../local/aws/start-local-aws.ts';
import { createRunCdk } from '../../../local/cloud/cdk.ts';
import { startProcess } from '../../../local/processes/start-process.ts';
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

let runFolder: string;
let aws: LocalAws;

beforeAll(async () => {
  runFolder = await mkdtemp(path.join(os.tmpdir(), 'cdk-'));
  aws = await startLocalAws({
    runFolder: path.join(runFolder, 'aws'),
    cache: testCache,
    environment: process.env,
    startProcess,
  });
});
afterAll(async () => {
  await aws?.stop();
  await rm(runFolder, { recursive: true, force: true });
});

test("refuses to deploy to the account of AWS's documentation", async () => {
  const cdk = createRunCdk({ aws, environment: process.env, runFolder });
  const args = ['deploy', '-c', 'env=prod', '--require-approval', 'never', '--app', 'node infra/app.ts'];
  const settings = { brokers: '', region: aws.region, account: '000000000000', memoryMb: 512 };
  await expect(cdk('refused', [...args, '--output', path.join(runFolder, 'prod')], settings)).rejects.toThrow(
    /aws:\/\/111122223333\/eu-central-1/,
  );
  const log = await readFile(path.join(runFolder, 'cdk-refused.log'), 'utf8');
  expect(log).toContain("environments.ts, prod.account: 111122223333 is the account of AWS's documentation");
});
