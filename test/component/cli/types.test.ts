import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { connectDescribe } from '../../../cli/commands/connect-describe.ts';
import { typesCommand } from '../../../cli/commands/types.ts';
import { loadRecipe, metadataFolderOf } from '../../../local/dev/recipe.ts';
import { type StartedOrg, startOrg } from '../../../local/org/org.ts';

let org: StartedOrg | undefined;
const folders: string[] = [];
afterEach(async () => {
  await org?.close();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

const examples = new URL('../../../examples/', import.meta.url);
const recipesWithTypes = readdirSync(examples).filter((name) =>
  existsSync(new URL(`${name}/salesforce-types.ts`, examples)),
);

const definitionOf = (recipe: string) =>
  fileURLToPath(new URL(`../../../examples/${recipe}/bridge.config.ts`, import.meta.url));

/** Writes the types of a recipe from the org it needs. */
async function writeTypes(recipe: string, ...args: string[]): Promise<string> {
  const definition = definitionOf(recipe);
  const metadataFolder = metadataFolderOf(definition);
  const seed = (await loadRecipe(definition))?.seed ?? {};
  org = await startOrg({ port: 0, controlPort: 0, seed, ...(metadataFolder === undefined ? {} : { metadataFolder }) });
  const folder = await mkdtemp(path.join(tmpdir(), 'bridge-types-'));
  folders.push(folder);
  const out = path.join(folder, 'salesforce-types.ts');
  const connect = connectDescribe({
    SALESFORCE_LOGIN_URL: org.instanceUrl,
    SALESFORCE_CLIENT_ID: org.credentials.clientId,
    SALESFORCE_CLIENT_SECRET: org.credentials.clientSecret,
  });
  await typesCommand({ print: () => undefined, connect })
    .exitOverride()
    .parseAsync(['--bridge', definition, '--out', out, ...args], { from: 'user' });
  return readFile(out, 'utf8');
}

describe('bridge types', () => {
  it.each(recipesWithTypes)('writes the types that stand beside the definition of %s', async (recipe) => {
    const standing = await readFile(path.join(path.dirname(definitionOf(recipe)), 'salesforce-types.ts'), 'utf8');
    expect(await writeTypes(recipe)).toBe(standing);
  });

  it('writes the objects it is told, with closed picklists and parents by external ID', async () => {
    const text = await writeTypes('sensor-status', '--objects', 'Account,Contact');
    expect(text).toContain("Status__c?: 'OK' | 'Warm' | 'Alarm' | null;");
    expect(text).toContain('export type ContactRow = {');
    expect(text).toMatch(/ {2}Account\?: .*\{ Device__c: string \} \| \{ External_Id__c: string \}/);
    expect(text).toContain('  LastName?: string;');
    expect(text).not.toContain('CreatedDate');
    expect(text).not.toContain('MailingAddress?');
  });

  it('says what is missing', async () => {
    expect(() => connectDescribe({})({ name: 'main', auth: 'clientCredentials', apiVersion: '66.0' } as never)).toThrow(
      /SALESFORCE_LOGIN_URL/,
    );
    await expect(writeTypes('sensor-status', '--org', 'other')).rejects.toThrow('--org: must be one of main');
    await expect(writeTypes('sensor-status', '--objects', 'Nothing__c')).rejects.toThrow(/Nothing__c|NOT_FOUND/);
  });
});
