import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const main = join(import.meta.dirname, '../../../local/org/main.ts');
let folder: string;
let child: ChildProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'org-'));
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

function run(...flags: readonly string[]): ChildProcess {
  child = spawn(process.execPath, [main, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  return child;
}

async function firstLine(process: ChildProcess): Promise<string> {
  if (process.stdout === null) throw new Error('no output');
  const [line] = await once(createInterface({ input: process.stdout }), 'line');
  return String(line);
}

describe('the org command', () => {
  it('prints its connection data as JSON and ends at once on SIGTERM, a held connect included', async () => {
    const process = run('--port', '0', '--json');
    const org = JSON.parse(await firstLine(process)) as Record<string, string>;
    expect(Object.keys(org)).toEqual([
      'instanceUrl',
      'clientId',
      'clientSecret',
      'username',
      'password',
      'securityToken',
      'jwtPrivateKeyFile',
      'controlUrl',
    ]);
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: org['clientId'] ?? '',
      client_secret: org['clientSecret'] ?? '',
    });
    const token = await fetch(`${org['instanceUrl']}/services/oauth2/token`, { method: 'POST', body });
    const { access_token: accessToken } = (await token.json()) as { access_token: string };
    const bayeux = async (message: object, cookie = ''): Promise<Response> =>
      fetch(`${org['instanceUrl']}/cometd/66.0`, {
        method: 'POST',
        body: JSON.stringify([message]),
        headers: { authorization: `Bearer ${accessToken}`, cookie },
      });
    const handshake = await bayeux({ channel: '/meta/handshake' });
    const cookie = handshake.headers.getSetCookie()[0]?.split(';')[0];
    const [{ clientId }] = (await handshake.json()) as [{ clientId: string }];
    const connect = { channel: '/meta/connect', clientId, connectionType: 'long-polling' };
    await bayeux(connect, cookie);
    const held = bayeux(connect, cookie).catch(() => 'broken');
    const start = performance.now();
    process.kill('SIGTERM');
    const [code] = await once(process, 'exit');
    expect(code).toBe(0);
    expect(performance.now() - start).toBeLessThan(1000);
    expect(await held).toBe('broken');
  });

  it('refuses a bad seed with every problem', async () => {
    const seed = join(folder, 'seed.json');
    await writeFile(seed, JSON.stringify({ apps: [{ name: 'x' }], nope: 1 }));
    const process = run('--port', '0', '--seed', seed);
    let text = '';
    process.stderr?.on('data', (chunk) => {
      text += String(chunk);
    });
    const [code] = await once(process, 'close');
    expect(code).toBe(1);
    expect(text).toContain('apps.0.clientId');
    expect(text).toContain('apps.0.clientSecret');
    expect(text).toContain('nope');
  });

  it('loads a seed with fields and rows', async () => {
    const seed = join(folder, 'seed.json');
    const content = {
      apps: [{ name: 'erp', clientId: 'erp-key', clientSecret: 'erp-secret', runAs: 'integration@example.org' }],
      customFields: { Product2: [{ name: 'Colour__c', type: 'picklist', values: ['Red'], restricted: true }] },
      rows: { Product2: [{ Name: 'Seeded', External_Id__c: 'S-1', Colour__c: 'red' }] },
    };
    await writeFile(seed, JSON.stringify(content));
    const process = run('--port', '0', '--seed', seed, '--json');
    const org = JSON.parse(await firstLine(process)) as Record<string, string>;
    expect(org['clientId']).toBe('erp-key');
    const rows = await (await fetch(`${org['controlUrl']}/rows/Product2`)).json();
    expect(rows).toMatchObject([{ Name: 'Seeded', Colour__c: 'Red' }]);
  });
});
