import { describe, expect, it } from 'vitest';
import { documentationAccount } from '../../infra/environment-settings.ts';
import { environments } from '../../infra/environments.ts';
import { parseEnvironment, readEnvironment } from '../../infra/read-environment.ts';
import { readSplit } from '../../infra/read-split.ts';
import { environment, synthesize } from './synthesize.ts';

const parse = (changes: object) => () => parseEnvironment('prod', { ...environment, ...changes });
const arn = environment.cluster.arn;
const arnOf = (service: string, resource: string) => `arn:aws:${service}:eu-central-1:444455556666:${resource}`;
const secret = arnOf('secretsmanager', 'secret:salesforce');

describe('an environment is refused with the path of what is wrong', () => {
  it.each<[string, object, RegExp]>([
    ['a misspelt setting', { regoin: 'eu-central-1' }, /regoin: is not a known setting/],
    ['a missing network', { network: undefined }, /network: must have the kind.*\(it is missing\)/],
    ['a missing cluster', { cluster: undefined }, /cluster: must have the kind.*\(it is missing\)/],
    ['an account that is none', { account: '1234' }, /account: must be an AWS account/],
    ['an account without a region', { region: undefined }, /region: account and region are given together/],
    [
      'the ARN of something else',
      { cluster: { ...environment.cluster, arn: 'arn:aws:s3:::events' } },
      /cluster\.arn: must be the ARN of a provisioned or Express MSK cluster/,
    ],
    [
      'the ARN of a Serverless cluster where a provisioned one is meant',
      { cluster: { ...environment.cluster, arn: arn.replace(/-7$/, '-s1') } },
      /cluster\.arn: must be the ARN of a provisioned/,
    ],
    [
      'a cluster in another region',
      { cluster: { ...environment.cluster, arn: arn.replace('eu-central-1', 'us-east-1') } },
      /cluster\.arn: must be in the region of the environment/,
    ],
    [
      'brokers without a port',
      { cluster: { ...environment.cluster, brokers: 'b-1.example' } },
      /cluster\.brokers: must be host:port/,
    ],
    ['a created cluster outside dev', { cluster: { kind: 'create' } }, /cluster\.kind: 'create' is for dev only/],
    [
      'declared topics on a cluster that has no interface for them',
      { cluster: { kind: 'serverless', arn: arn.replace(/-7$/, '-s1'), brokers: 'boot.example:9098' } },
      /topics\.create: must be 'none'/,
    ],
    [
      'a zone too few',
      { network: { ...environment.network, subnetIds: ['subnet-11111111', 'subnet-22222222', 'subnet-33333333'] } },
      /network\.availabilityZones: must name one zone for each/,
    ],
    [
      'a topic name too short for a Kafka destination',
      { eventSource: { failureTopic: 'dlq' } },
      /eventSource\.failureTopic: must have at least 4 characters/,
    ],
    [
      'more pollers at least than at most',
      { eventSource: { minimumPollers: 5, maximumPollers: 2 } },
      /eventSource\.minimumPollers: must not be above maximumPollers/,
    ],
    [
      'a task that Fargate has no size for',
      { poller: { cpu: 256, memoryMb: 4096 } },
      /poller\.memoryMb: must be one of 512, 1024, 2048, which Fargate has with a cpu of 256/,
    ],
    [
      'a retention that CloudWatch does not offer',
      { logRetentionDays: 10 },
      /logRetentionDays: must be a number of days/,
    ],
    ['a secret by name', { secrets: { main: 'salesforce' } }, /secrets\.main: must be the ARN of a secret/],
    [
      'a secret without the six characters at its end',
      { secrets: { main: secret } },
      /secrets\.main: must be the ARN of/,
    ],
    ['the ARN of another service', { keyArn: `${secret}-AbCdEf` }, /keyArn: must be the ARN of a KMS key/],
    [
      'the ARN of no topic',
      { alarms: { topicArn: arnOf('sns', '') } },
      /alarms\.topicArn: must be the ARN of an SNS topic/,
    ],
    ['a key by its alias', { keyArn: arnOf('kms', 'alias/bridge') }, /keyArn: must be the ARN of a KMS key/],
    [
      'alarms to another region, where CloudWatch reaches nobody',
      { alarms: { topicArn: 'arn:aws:sns:us-east-1:444455556666:on-call' } },
      /alarms\.topicArn: must be in the region of the environment, eu-central-1/,
    ],
    [
      "an org's secret in another region",
      { secrets: { main: 'arn:aws:secretsmanager:us-east-1:444455556666:secret:salesforce-AbCdEf' } },
      /secrets\.main: must be in the region of the environment/,
    ],
    [
      'a login in another region',
      {
        cluster: {
          ...environment.cluster,
          auth: { kind: 'scram', secretArn: 'arn:aws:secretsmanager:us-east-1:444455556666:secret:AmazonMSK_a-AbCdEf' },
        },
      },
      /cluster\.auth\.secretArn: must be in the region of the environment/,
    ],
    [
      'a zone that is none',
      { network: { ...environment.network, availabilityZones: ['eu-central-1a', ''] } },
      /network\.availabilityZones\.1: must be a zone such as eu-central-1a/,
    ],
    [
      'a zone of another region',
      { network: { ...environment.network, availabilityZones: ['eu-central-1a', 'eu-west-1b'] } },
      /network\.availabilityZones\.1: must be a zone of the region, eu-central-1/,
    ],
    [
      'a port that there is none of',
      { cluster: { ...environment.cluster, brokers: 'b-1.example:9098,b-2.example:90980' } },
      /cluster\.brokers: .*with ports from 1 to 65535/,
    ],
    [
      'more lines for the Dockerfile',
      { poller: { baseImage: 'node:24-slim\nRUN id' } },
      /poller\.baseImage: must be one word, without spaces/,
    ],
    ['no runbook', { alarms: { runbook: ' ' } }, /alarms\.runbook: must be one word, without spaces/],
    [
      "a tag of AWS's own",
      { tags: { 'aws:team': 'sales' } },
      /tags\.aws:team: must be 1 to 128 characters that tags may/,
    ],
    ['an address that is none', { alarms: { emails: ['on-call'] } }, /alarms\.emails\.0: must be an e-mail address/],
  ])('%s', (_, changes, problem) => {
    expect(parse(changes)).toThrow(problem);
  });

  it.each<[string, object]>([
    ["a permissions boundary of AWS's own", { permissionsBoundaryArn: 'arn:aws:iam::aws:policy/PowerUserAccess' }],
    ['a key of several regions', { keyArn: arnOf('kms', `key/mrk-${'0123456789abcdef'.repeat(2)}`) }],
    [
      'a tag with the ARN of something elsewhere',
      { tags: { owner: 'arn:aws:sns:us-east-1:444455556666:x', empty: '' } },
    ],
    ['brokers with spaces between them', { cluster: { ...environment.cluster, brokers: 'a:9098, b:9098' } }],
  ])('but not %s', (_, changes) => {
    expect(parse(changes)).not.toThrow();
  });

  it('and all problems at once', () => {
    expect(parse({ account: '1', secrets: { main: 'x' } })).toThrow(/2 problems:\n.*account.*\n.*secrets\.main/);
  });

  it('also what is wrong between settings, where others are wrong by themselves', () => {
    const wrong = {
      regoin: 'eu-central-1',
      alarms: { lagRecords: 0 },
      cluster: { ...environment.cluster, arn: arn.replace('eu-central-1', 'us-east-1') },
      network: { ...environment.network, availabilityZones: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'] },
      poller: { cpu: 256, memoryMb: 4096 },
    };
    expect(parse(wrong)).toThrow(
      expect.objectContaining({
        context: {
          problems: [
            expect.stringContaining('alarms.lagRecords'),
            expect.stringContaining('regoin'),
            expect.stringContaining('cluster.arn'),
            expect.stringContaining('network.availabilityZones'),
            expect.stringContaining('poller.memoryMb'),
          ],
        },
      }),
    );
  });

  it('also within a setting that is wrong in another way', () => {
    const cluster = { ...environment.cluster, arn: arn.replace('eu-central-1', 'us-east-1'), brokers: 'b-1.example' };
    expect(parse({ cluster, eventSource: { minimumPollers: 5, maximumPollers: 2, failureTopic: 'dlq' } })).toThrow(
      /4 problems:\n.*cluster\.brokers.*\n.*failureTopic.*\n.*cluster\.arn.*\n.*minimumPollers/,
    );
  });

  it('but no rule about a setting that nobody can read', () => {
    expect(parse({ region: 'Frankfurt', cluster: { kind: 'msk' } })).toThrow(/3 problems/);
    expect(() => parseEnvironment(undefined as never, environment)).toThrow(/1 problem:\n.*name: must start/);
    expect(() => parseEnvironment('Prod!', undefined)).toThrow(/2 problems:\n.*name: .*\n.*environment: /);
  });

  it('by name when there is none such, or none was said', () => {
    expect(() => readEnvironment('production', environments)).toThrow(
      'no environment production; environments.ts has dev, staging, prod',
    );
    expect(() => readEnvironment(undefined, environments)).toThrow('-c env=NAME');
  });

  it('by a word for three stacks that is neither true nor false', () => {
    expect([undefined, 'false', false].map(readSplit)).toEqual([false, false, false]);
    expect(['true', true].map(readSplit)).toEqual([true, true]);
    for (const word of ['maybe', 'True', '', 1, null]) expect(() => readSplit(word)).toThrow('-c split=…: must be');
  });

  it('none of ours is', () => {
    for (const name of Object.keys(environments)) expect(readEnvironment(name, environments).name).toBe(name);
  });
});

it("the account of AWS's documentation is synthesized with a rule that no deploy passes", () => {
  const region = 'eu-central-1';
  const cluster = { ...environment.cluster, arn: arn.replace(environment.account, documentationAccount) };
  const { template } = synthesize({ account: documentationAccount, region, cluster });
  const { Rules: rules } = template.toJSON() as { Rules: Record<string, unknown> };
  expect(rules['OwnAccount']).toMatchObject({
    Assertions: [
      {
        Assert: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'AWS::AccountId' }, documentationAccount] }] },
        AssertDescription: expect.stringContaining('prod.account'),
      },
    ],
  });
  expect((synthesize().template.toJSON() as { Rules?: object }).Rules ?? {}).not.toHaveProperty('OwnAccount');
});
