import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bridge-package-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the package', () => {
  it('runs a definition of a foreign repository, installed from its tarball', async () => {
    const packed = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: repository });
    const [{ filename = '' } = {}] = JSON.parse(packed.stdout.slice(packed.stdout.indexOf('['))) as {
      filename?: string;
    }[];
    await writeFile(path.join(folder, 'package.json'), '{ "name": "shop", "private": true, "type": "module" }');
    await run('npm', ['install', '--no-audit', '--no-fund', path.join(folder, filename), 'zod@4'], { cwd: folder });

    const definition = await readFile(path.join(repository, 'bridge.config.ts'), 'utf8');
    const foreign = definition.replace(/'\.\/shared\/[^']+'/g, "'salesforce-kafka-bridge'");
    await writeFile(path.join(folder, 'bridge.config.ts'), foreign);

    const { stdout } = await run('npx', ['bridge', 'dev', '--once'], {
      cwd: folder,
      env: { ...process.env, BRIDGE_CACHE: testCache },
    });
    const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as RunResult;
    expect(result).toMatchObject({ recordsIn: 10_000, recordsPublished: 1_400, lost: 0, wrong: 0 });
  });
});
