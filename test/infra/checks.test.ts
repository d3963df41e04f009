import { readFileSync } from 'node:fs';
import { Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import example from '../../bridge.config.ts';
import { createBridgeStack } from '../../infra/bridge-stack.ts';
import { addChecks } from '../../infra/checks.ts';
import type { EnvironmentInput } from '../../infra/environment-settings.ts';
import { environments } from '../../infra/environments.ts';
import { parseEnvironment, readEnvironment } from '../../infra/read-environment.ts';
import { createApp, definitionFile } from './synthesize.ts';

it('sets every flag that the CDK recommends, as it recommends it', () => {
  const read = (file: string) => JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'));
  // Of the library itself: the one the command line carries may be older.
  const recommended = read('node_modules/aws-cdk-lib/recommended-feature-flags.json') as Record<string, unknown>;
  expect(Object.keys(recommended).length).toBeGreaterThan(50);
  expect(read('cdk.json').context).toMatchObject(recommended);
});

describe.each(['dev', 'staging', 'prod'])('environment %s', (name) => {
  it.each([false, true])('passes every check (split: %s), and its templates hold no secret', (split) => {
    const app = createApp();
    addChecks(app);
    createBridgeStack(app, {
      bridge: example,
      definition: definitionFile,
      environment: readEnvironment(name, environments),
      split,
    });
    const { stacks } = app.synth();
    expect(stacks.map((stack) => stack.stackName).sort()).toEqual(
      split ? [`commerce-${name}`, `commerce-${name}-monitoring`, `commerce-${name}-state`] : [`commerce-${name}`],
    );
    for (const stack of stacks) {
      const text = JSON.stringify(stack.template);
      expect(text).not.toMatch(/SecretString|GenerateSecretString|resolve:secretsmanager|consumerSecret|password/i);
    }
  });
});

describe('every check is passed with letters in queues', () => {
  const prices = example.sinks?.['prices'] ?? expect.fail('no sink');
  const stacksOf = (name: string, changes: Partial<EnvironmentInput>, split = false) => {
    const app = createApp();
    addChecks(app);
    createBridgeStack(app, {
      bridge: { ...example, sinks: { prices: { ...prices, deadLetters: { kind: 'queue' } } } },
      definition: definitionFile,
      environment: parseEnvironment(name, { ...environments[name], ...changes }),
      split,
    });
    return app.synth().stacks;
  };

  it.each(['publicAddress', 'nat'] as const)('and egress by %s', (egress) => {
    const changes = { network: { kind: 'create', egress }, secretRotation: { everyDays: 30 } } as const;
    expect(stacksOf('dev', changes, egress === 'nat').length).toBeGreaterThan(0);
  });

  it('and all else that can be asked for, in an account and region that are named', () => {
    const changes = {
      secretRotation: { everyDays: 30 },
      keyArn: 'arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555',
      permissionsBoundaryArn: 'arn:aws:iam::111122223333:policy/boundary',
      eventSource: { failureTopic: 'commerce.failures' },
      sinks: { reservedConcurrency: 5 },
      poller: { tasks: 2 as const },
      alarms: { emails: ['people@example.com'] },
    };
    expect(stacksOf('prod', changes)).toHaveLength(1);
  });
});

describe('a check that is broken', () => {
  let app = createApp();
  beforeAll(() => {
    app = createApp();
    addChecks(app);
    new Bucket(new Stack(app, 'careless'), 'Bucket');
  });

  it('fails the synth', () => {
    expect(() => app.synth()).toThrow(/AwsSolutions-S1/);
  });
});
