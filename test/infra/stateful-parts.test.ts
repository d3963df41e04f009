import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, it } from 'vitest';
import { SalesforceKafkaBridge } from '../../infra/constructs/salesforce-kafka-bridge.ts';
import { transactionalId } from '../../shared/bridge/transactional-id.ts';
import { account, createApp, definition, definitionFile, environment, rightsOf, synthesize } from './synthesize.ts';

describe('upgrade safety', () => {
  const { template } = synthesize();

  // A changed name or ID here replaces the resource: an empty table, a secret without a value, topics read anew.
  it.each([
    ['AWS::DynamoDB::GlobalTable', ['BridgeStateTableB8AF5C87']],
    ['AWS::SecretsManager::Secret', ['BridgeCredentialsmainA6920C59', 'BridgeCredentialspartnerF2A91497']],
    [
      'AWS::MSK::Topic',
      [
        'BridgeTopicssalesforceproductsE86F34A0',
        'BridgeTopicssalesforceproductsdeadletter4FBBF47E',
        'BridgeTopicserppricesdeadletter8B46A597',
        'BridgeTopicserpstockdeadletterCC7A1E7A',
      ],
    ],
  ])('keeps the logical IDs of %s', (type, ids) => {
    expect(Object.keys(template.findResources(type))).toEqual(ids);
  });

  // In these lie letters and coordinates that somebody still has to read.
  it.each([
    [
      'AWS::SQS::Queue',
      [
        'BridgeDeadLettersprices2F8E7785',
        'BridgeDeadLettersstock53340A17',
        'BridgeSinkpricesFailuresB6158FE1',
        'BridgeSinkstockFailuresE6365870',
      ],
    ],
    ['AWS::S3::Bucket', ['BridgeDeadLettersClaimsAAFB570D']],
  ])('keeps the logical IDs of %s', (type, ids) => {
    const sinks = Object.entries(definition.sinks ?? {}).map(([name, sink]) => [
      name,
      { ...sink, deadLetters: { kind: 'queue' as const } },
    ]);
    const queued = synthesize({}, { bridge: { ...definition, sinks: Object.fromEntries(sinks) } });
    expect(Object.keys(queued.template.findResources(type))).toEqual(ids);
  });

  it('keeps names of table, secrets, topics, consumer groups, functions and transactional IDs', () => {
    const named = (type: string, property: string) =>
      Object.values(template.findResources(type)).map((each) => each['Properties'][property]);
    expect(named('AWS::DynamoDB::GlobalTable', 'TableName')).toEqual(['shop-prod-state']);
    expect(named('AWS::SecretsManager::Secret', 'Name')).toEqual(['shop/main/prod', 'shop/partner/prod']);
    expect(named('AWS::MSK::Topic', 'TopicName')).toEqual([
      'salesforce.products',
      'salesforce.products.dead-letter',
      'erp.prices.dead-letter',
      'erp.stock.dead-letter',
    ]);
    expect(named('AWS::Lambda::Function', 'FunctionName')).toEqual(['shop-prod-prices', 'shop-prod-stock']);
    const groups = named('AWS::Lambda::EventSourceMapping', 'AmazonManagedKafkaEventSourceConfig');
    expect(groups.map((each) => (each as { ConsumerGroupId: string }).ConsumerGroupId)).toEqual([
      'shop.prices',
      'shop.stock',
    ]);
    // Under another ID, events that a former task published unnoticed would come twice.
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [
        { Environment: Match.arrayWith([{ Name: 'TRANSACTIONAL_ID_PREFIX', Value: 'shop.prod' }]) },
      ],
    });
    expect(transactionalId('shop.prod', { org: 'main', channel: '/data/Product2ChangeEvent' })).toBe(
      'shop.prod.main.data.Product2ChangeEvent',
    );
  });
});

describe('the state table', () => {
  it('forgets by TTL, can be brought back to any second, and outlives the stack', () => {
    const { template, stack } = synthesize();
    template.hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        Replicas: [
          {
            DeletionProtectionEnabled: true,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          },
        ],
      },
    });
    expect(stack.terminationProtection).toBe(true);
  });

  it('goes with the stack where nothing is protected', () => {
    const { template, stack } = synthesize({ protect: false });
    template.allResources('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Delete' });
    template.allResources('AWS::SecretsManager::Secret', { DeletionPolicy: 'Delete' });
    expect(stack.terminationProtection).toBe(false);
  });
});

describe('the secret of an org', () => {
  it('has the type that Secrets Manager can rotate, and no value', () => {
    const { template } = synthesize();
    template.allResourcesProperties('AWS::SecretsManager::Secret', {
      Type: 'SalesforceClientSecret',
      SecretString: Match.absent(),
      GenerateSecretString: Match.absent(),
    });
  });

  it('is rotated by Secrets Manager where a later deploy asks for it, with rights on this secret only', () => {
    synthesize().template.resourceCountIs('AWS::SecretsManager::RotationSchedule', 0);
    const adminSecretArn = `arn:aws:secretsmanager:eu-central-1:${account}:secret:admin-AbCdEf`;
    const { template } = synthesize({ secretRotation: { everyDays: 30, adminSecretArn } });
    template.resourceCountIs('AWS::SecretsManager::RotationSchedule', 2);
    template.hasResourceProperties('AWS::SecretsManager::RotationSchedule', {
      SecretId: { Ref: Match.stringLikeRegexp('^BridgeCredentialsmain') },
      ExternalSecretRotationMetadata: [
        { Key: 'apiVersion', Value: 'v65.0' },
        { Key: 'adminSecretArn', Value: adminSecretArn },
      ],
      ExternalSecretRotationRoleArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('Rotation'), 'Arn'] },
      RotationRules: { AutomaticallyAfterDays: 30 },
      RotateImmediatelyOnUpdate: false,
    });
    const rights = rightsOf(template, 'BridgeCredentialsmainRotation');
    expect(rights.get('secretsmanager:PutSecretValue')).toEqual([expect.stringMatching(/^BridgeCredentialsmain/)]);
    expect([...rights.values()].flat()).not.toContain('*');
  });

  it('may be one that exists already', () => {
    const arn = `arn:aws:secretsmanager:eu-central-1:${account}:secret:salesforce-AbCdEf`;
    const { template } = synthesize({ secrets: { main: arn } });
    expect(Object.keys(template.findResources('AWS::SecretsManager::Secret'))).toHaveLength(1);
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { SALESFORCE_SECRET_ARN: arn } },
    });
  });
});

describe('things that a stack has already', () => {
  const given = (secrets: (stack: Stack) => Record<string, ISecret>) => {
    const stack = new Stack(createApp(), 'shop', { env: { account, region: 'eu-central-1' } });
    new SalesforceKafkaBridge(stack, 'Bridge', {
      bridge: definition,
      definition: definitionFile,
      environment: { name: 'prod', ...environment },
      secrets: secrets(stack),
    });
    return Template.fromStack(stack);
  };

  it('may be secrets, which programs may read and decrypt', () => {
    const template = given((stack) => {
      const encryptionKey = new Key(stack, 'Key');
      // CDK's class and interface differ in whether a full ARN may be undefined; strict optional types notice.
      return { main: new Secret(stack, 'Mine', { encryptionKey }) as ISecret };
    });
    const rights = rightsOf(template, 'BridgeSinkprices');
    expect(rights.get('secretsmanager:GetSecretValue')).toEqual([expect.stringMatching(/^Mine/)]);
    expect(rights.get('kms:Decrypt')).toEqual([expect.stringMatching(/^Key.*\.Arn$/)]);
    // The other org's is made.
    expect(Object.keys(template.findResources('AWS::SecretsManager::Secret'))).toHaveLength(2);
  });

  it('may be a secret by name, whose ARN ends in what nobody knows', () => {
    const template = given((stack) => ({ main: Secret.fromSecretNameV2(stack, 'Mine', 'salesforce') }));
    const [arn = ''] = rightsOf(template, 'BridgeSinkprices').get('secretsmanager:GetSecretValue') ?? [];
    expect(arn).toContain('secret:salesforce-??????');
  });

  it('are refused for an org that there is none of', () => {
    expect(() => given((stack) => ({ other: Secret.fromSecretNameV2(stack, 'Mine', 'salesforce') }))).toThrow(
      /secrets\.other: the definition has no such org/,
    );
  });
});

it('keeps every log group for as long as the environment says', () => {
  const { template } = synthesize({ logRetentionDays: 90 });
  const groups = Object.values(template.findResources('AWS::Logs::LogGroup'));
  expect(groups).toHaveLength(3);
  for (const group of groups) expect(group['Properties'].RetentionInDays).toBe(90);
  // A function or container without one would get a group that is kept for ever.
  template.allResourcesProperties('AWS::Lambda::Function', { LoggingConfig: { LogGroup: Match.anyValue() } });
});

it('encrypts what it makes with the key it is given', () => {
  const keyArn = `arn:aws:kms:eu-central-1:${account}:key/11111111-2222-3333-4444-555555555555`;
  const { template } = synthesize({ keyArn });
  template.allResourcesProperties('AWS::SecretsManager::Secret', { KmsKeyId: keyArn });
  template.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: keyArn });
  template.allResourcesProperties('AWS::SQS::Queue', { KmsMasterKeyId: keyArn });
  template.allResourcesProperties('AWS::SNS::Topic', { KmsMasterKeyId: keyArn });
  template.allResourcesProperties('AWS::DynamoDB::GlobalTable', {
    SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
  });
});

it('lets programs use the key for what they call, action by action', () => {
  const keyArn = `arn:aws:kms:eu-central-1:${account}:key/11111111-2222-3333-4444-555555555555`;
  const { template } = synthesize({ keyArn, secretRotation: { everyDays: 30 } });
  for (const role of ['BridgeSinkprices', 'BridgePollerTaskTaskRole', 'BridgeCredentialsmainRotation']) {
    const rights = [...rightsOf(template, role)].filter(([action]) => action.startsWith('kms:'));
    expect(rights.map(([action]) => action)).toEqual(expect.arrayContaining(['kms:Decrypt', 'kms:GenerateDataKey']));
    for (const [action, keys] of rights) {
      expect(action).not.toContain('*');
      expect(new Set(keys)).toEqual(new Set([keyArn]));
    }
  }
  expect(rightsOf(template, 'BridgeCredentialsmainRotation').has('kms:Encrypt')).toBe(false);
});

it('puts the permissions boundary on every role', () => {
  const permissionsBoundaryArn = `arn:aws:iam::${account}:policy/boundary`;
  const { template } = synthesize({ permissionsBoundaryArn });
  template.allResourcesProperties('AWS::IAM::Role', { PermissionsBoundary: permissionsBoundaryArn });
});
