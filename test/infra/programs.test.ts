import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Stack } from 'aws-cdk-lib';
import { beforeAll, describe, expect, it } from 'vitest';
import { stageFolder } from '../../infra/bundle-program.ts';
import { stagePollerImage } from '../../infra/constructs/poller-image.ts';
import { programFile } from '../../infra/program-file.ts';
import { createApp, definitionFile } from './synthesize.ts';

/** Runs a staged file with Node alone: nothing of the checkout is in reach. */
async function run(file: string, env: Record<string, string> = {}): Promise<{ code: number; output: string }> {
  const settings = { cwd: path.dirname(file), env: { PATH: path.dirname(process.execPath), ...env } };
  return promisify(execFile)(process.execPath, [file], settings).then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      output: error.stdout + error.stderr,
    }),
  );
}

describe("the folder of the poller's image", () => {
  let folder = '';
  beforeAll(() => {
    folder = stagePollerImage(new Stack(createApp(true), 'image'), definitionFile, 'example/node:24');
  });

  it('has a Dockerfile without RUN, so that it builds for arm64 anywhere', () => {
    const lines = readFileSync(path.join(folder, 'Dockerfile'), 'utf8').split('\n');
    expect(lines[0]).toBe('FROM example/node:24');
    expect(lines.filter((line) => line.startsWith('RUN'))).toEqual([]);
    expect(lines).toContain('USER 1000:1000');
    expect(lines.find((line) => line.startsWith('CMD'))).toMatch(/^CMD \["node",/);
    const copied = lines
      .filter((line) => line.startsWith('COPY'))
      .flatMap((line) => line.split(' ').filter((word) => /mjs|^run$/.test(word)));
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(copied));
  });

  it('starts with nothing but Node, and says what its environment lacks', async () => {
    const { code, output } = await run(path.join(folder, 'main.mjs'));
    expect(code).toBe(1);
    expect(output).toContain('SKB_CONFIG_INVALID');
    expect(output).toContain('KAFKA_BROKERS: is missing');
  });

  it('knows a poller that hangs from one that waits', async () => {
    const check = path.join(folder, 'health-check.mjs');
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'health-')), 'health.json');
    const health = (state: object, ageSeconds: number) => {
      writeFileSync(file, JSON.stringify(state));
      const written = new Date(Date.now() - ageSeconds * 1000);
      utimesSync(file, written, written);
      return run(check, { HEALTH_FILE: file });
    };
    const longAgo = new Date(Date.now() - 3_600_000).toISOString();
    expect(await run(check, { HEALTH_FILE: `${file}.none` })).toMatchObject({ code: 1 });
    expect(await health({ state: 'waiting-for-credentials', lastConnectAt: longAgo }, 10)).toMatchObject({ code: 0 });
    expect(await health({ state: 'standby' }, 10)).toMatchObject({ code: 0 });
    expect(await health({ state: 'standby' }, 600)).toMatchObject({
      code: 1,
      output: expect.stringContaining('no sign of life'),
    });
    expect(await health({ state: 'streaming', lastConnectAt: longAgo }, 10)).toMatchObject({
      code: 1,
      output: expect.stringContaining('no answer of Salesforce'),
    });
  });
});

describe('the bundle of the sinks', () => {
  it("holds the user's definition, and depends on the code only", () => {
    const stage = () =>
      stageFolder(new Stack(createApp(true), 'bundle'), [
        { entry: programFile('functions/sink/handler'), definition: definitionFile, fileName: 'index.mjs' },
      ]);
    const [first, second] = [stage(), stage()];
    for (const file of ['index.mjs', 'index.mjs.map']) {
      const text = readFileSync(path.join(first, file), 'utf8');
      expect(text).toBe(readFileSync(path.join(second, file), 'utf8'));
      expect(text).not.toContain(process.cwd());
    }
    expect(readFileSync(path.join(first, 'index.mjs'), 'utf8')).toContain('erp.price-updates');
  });
});
