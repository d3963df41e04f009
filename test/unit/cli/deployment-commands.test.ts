import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import {
  InvalidRequestException,
  type PutSecretValueCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Connections } from '../../../cli/check-connections.ts';
import { checkCommand } from '../../../cli/commands/check.ts';
import { credentialsCommand } from '../../../cli/commands/credentials.ts';
import { planCommand } from '../../../cli/commands/plan.ts';
import { snapshotCommand } from '../../../cli/commands/snapshot.ts';

const from = { from: 'user' } as const;

async function fileOf(name: string, text: string): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'deployment-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = path.join(folder, name);
  await writeFile(file, text);
  return file;
}

/** A file as infra/environments.ts is one. */
function environmentsFile(environments: object): Promise<string> {
  return fileOf('environments.mjs', `export const environments = ${JSON.stringify(environments)};\n`);
}

describe('bridge check', () => {
  const connections: Connections = {
    kafka: async () => ({
      topics: async () => new Set(['erp.price-updates', 'salesforce.product.updates']),
      findTransactions: async () => expect.fail('the coordinator is not available'),
    }),
    logIn: async (org, secretId) => expect.fail(`Secret ${secretId} has no value for ${org.name}`),
  };
  const check = async (...args: string[]) => {
    const printed: string[] = [];
    await checkCommand({ print: (text) => printed.push(text), connect: () => connections })
      .exitOverride()
      .parseAsync(args, from);
    return printed.join('');
  };

  it('says what would be deployed', async () => {
    expect(await check('--env', 'dev')).toBe('commerce-dev: 1 source(s) and 1 sink(s), nothing to mend\n');
  });

  it('tries every connection when asked to, and names all that is wrong at once', async () => {
    await expect(check('--env', 'dev', '--connect')).rejects.toMatchObject({
      code: 'SKB_CONFIG_INVALID',
      context: {
        problems: [
          'sources.products.deadLetterTopic: there is no topic salesforce.product.updates.dead-letter, or this login may not see it',
          'sinks.prices, what it writes: there is no topic erp.price-updates.dead-letter, or this login may not see it',
          'environment dev, cluster, transactions of commerce.dev.main.data.Product2ChangeEvent: the coordinator is not available',
          'orgs.main: Secret commerce/main/dev has no value for main',
        ],
      },
    });
  });

  it("refuses the account of AWS's documentation by its path", async () => {
    await expect(check('--env', 'prod')).rejects.toMatchObject({
      code: 'SKB_CONFIG_INVALID',
      message: expect.stringContaining('prod.account: 111122223333'),
    });
  });

  it('takes an Express cluster by its ARN, and refuses replicas that it does not have', async () => {
    const express = (replicationFactor: number) => ({
      network: { kind: 'create' },
      cluster: {
        kind: 'msk',
        brokerType: 'express',
        arn: 'arn:aws:kafka:eu-central-1:444455556666:cluster/events/11111111-2222-3333-4444-555555555555-7',
        brokers: 'b-1.events.example:9098',
      },
      topics: { replicationFactor },
    });
    const file = await environmentsFile({ good: express(3), bad: express(2) });
    expect(await check('--env', 'good', '--environments', file)).toContain('commerce-good');
    await expect(check('--env', 'bad', '--environments', file)).rejects.toThrow('topics.replicationFactor: must be 3');
  });

  it('refuses an environment there is none of, and a file that cannot be loaded', async () => {
    await expect(check('--env', 'test')).rejects.toThrow('There is no environment test');
    await expect(check('--env', 'dev', '--bridge', 'no.config.ts')).rejects.toThrow('no.config.ts cannot be loaded');
  });

  it.each<[string, string, string]>([
    ['throws, with the place', "\nthrow new Error('no region is set');", 'cannot be loaded: no region is set ('],
    ['is no TypeScript', 'export default { name: ', 'cannot be loaded: '],
    ['imports what is not there', "import './nowhere.ts';", 'cannot be loaded: Cannot find module'],
    [
      'exports nothing by default',
      'export const bridge = {};',
      'must export a definition: export default defineBridge',
    ],
    ['exports a promise', 'export default Promise.resolve({});', 'bridge: is a promise of a definition; await it'],
    ['exports a function', 'export default () => ({});', 'bridge: must be the result of defineBridge({ … })'],
    [
      'has a step that is none',
      "export default { name: 'a', orgs: { main: {} }, sinks: { b: { topic: 't', write: { operation: 'create', object: 'A' }, transform: { steps: [{ run() {} }, null, {}] } } } };",
      '2 problems:\n  sinks.b.transform.steps.1: must be a step, such as map(…) or filter(…)\n  sinks.b.transform.steps.2:',
    ],
  ])('refuses a definition file that %s', async (_, text, problem) => {
    const file = await fileOf('bridge.config.ts', text);
    await expect(check('--env', 'dev', '--bridge', file)).rejects.toMatchObject({
      code: 'SKB_CONFIG_INVALID',
      message: expect.stringContaining(problem),
    });
  });

  it('names the line that a definition file ends at', async () => {
    const file = await fileOf('bridge.config.ts', "\n\nthrow new Error('not today');\n");
    await expect(check('--env', 'dev', '--bridge', file)).rejects.toThrow(`not today (${file}:3)`);
  });

  it.each([
    ['nothing', 'export default {};', 'must export environments by their names'],
    ['a list', 'export const environments = [];', 'must export environments by their names'],
    ['null as one', 'export const environments = { dev: null };', 'environment: must be an object of settings'],
    ['another', 'export const environments = { Dev_1: {} };', 'There is no environment dev; environments.ts has Dev_1'],
  ])('refuses a file of environments that exports %s', async (_, text, problem) => {
    const file = await fileOf('environments.mjs', text);
    await expect(check('--env', 'dev', '--environments', file)).rejects.toThrow(problem);
  });

  it('names what is wrong in the definition and in the environment at once', async () => {
    const bridge = await fileOf('bridge.config.ts', "export default { name: 'My Shop', orgs: {} };");
    const environments = await fileOf('environments.mjs', 'export const environments = { dev: { account: 1 } };');
    await expect(check('--env', 'dev', '--bridge', bridge, '--environments', environments)).rejects.toMatchObject({
      message: expect.stringMatching(/The bridge definition has 3 problems:[\s\S]*Environment dev has 3 problems:/),
      context: {
        problems: expect.arrayContaining([expect.stringMatching(/^name:/), expect.stringMatching(/^account:/)]),
      },
    });
    await expect(check('--env', '', '--bridge', bridge)).rejects.toThrow(/3 problems[\s\S]*Say which environment/);
  });
});

describe('bridge plan', () => {
  it('counts with the numbers it is given', async () => {
    const printed: string[] = [];
    const args = ['--env', 'prod', '--records-per-day', '15000', '--calls-allowed', '1000', '--peak', '2000'];
    await planCommand((text) => printed.push(text)).parseAsync(args, from);
    expect(printed.join('')).toContain('about 452 a day, 45.2 % of 1,000');
    expect(printed.join('')).toContain("15 partition(s) of the sink's topic and 3 poller(s).");
  });

  it('says where the org or the environment has too little', async () => {
    const printed: string[] = [];
    const args = ['--env', 'prod', '--records-per-day', '1000000', '--calls-allowed', '1000', '--peak', '20000'];
    await planCommand((text) => printed.push(text)).parseAsync(args, from);
    expect(printed.join('')).toContain('% of 1,000, **which is more than the org has**');
    expect(printed.join('')).toContain('30 poller(s); **the environment allows 4** (`eventSource.maximumPollers`)');
  });
});

describe('bridge snapshot', () => {
  const asked: unknown[] = [];
  const snapshot = (...args: string[]) =>
    snapshotCommand({
      print: () => undefined,
      connect: (_, table) => ({ add: async (key, reread) => void asked.push([table, key.channel, reread.object]) }),
      date: () => new Date(0),
    }).parseAsync(['--env', 'dev', ...args], from);

  it('asks in the table of the environment', async () => {
    await snapshot('--source', 'products', '--from', '2026-01-01', '--to', '2026-01-02');
    expect(asked).toEqual([['commerce-dev-state', '/data/Product2ChangeEvent', 'Product2']]);
  });

  it.each([
    ['a source that there is none of', ['--source', 'product'], '--source: must be one of products'],
    ['an object of another source', ['--source', 'products', '--object', 'Lead'], '--object: source products names'],
    ['a time that is none', ['--source', 'products', '--from', 'yesterday'], '--from: must be a time in ISO 8601'],
    [
      'a range that ends before it begins',
      ['--source', 'products', '--from', '2026-01-02', '--to', '2026-01-01'],
      '--to: must be after --from',
    ],
  ])('refuses %s', async (_, args, problem) => {
    await expect(snapshot(...args)).rejects.toThrow(problem);
  });
});

describe('bridge credentials put', () => {
  const good = { consumerKey: 'key', consumerSecret: 'hidden', baseUri: 'https://shop.my.salesforce.com' };
  const put = async (stdin: string, ...rest: (Error | string)[]) => {
    const printed: string[] = [];
    const sent: PutSecretValueCommand[] = [];
    const args = rest.filter((each) => typeof each === 'string');
    const [refusal] = rest.filter((each) => typeof each !== 'string');
    const client = {
      send: async (command: unknown) => {
        if (refusal !== undefined) throw refusal;
        sent.push(command as PutSecretValueCommand);
      },
    };
    const command = credentialsCommand({
      print: (text) => printed.push(text),
      input: Readable.from([Buffer.from(stdin)]),
      connect: () => client as never,
    });
    await command.parseAsync(['put', ...args], from);
    return { printed: printed.join(''), sent: sent.map((each) => each.input) };
  };

  it('stores what is on stdin in the secret of the environment, and prints no part of it', async () => {
    const { printed, sent } = await put(JSON.stringify(good), '--env', 'dev');
    expect(sent).toEqual([{ SecretId: 'commerce/main/dev', SecretString: JSON.stringify(good) }]);
    expect(printed).toBe('commerce/main/dev is filled for shop.my.salesforce.com\n');
  });

  it('stores nothing that the poller could not use, and names the fields only', async () => {
    const { consumerKey, ...without } = good;
    await expect(put(JSON.stringify(without), '--env', 'dev')).rejects.toThrow(/consumerKey/);
    await expect(put(JSON.stringify(without), '--env', 'dev')).rejects.not.toThrow(/hidden/);
    await expect(put('hidden', '--env', 'dev')).rejects.toThrow('does not hold JSON');
  });

  it.each([
    ['no object', '[]', 'unusable fields for clientCredentials: all of consumerKey, consumerSecret, baseUri'],
    ['nothing', '', 'does not hold JSON'],
    [
      'an address without https',
      JSON.stringify({ ...good, baseUri: 'shop.my.salesforce.com' }),
      'baseUri (the address',
    ],
    [
      'an address that is not encrypted',
      JSON.stringify({ ...good, baseUri: 'http://shop.my.salesforce.com' }),
      'baseUri',
    ],
    ['an address with a path', JSON.stringify({ ...good, baseUri: `${good.baseUri}/services` }), 'baseUri'],
    [
      'an address with a login',
      JSON.stringify({ ...good, baseUri: 'https://me:pw@shop.my.salesforce.com' }),
      'baseUri',
    ],
    ['another kind of address', JSON.stringify({ ...good, baseUri: 'ftp://shop.my.salesforce.com' }), 'baseUri'],
  ])('stores nothing when stdin holds %s', async (_, stdin, problem) => {
    await expect(put(stdin, '--env', 'dev')).rejects.toThrow(problem);
  });

  it('takes the address of an emulator on this machine, and a file that begins with a byte order mark', async () => {
    const local = JSON.stringify({ ...good, baseUri: 'http://127.0.0.1:8080' });
    expect((await put(`\uFEFF${local}`, '--env', 'dev')).sent).toEqual([
      { SecretId: 'commerce/main/dev', SecretString: local },
    ]);
  });

  it('takes no credentials from arguments, and does not repeat what stood there', async () => {
    const refused = put('', '--env', 'dev', JSON.stringify(good));
    await expect(refused).rejects.toThrow('read from stdin only');
    await expect(refused).rejects.not.toThrow(/hidden/);
  });

  it.each([
    [
      'there is no such secret yet',
      new ResourceNotFoundException({ message: 'hidden', $metadata: {} }),
      'Secret commerce/main/dev was not filled: ResourceNotFoundException; the first deploy makes it',
    ],
    [
      'AWS refuses the call, without what it quotes of it',
      new InvalidRequestException({ message: 'hidden', $metadata: {} }),
      'Secret commerce/main/dev was not filled: InvalidRequestException',
    ],
    [
      'nobody is logged in to AWS',
      new Error('Could not load credentials from any providers'),
      'Secret commerce/main/dev was not filled: Could not load credentials from any providers',
    ],
  ])('says that %s', async (_, answer, message) => {
    await expect(put(JSON.stringify(good), answer, '--env', 'dev')).rejects.toMatchObject({
      name: 'BridgeError',
      message,
    });
  });

  it('refuses an org that the definition does not have', async () => {
    await expect(put(JSON.stringify(good), '--env', 'dev', '--org', 'other')).rejects.toThrow(
      '--org: must be one of main',
    );
  });
});
