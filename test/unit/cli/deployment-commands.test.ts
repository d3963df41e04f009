import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Connections } from '../../../cli/check-connections.ts';
import { checkCommand } from '../../../cli/commands/check.ts';
import { credentialsCommand } from '../../../cli/commands/credentials.ts';
import { planCommand } from '../../../cli/commands/plan.ts';

const from = { from: 'user' } as const;

/** A file as infra/environments.ts is one. */
async function environmentsFile(environments: object): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'environments-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'environments.mjs');
  await writeFile(file, `export const environments = ${JSON.stringify(environments)};\n`);
  return file;
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
});

describe('bridge plan', () => {
  it('counts with the numbers it is given', async () => {
    const printed: string[] = [];
    const args = ['--env', 'prod', '--records-per-day', '15000', '--calls-allowed', '1000', '--peak', '2000'];
    await planCommand((text) => printed.push(text)).parseAsync(args, from);
    expect(printed.join('')).toContain('about 452 a day, 45.2 % of 1,000');
    expect(printed.join('')).toContain("15 partition(s) of the sink's topic and 3 poller(s)");
  });
});

describe('bridge credentials put', () => {
  const good = { consumerKey: 'key', consumerSecret: 'hidden', baseUri: 'https://shop.my.salesforce.com' };
  const put = async (stdin: string, ...args: string[]) => {
    const printed: string[] = [];
    const sent: PutSecretValueCommand[] = [];
    const client = { send: async (command: unknown) => void sent.push(command as PutSecretValueCommand) };
    const command = credentialsCommand({
      print: (text) => printed.push(text),
      input: Readable.from([stdin]),
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

  it('refuses an org that the definition does not have', async () => {
    await expect(put(JSON.stringify(good), '--env', 'dev', '--org', 'other')).rejects.toThrow(
      '--org: must be one of main',
    );
  });
});
