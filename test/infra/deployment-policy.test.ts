import { readFileSync } from 'node:fs';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import definition from '#bridge';
import { createBridgeStack } from '../../infra/bridge-stack.ts';
import type { EnvironmentInput } from '../../infra/environment-settings.ts';
import { environments } from '../../infra/environments.ts';
import { parseEnvironment } from '../../infra/read-environment.ts';
import type { BridgeDefinition } from '../../shared/bridge/define-bridge.ts';
import { aggregate } from '../../shared/transform/aggregate.ts';
import { map } from '../../shared/transform/map.ts';
import { pipe } from '../../shared/transform/pipe.ts';
import { text } from '../../shared/transform/text.ts';
import { account, createApp, definitionFile, environment, type Statement } from './synthesize.ts';

const policy = JSON.parse(
  readFileSync(new URL('../../examples/delivery/deployment-policy.json', import.meta.url), 'utf8'),
) as { readonly Statement: readonly Statement[] };

const [sink] = Object.values(definition.sinks ?? {});
if (sink === undefined) throw new Error('The definition has no sink');

/** Everything that makes resources of its own, switched on. */
const everything: BridgeDefinition = {
  ...definition,
  sinks: {
    ...definition.sinks,
    sums: {
      ...sink,
      deadLetters: { kind: 'queue', bucket: true },
      transform: pipe(
        text(),
        aggregate({ key: (value) => value, start: 0, reduce: (sum) => sum + 1 }),
        map(({ key }) => ({ Key__c: key })),
      ),
    },
  },
};
const withEverything: EnvironmentInput = {
  ...environment,
  network: { ...environment.network, routeTableIds: ['rtb-11111111'] },
  topics: { create: 'all' },
  poller: { tasks: 2 },
  secretRotation: { everyDays: 30 },
  keyArn: `arn:aws:kms:eu-central-1:${account}:key/11111111-2222-3333-4444-555555555555`,
  alarms: { emails: ['on-call@example.com'] },
};

const deployments = [
  ...Object.entries(environments).map(([name, settings]) => ({ name, bridge: everything, settings })),
  { name: 'full', bridge: everything, settings: withEverything },
];
const templates = deployments.flatMap(({ name, bridge, settings }) => {
  const app = createApp();
  createBridgeStack(app, {
    bridge,
    definition: definitionFile,
    environment: parseEnvironment(name, settings),
    split: true,
  });
  return app.node.children
    .filter((child): child is Stack => 'stackName' in child)
    .map((stack) => ({ stack: stack.stackName, template: Template.fromStack(stack).toJSON() }));
});
const resources = templates.flatMap(({ stack, template }) =>
  Object.values(template['Resources'] as Record<string, { Type: string; Properties?: Record<string, unknown> }>).map(
    (resource) => ({ stack, ...resource }),
  ),
);

/** What CloudFormation calls for a type, where the policy does not allow the whole service. */
const callsOf: Readonly<Record<string, readonly string[]>> = {
  'AWS::IAM::Role': [
    'CreateRole',
    'DeleteRole',
    'GetRole',
    'PassRole',
    'TagRole',
    'UpdateRole',
    'ListRolePolicies',
  ].map((call) => `iam:${call}`),
  'AWS::IAM::Policy': ['iam:PutRolePolicy', 'iam:GetRolePolicy', 'iam:DeleteRolePolicy'],
  'AWS::SecretsManager::Secret': ['CreateSecret', 'UpdateSecret', 'DeleteSecret', 'TagResource'].map(
    (call) => `secretsmanager:${call}`,
  ),
  // https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html
  'AWS::SecretsManager::RotationSchedule': ['secretsmanager:RotateSecret', 'secretsmanager:CancelRotateSecret'],
  'AWS::S3::Bucket': [
    's3:CreateBucket',
    's3:DeleteBucket',
    's3:PutBucketOwnershipControls',
    's3:PutBucketPublicAccessBlock',
    's3:PutBucketTagging',
    's3:PutEncryptionConfiguration',
    's3:PutLifecycleConfiguration',
  ],
  'AWS::S3::BucketPolicy': ['s3:PutBucketPolicy', 's3:DeleteBucketPolicy'],
  'AWS::MSK::Topic': ['kafka:CreateTopic', 'kafka-cluster:Connect', 'kafka-cluster:CreateTopic'],
};
/** CloudFormation answers for custom resources by calling a function of the stack. */
const customCalls = ['lambda:InvokeFunction'];
/** Services whose actions do not begin with the name in the type. */
const prefixes: Readonly<Record<string, string>> = { MSK: 'kafka' };
const needs = (type: string): readonly string[] => {
  if (type.startsWith('Custom::')) return customCalls;
  const service = type.split('::')[1] ?? '';
  return callsOf[type] ?? [`${prefixes[service] ?? service.toLowerCase()}:AnythingAtAll`];
};
/** Where CloudFormation's own names begin with the name of the stack. */
const arnOf = (type: string, stack: string): string => {
  if (type.startsWith('AWS::IAM::')) return `arn:aws:iam::${account}:role/${stack}-BridgeRole-1A2B3C`;
  if (type.startsWith('AWS::S3::')) return `arn:aws:s3:::${bucketOf(stack)}`;
  return `arn:aws:any:eu-central-1:${account}:thing`;
};
const bucketOf = (stack: string) => `${stack.replace(/-state$/, '')}-claims-${account}-eu-central-1`;

const matches = (pattern: string, value: string) =>
  new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`, 'i').test(value);
const allows = (action: string, resource: string) =>
  policy.Statement.some(
    (statement) =>
      statement.Effect === 'Allow' &&
      [statement.Action].flat().some((pattern) => matches(pattern, action)) &&
      [statement.Resource].flat().some((pattern) => matches(String(pattern), resource)),
  );

describe('the policy that deploys the bridge', () => {
  const types = [...new Set(resources.map(({ Type: type }) => type))]
    .filter((type) => type !== 'AWS::CDK::Metadata')
    .sort();

  it('is held against templates that have everything', () => {
    expect(types).toEqual(
      expect.arrayContaining([
        'AWS::CodeDeploy::DeploymentGroup',
        'AWS::CloudWatch::Alarm',
        'AWS::Events::Rule',
        'AWS::MSK::Cluster',
        'AWS::S3::Bucket',
        'AWS::SecretsManager::RotationSchedule',
        'AWS::SQS::Queue',
      ]),
    );
  });

  it.each(types)('allows %s in every stack', (type) => {
    const stacks = new Set(resources.filter((each) => each.Type === type).map(({ stack }) => stack));
    const refused = [...stacks].flatMap((stack) =>
      needs(type)
        .filter((action) => !allows(action, arnOf(type, stack)))
        .map((action) => `${action} in ${stack}`),
    );
    expect(refused).toEqual([]);
  });

  it('lets the services encrypt with a key of your own', () => {
    expect(allows('kms:CreateGrant', String(withEverything.keyArn))).toBe(true);
  });

  it('leaves roles their generated names, which begin with the name of the stack', () => {
    const named = resources.filter((each) => each.Type === 'AWS::IAM::Role' && each.Properties?.['RoleName']);
    expect(named).toEqual([]);
  });

  it('knows the names of the buckets', () => {
    const buckets = resources.filter((each) => each.Type === 'AWS::S3::Bucket');
    const known = buckets.map(({ stack, Properties: properties }) => ({
      stack,
      name: properties?.['BucketName'],
    }));
    const literal = known.filter(({ name }) => typeof name === 'string');
    expect(literal.length).toBeGreaterThan(0);
    for (const { stack, name } of literal) expect(String(name)).toContain(`${stack.replace(/-state$/, '')}-claims-`);
  });

  it.each([
    ['iam:PassRole', `arn:aws:iam::${account}:role/somebody-else`],
    ['iam:CreateUser', `arn:aws:iam::${account}:user/commerce-user`],
    ['s3:DeleteBucket', 'arn:aws:s3:::somebody-else'],
    ['s3:GetObject', `arn:aws:s3:::commerce-prod-claims-${account}-eu-central-1/letter`],
    ['secretsmanager:GetSecretValue', `arn:aws:secretsmanager:eu-central-1:${account}:secret:commerce/main/prod`],
  ])('refuses %s of %s', (action, resource) => {
    expect(allows(action, resource)).toBe(false);
  });
});
