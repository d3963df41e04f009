import { execFile } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startProcess } from '../../../local/processes/start-process.ts';
import { pythonWith } from '../../../local/python-package.ts';
import { testCache } from '../local/local-broker.ts';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../../..', import.meta.url));
const cdk = path.join(repository, 'node_modules/aws-cdk/bin/cdk');
const assemblies = {
  dev: ['env=dev'],
  staging: ['env=staging'],
  prod: ['env=prod'],
  'prod, split': ['env=prod', 'split=true'],
} as const;
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'synth-'));
  await Promise.all(Object.entries(assemblies).map(([name, context]) => synthesizeAlone(name, context)));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Neither a network nor credentials, nor a home that could hold some. */
async function synthesizeAlone(name: string, context: readonly string[]): Promise<void> {
  const settings = context.flatMap((each) => ['-c', each]);
  const synth = [process.execPath, cdk, 'synth', '-q', ...settings, '-o', path.join(folder, name)];
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
}

/** Linux lets a process without rights give up its network, where namespaces are not forbidden. */
async function canCutTheNetwork(): Promise<boolean> {
  return run('unshare', ['-rn', 'true']).then(
    () => true,
    () => false,
  );
}

describe('an environment', () => {
  it.each(['dev', 'staging', 'prod'])('%s is synthesized without network and credentials', async (environment) => {
    const file = path.join(folder, environment, `commerce-${environment}.template.json`);
    expect(Object.keys(JSON.parse(await readFile(file, 'utf8')).Resources).length).toBeGreaterThan(40);
    // What is left to look up would be asked of AWS at the next synth.
    expect(existsSync(path.join(repository, 'cdk.context.json'))).toBe(false);
  });
});

describe('cfn-lint', () => {
  const lint = async (...templates: string[]) => {
    const waysOut = 'or run the other tests only.';
    const linter = { name: 'cfn-lint', version: '1.58.0', neededBy: 'The check of templates', waysOut };
    const python = await pythonWith(linter, { cache: testCache, environment: process.env, startProcess });
    // The package has a script only, and scripts carry the path that their environment was made at.
    const start = 'import sys; from cfnlint.runner import main; sys.exit(main())';
    return run(python, ['-c', start, ...templates], { cwd: repository }).then(
      () => '',
      ({ stdout, stderr }: { stdout: string; stderr: string }) => `${stdout}${stderr}`,
    );
  };

  it('finds nothing in any stack of any environment', async () => {
    const templates = globSync('*/*.template.json', { cwd: folder }).sort();
    expect(templates.map((file) => file.replace('.template.json', ''))).toEqual([
      'dev/commerce-dev',
      'prod, split/commerce-prod-monitoring',
      'prod, split/commerce-prod-state',
      'prod, split/commerce-prod',
      'prod/commerce-prod',
      'staging/commerce-staging',
    ]);
    expect(await lint(...templates.map((file) => path.join(folder, file)))).toBe('');
  });

  it('notices a property that no resource has', async () => {
    const file = path.join(folder, 'careless.template.json');
    const careless = { Type: 'AWS::SQS::Queue', Properties: { Retention: 1 } };
    await writeFile(file, JSON.stringify({ Resources: { Queue: careless } }));
    expect(await lint(file)).toMatch(/E3002.*Retention/);
  });
});
