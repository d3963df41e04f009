import { execFile, spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../../local/dev/report.ts';
import { testCache } from './local/local-broker.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
let folder = '';
let app = '';

const stack = `import * as path from 'node:path';
import * as cdk from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { SalesforceKafkaBridge } from 'salesforce-kafka-bridge/infra';
import bridge from '../bridge.config.js';

export class ShopStack extends cdk.Stack {
  constructor(scope: Construct, id: string, props?: cdk.StackProps) {
    super(scope, id, props);
    new SalesforceKafkaBridge(this, 'Bridge', {
      bridge,
      definition: path.join(__dirname, '../bridge.config.ts'),
      environment: {
        name: 'dev',
        protect: false,
        network: { kind: 'create' },
        cluster: { kind: 'create' },
        topics: { replicationFactor: 2 },
      },
    });
  }
}
`;

/** Somebody else's repository, as the CDK makes it, with the package from its tarball and a definition of its own. */
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bridge-package-'));
  const packed = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: repository });
  const [{ filename = '' } = {}] = JSON.parse(packed.stdout.slice(packed.stdout.indexOf('['))) as {
    filename?: string;
  }[];
  app = path.join(folder, 'shop');
  await mkdir(app);
  const cdk = path.join(repository, 'node_modules/aws-cdk/bin/cdk');
  const init = ['init', 'app', '--language', 'typescript', '--generate-only'];
  await run(process.execPath, [cdk, ...init], { cwd: app, env: { ...process.env, CDK_DISABLE_CLI_TELEMETRY: 'true' } });
  // What `npm ci` brought along needs no second download.
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', path.join(folder, filename), 'zod@4'];
  await run('npm', install, { cwd: app });

  const definition = await readFile(path.join(repository, 'bridge.config.ts'), 'utf8');
  const own = definition
    .replace(/'\.\/shared\/[^']+'/g, "'salesforce-kafka-bridge'")
    .replace('salesforce.product.updates', 'shop.product-moves');
  await writeFile(path.join(app, 'bridge.config.ts'), own);
  await writeFile(path.join(app, 'lib/shop-stack.ts'), stack);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the package in an app of the CDK', () => {
  it('is type-checked and synthesized there, and the bundles hold its own topic', async () => {
    await run('npx', ['cdk', 'synth', '-q'], { cwd: app });
    const texts = await Promise.all(
      globSync('cdk.out/asset.*/*.mjs', { cwd: app }).map(async (file) => ({
        file: path.basename(file),
        text: await readFile(path.join(app, file), 'utf8'),
      })),
    );
    const holding = texts.filter(({ text }) => text.includes('shop.product-moves')).map(({ file }) => file);
    expect(holding.sort()).toEqual(['index.mjs', 'main.mjs']);
    const template = await readFile(path.join(app, 'cdk.out/ShopStack.template.json'), 'utf8');
    expect(template).toContain('shop.product-moves.dead-letter');
  });

  it('runs the definition on this machine', async () => {
    const { stdout } = await run('npx', ['bridge', 'dev', '--once'], {
      cwd: app,
      env: { ...process.env, BRIDGE_CACHE: testCache },
    });
    const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as RunResult;
    expect(result).toMatchObject({ recordsIn: 10_000, recordsPublished: 1_400, lost: 0, wrong: 0 });
  });

  it('starts an org to try things with', async () => {
    const child = spawn(process.execPath, [path.join(app, 'node_modules/.bin/bridge'), 'org', '--port', '0'], {
      cwd: app,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said: string[] = [];
    const ended = new Promise((resolve) => child.on('exit', resolve));
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(String(chunk)));
    try {
      await expect.poll(() => said.join(''), { timeout: 30_000 }).toMatch(/http:\/\/(localhost|127\.0\.0\.1):\d+/);
      const address = /http:\/\/(?:localhost|127\.0\.0\.1):\d+/.exec(said.join(''))?.[0];
      const versions = (await (await fetch(`${address}/services/data`)).json()) as { version: string }[];
      expect(versions.map(({ version }) => version)).toContain('66.0');
    } finally {
      child.kill('SIGTERM');
      await ended;
    }
  });
});
