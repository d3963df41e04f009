import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentationAccount as account } from '../../../infra/environment-settings.ts';
import { type LocalAws, startLocalAws } from '../../../local/aws/start-local-aws.ts';
import { startProcess } from '../../../local/processes/start-process.ts';
import { pythonWith } from '../../../local/python-package.ts';
import manifest from '../../../package.json' with { type: 'json' };
import { testCache } from '../local/local-broker.ts';
import { assumeRole, logInFromGithub, rootOf, type Variables, writeAccessStack } from './local-access.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const delivery = path.join(repository, 'examples/delivery');
const region = 'eu-central-1';
const surroundings = { cache: testCache, environment: process.env, startProcess };

interface Step {
  readonly run?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
}
interface Job {
  readonly environment?: string;
  readonly steps: readonly Step[];
}
interface Workflow {
  readonly jobs: Readonly<Record<string, Job>>;
}

let folder = '';
let python = '';
let workflow: Workflow;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'delivery-'));
  const waysOut = 'or run the other tests only.';
  const checker = { name: 'check-jsonschema', version: '0.39.0', neededBy: 'The check of workflows', waysOut };
  python = await pythonWith(checker, surroundings);
  const print =
    'import json, sys; from ruamel.yaml import YAML; json.dump(YAML(typ="safe").load(sys.stdin), sys.stdout)';
  const { stdout } = await shell(`"${python}" -c '${print}' < "${delivery}/deploy.yml"`, {});
  workflow = JSON.parse(stdout) as Workflow;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  /** What was printed to either stream. */
  readonly said: string;
}

/** Runs a command as a step of a workflow does: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell */
function shell(command: string, variables: Variables, cwd = repository): Promise<Ended> {
  const env = {
    ...process.env,
    CI: 'true',
    NO_COLOR: '1',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    AWS_EC2_METADATA_DISABLED: 'true',
    CDK_OUTPUT: path.join(folder, 'cdk.out'),
    ...variables,
  };
  return promisify(execFile)('bash', ['-e', '-c', command], { cwd, env, maxBuffer: 2 ** 26 }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, said: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      stdout: error.stdout,
      said: error.stdout + error.stderr,
    }),
  );
}

/** The one command of a job that contains these words. */
function commandOf(job: string, words: string): string {
  const [command = '', ...others] = (workflow.jobs[job]?.steps ?? []).flatMap(({ run }) =>
    run?.includes(words) ? [run] : [],
  );
  expect([command === '', others], `${words} in ${job}`).toEqual([false, []]);
  return command;
}

describe('by its schema', () => {
  const check = (schema: string, file: string) =>
    shell(`"${python}" -m check_jsonschema --builtin-schema vendor.${schema} "${file}"`, {});

  it.each([
    ['github-workflows', 'examples/delivery/deploy.yml'],
    ['github-workflows', '.github/workflows/ci.yml'],
    ['compose-spec', 'compose.yaml'],
  ])('%s takes %s', async (schema, file) => {
    const { code, said } = await check(schema, file);
    expect(code, said).toBe(0);
  });

  it('a misspelt key is noticed', async () => {
    const file = path.join(folder, 'careless.yml');
    const text = await readFile(path.join(delivery, 'deploy.yml'), 'utf8');
    await writeFile(file, text.replace('runs-on:', 'runs_on:'));
    expect(await check('github-workflows', file)).toMatchObject({
      code: 1,
      said: expect.stringContaining('jobs.diff'),
    });
  });
});

describe('the commands of the workflow', () => {
  it('are all there', () => {
    const commands = new Set(
      Object.values(workflow.jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? [])),
    );
    const known = (command: string) => {
      const [tool, verb = '', name = ''] = command.split(' ');
      if (tool === 'npm' && verb === 'run') return Object.hasOwn(manifest.scripts, name);
      return command === 'npm ci' || (tool === 'npx' && verb === 'cdk');
    };
    expect(commands.size).toBeGreaterThan(4);
    expect([...commands].filter((command) => !known(command))).toEqual([]);
  });

  it('check an environment before it is deployed, and end there when it still has the account of the documentation', async () => {
    const command = commandOf('prod', 'bridge -- check');
    expect(await shell(command, { TARGET: 'dev' })).toMatchObject({
      code: 0,
      said: expect.stringContaining('commerce-dev: 1 source(s) and 1 sink(s), nothing to mend'),
    });
    expect(await shell(command, { TARGET: 'prod' })).toMatchObject({
      code: 1,
      said: expect.stringContaining(`prod.account: ${account} is the account of AWS's documentation`),
    });
    const { steps = [] } = workflow.jobs['prod'] ?? {};
    const place = (words: string) => steps.findIndex(({ run }) => run?.includes(words));
    expect(place('bridge -- check')).toBeLessThan(place('cdk deploy'));
  });
});

describe('in a local AWS that judges every right', () => {
  const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`;
  const bootstrapRole = (use: string) => roleArn(`cdk-hnb659fds-${use}-role-${account}-${region}`);
  const roles = { diff: roleArn('bridge-diff'), deploy: roleArn('bridge-deploy') };
  const pullRequest = { sub: 'repo:OWNER/REPOSITORY:pull_request' };
  const inEnvironment = (name: string) => ({ sub: `repo:OWNER/REPOSITORY:environment:${name}` });
  const refused = { name: 'AccessDenied' };
  let aws: LocalAws;
  let placed: Variables;

  beforeAll(async () => {
    aws = await startLocalAws({ ...surroundings, region, authorizes: true, runFolder: path.join(folder, 'aws') });
    placed = { AWS_ENDPOINT_URL: aws.endpoint, AWS_REGION: region, AWS_DEFAULT_REGION: region };
    const root = { ...placed, ...rootOf(account) };
    const read = async (file: string) => JSON.parse(await readFile(path.join(delivery, file), 'utf8')) as object;
    const role = async (use: string) => ({
      name: `bridge-${use}`,
      trust: await read(`${use}-trust.json`),
      policy: await read(`${use}-policy.json`),
    });
    const access = writeAccessStack(
      folder,
      { account, region },
      {
        roles: [await role('diff'), await role('deploy')],
        policyName: 'bridge-deployment',
        policy: await read('deployment-policy.json'),
      },
    );
    const cdk = `"${repository}/node_modules/.bin/cdk"`;
    const made = await shell(`${cdk} deploy --app "${access}" --require-approval never`, root, folder);
    expect(made.code, made.said).toBe(0);
    // As in the README.
    const policy = `--cloudformation-execution-policies arn:aws:iam::${account}:policy/bridge-deployment`;
    const bootstrapped = await shell(`${cdk} bootstrap aws://${account}/${region} ${policy}`, root, folder);
    expect(bootstrapped.code, bootstrapped.said).toBe(0);
  });
  afterAll(() => aws.stop());

  /** What GitHub says about a job of the workflow. */
  const claimsOf = (name: string) => {
    const { environment } = workflow.jobs[name] ?? {};
    return environment === undefined ? pullRequest : inEnvironment(environment);
  };
  const roleOf = (name: string) => {
    const login = workflow.jobs[name]?.steps.find(({ uses }) =>
      uses?.startsWith('aws-actions/configure-aws-credentials'),
    );
    return login?.with?.['role-to-assume']?.includes('DIFF_ROLE_ARN') ? roles.diff : roles.deploy;
  };

  it('every job logs in to the role that it names', async () => {
    for (const job of Object.keys(workflow.jobs)) {
      expect(await logInFromGithub(aws, roleOf(job), claimsOf(job)), job).toHaveProperty('AWS_SESSION_TOKEN');
    }
    expect(Object.keys(workflow.jobs).map(roleOf)).toEqual([roles.diff, roles.deploy, roles.deploy]);
  });

  it.each([
    ['a pull request gets no right to deploy', roles.deploy, pullRequest],
    ['nor does a branch outside any environment', roles.deploy, { sub: 'repo:OWNER/REPOSITORY:ref:refs/heads/main' }],
    ['nor another environment', roles.deploy, inEnvironment('playground')],
    ['nor another repository', roles.deploy, { sub: 'repo:OWNER/OTHER:environment:prod' }],
    ['nor a token for somebody else', roles.deploy, { ...inEnvironment('prod'), aud: 'https://github.com/OWNER' }],
    ["a fork's pull request sees nothing", roles.diff, { sub: 'repo:OTHER/REPOSITORY:pull_request' }],
  ])('%s', async (_, role, claims) => {
    await expect(logInFromGithub(aws, role, claims)).rejects.toMatchObject(refused);
  });

  it('each role gets to those roles of the bootstrap that it needs', async () => {
    const uses = ['lookup', 'deploy', 'file-publishing', 'image-publishing', 'cfn-exec'];
    const reachable = async (role: string, claims: { sub: string }) => {
      const credentials = await logInFromGithub(aws, role, claims);
      const asked = uses.map((use) =>
        assumeRole(aws, credentials, bootstrapRole(use)).then(
          () => [use],
          (error: unknown) => {
            expect(error).toMatchObject(refused);
            return [];
          },
        ),
      );
      return (await Promise.all(asked)).flat();
    };
    expect(await reachable(roles.diff, pullRequest)).toEqual(['lookup']);
    expect(await reachable(roles.deploy, inEnvironment('prod'))).toEqual([
      'deploy',
      'file-publishing',
      'image-publishing',
    ]);
  });

  it('a pull request shows the difference, with the lookup role alone', async () => {
    const credentials = await logInFromGithub(aws, roles.diff, pullRequest);
    const { code, said } = await shell(commandOf('diff', 'cdk diff'), { ...placed, ...credentials });
    expect(code, said).toBe(0);
    expect(said).toContain('[+] AWS::DynamoDB::GlobalTable');
    expect(said).toContain('Number of stacks with differences: 1');
    expect(said).not.toContain('could not be used to assume');
  });
});
