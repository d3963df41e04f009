import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../../..', import.meta.url));
const cdk = path.join(repository, 'node_modules/aws-cdk/bin/cdk');
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'synth-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Neither a network nor credentials, nor a home that could hold some. */
async function synthesizeAlone(environment: string): Promise<string> {
  const output = path.join(folder, environment);
  const synth = [process.execPath, cdk, 'synth', '-q', '-c', `env=${environment}`, '-o', output];
  const [command = '', ...args] = (await canCutTheNetwork()) ? ['unshare', '-rn', ...synth] : synth;
  const dead = 'http://127.0.0.1:9';
  await run(command, args, {
    cwd: repository,
    env: {
      PATH: `${path.join(repository, 'node_modules/.bin')}${path.delimiter}${process.env['PATH']}`,
      HOME: folder,
      HTTP_PROXY: dead,
      HTTPS_PROXY: dead,
      AWS_ENDPOINT_URL: dead,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
  return output;
}

/** Linux lets a process without rights give up its network, where namespaces are not forbidden. */
async function canCutTheNetwork(): Promise<boolean> {
  return run('unshare', ['-rn', 'true']).then(
    () => true,
    () => false,
  );
}

it.each(['dev', 'staging', 'prod'])('%s is synthesized without network and credentials', async (environment) => {
  const output = await synthesizeAlone(environment);
  const template = JSON.parse(await readFile(path.join(output, `commerce-${environment}.template.json`), 'utf8'));
  expect(Object.keys(template.Resources).length).toBeGreaterThan(40);
  // What is left to look up would be asked of AWS at the next synth.
  expect(existsSync(path.join(repository, 'cdk.context.json'))).toBe(false);
});
