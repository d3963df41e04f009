import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentationAccount } from '../../../infra/environment-settings.ts';
import { type AwsAccess, type LocalAws, startLocalAws } from '../../../local/aws/start-local-aws.ts';
import { createRunCdk } from '../../../local/cloud/cdk.ts';
import { startProcess } from '../../../local/processes/start-process.ts';
import { testCache } from '../local/local-broker.ts';

const region = 'eu-central-1';
const own = '444455556666';
let folder = '';
let aws: LocalAws;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'documentation-account-'));
  const surroundings = { cache: testCache, environment: process.env, startProcess, region };
  aws = await startLocalAws({ ...surroundings, runFolder: path.join(folder, 'aws') });
});
afterAll(async () => {
  await aws.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A local AWS takes an access key of twelve digits for the account that calls. */
function inAccount(account: string): AwsAccess {
  return { ...aws, credentialsEnv: { ...aws.credentialsEnv, AWS_ACCESS_KEY_ID: account } };
}

/** Runs `cdk deploy` and answers what it printed. */
async function deploy(name: string, access: AwsAccess, account: string, args: readonly string[]) {
  const runCdk = createRunCdk({ aws: access, environment: process.env, runFolder: folder });
  const settings = { brokers: '127.0.0.1:9092', region, account, memoryMb: 512 };
  await runCdk(`bootstrap-${name}`, ['bootstrap', `aws://${account}/${region}`]);
  const output = path.join(folder, name);
  const ended = runCdk(name, ['deploy', '--require-approval', 'never', '--output', output, ...args], settings);
  const failed = await ended.then(
    () => false,
    () => true,
  );
  return { failed, said: await readFile(path.join(folder, `cdk-${name}.log`), 'utf8') };
}

/** The stacks of the bridge as far as a local cloud knows their parts. */
const localStacks = ['--all', '--app', 'node infra/local-app.ts'];

describe("the account of AWS's documentation is refused with the path of the setting", () => {
  it('by cdk deploy -c env=prod, which has no credentials of it', async () => {
    const { failed, said } = await deploy('prod', inAccount(own), own, ['-c', 'env=prod']);
    expect(failed).toBe(true);
    expect(said).toContain(`environments.ts, prod.account: ${documentationAccount} is the account`);
    expect(said).toContain(`aws://${documentationAccount}/${region}`);
  });

  it('by the rule in the template, were there credentials of it', async () => {
    const account = documentationAccount;
    const { failed, said } = await deploy('refused', inAccount(account), account, localStacks);
    expect(failed).toBe(true);
    // What CloudFormation says, after the warning of the synth.
    expect(said).toContain(`OwnAccount failed: environments.ts, local.account: ${account}`);
  });

  it('and your own account is not', async () => {
    const { failed, said } = await deploy('taken', inAccount(own), own, localStacks);
    expect(failed, said).toBe(false);
  });
});
