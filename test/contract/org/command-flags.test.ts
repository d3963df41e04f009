import type { ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectionData, endCommand, runOrgCommand, runOrgScript } from './command-support.ts';

let folder: string;
const running: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'org-'));
});
afterEach(async () => {
  for (const command of running.splice(0)) await endCommand(command);
  await rm(folder, { recursive: true });
});

async function start(...flags: readonly string[]) {
  return started(runOrgCommand('--port', '0', '--json', ...flags));
}

async function started(command: ChildProcess) {
  running.push(command);
  return { command, org: await connectionData(command) };
}

type Org = Readonly<Record<string, string>>;

function credentials(org: Org): string {
  const { clientId = '', clientSecret = '' } = org;
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
  return String(new URLSearchParams(form));
}

async function rest(org: Org, path: string, body?: unknown) {
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  const login = { method: 'POST', headers: type, body: credentials(org) };
  const token = await (await fetch(`${org['instanceUrl']}/services/oauth2/token`, login)).json();
  const { access_token: accessToken } = token as { access_token: string };
  const headers = { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' };
  const content = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(`${org['instanceUrl']}/services/data/v66.0/${path}`, { headers, ...content });
  return (await response.json()) as Record<string, unknown>;
}

describe('the flags of the org command', () => {
  it('--tls serves https to whoever trusts the file caFile', async () => {
    const { org } = await started(runOrgScript('--port', '0', '--tls', '--json'));
    expect(org['instanceUrl']).toMatch(/^https:\/\/localhost:\d+$/);
    const ca = await readFile(org['caFile'] ?? '', 'utf8');
    const status = await new Promise<number | undefined>((done, failed) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const sent = request(
        `${org['instanceUrl']}/services/oauth2/token`,
        { method: 'POST', ca, headers },
        (response) => {
          response.resume();
          done(response.statusCode);
        },
      );
      sent.on('error', failed);
      sent.end(credentials(org));
    });
    expect(status).toBe(200);
  });

  it('--state keeps the rows from one run to the next', async () => {
    const file = join(folder, 'state.json');
    const first = await start('--state', file);
    const { id } = await rest(first.org, 'sobjects/Account', { Name: 'kept', External_Id__c: 'k' });
    expect(await endCommand(first.command)).toBe(0);
    const second = await start('--state', file);
    expect(await rest(second.org, 'sobjects/Account/External_Id__c/k')).toMatchObject({ Id: id, Name: 'kept' });
  });

  it("--metadata reads Salesforce's source format, --seed adds rows to it", async () => {
    const source = join(folder, 'objects/Order_Line__c');
    await mkdir(join(source, 'fields'), { recursive: true });
    const xml = (root: string, content: string): string =>
      `<?xml version="1.0"?><${root} xmlns="http://soap.sforce.com/2006/04/metadata">${content}</${root}>`;
    const nameField = '<nameField><label>Number</label><type>Text</type></nameField>';
    await writeFile(
      join(source, 'Order_Line__c.object-meta.xml'),
      xml('CustomObject', `<label>Order Line</label><pluralLabel>Order Lines</pluralLabel>${nameField}`),
    );
    const sku = '<fullName>Sku__c</fullName><label>SKU</label><type>Text</type><length>20</length>';
    await writeFile(
      join(source, 'fields/Sku__c.field-meta.xml'),
      xml('CustomField', `${sku}<externalId>true</externalId>`),
    );
    const seed = join(folder, 'seed.json');
    await writeFile(seed, JSON.stringify({ rows: { Order_Line__c: [{ Name: '1', Sku__c: 'S-1' }] } }));
    const { org } = await start('--metadata', folder, '--seed', seed);
    expect(await rest(org, 'sobjects/Order_Line__c/Sku__c/S-1')).toMatchObject({ Name: '1', Sku__c: 'S-1' });
  });

  it('--profile lets calls take their time', async () => {
    const { org } = await start('--profile', 'lean');
    await rest(org, 'limits');
    const journal = await fetch(`${org['controlUrl']}/journal?last=1`);
    // The profile's 80 ms a call, less its spread.
    expect(await journal.json()).toMatchObject([{ durationMs: expect.toSatisfy((spent: number) => spent > 55) }]);
  });

  it('--port takes the port it names, and says so when it is taken', async () => {
    const { org } = await start();
    const port = new URL(org['instanceUrl'] ?? '').port;
    const second = runOrgCommand('--port', port, '--json');
    running.push(second);
    let text = '';
    second.stderr?.on('data', (chunk) => {
      text += String(chunk);
    });
    await expect.poll(() => second.exitCode, { timeout: 10_000 }).toBe(1);
    expect(text).toContain(`Port ${port}`);
  });
}, 60_000);
