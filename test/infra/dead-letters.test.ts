import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { account, definition, environment, rightsOf, synthesize } from './synthesize.ts';

type Definition = typeof definition;
const functions = 'AWS::Lambda::Function';

/** The definition with its letters in queues, and without sources where `sinksOnly`. */
function withQueues({ sinksOnly = false } = {}): Definition {
  const sinks = Object.entries(definition.sinks ?? {}).map(([name, sink]) => [
    name,
    { ...sink, deadLetters: { kind: 'queue' as const } },
  ]);
  const { sources, ...rest } = definition;
  return { ...rest, ...(sinksOnly ? {} : { sources }), sinks: Object.fromEntries(sinks) };
}

/** A network and a cluster of their own. */
const own = {
  account: undefined,
  region: undefined,
  network: { kind: 'create' },
  cluster: { kind: 'create' },
  topics: { replicationFactor: 2 },
} as const;

function variablesOf(template: Template, name: string): Record<string, unknown> {
  const [found] = Object.values(template.findResources(functions, { Properties: { FunctionName: name } }));
  return found?.['Properties'].Environment.Variables ?? expect.fail(`no function ${name}`);
}

describe('dead letters in a topic', () => {
  const { template } = synthesize();

  it('put the function into the network of the brokers, with a login and the right to publish', () => {
    template.hasResourceProperties(functions, {
      FunctionName: 'shop-prod-prices',
      VpcConfig: { SubnetIds: ['subnet-11111111', 'subnet-22222222'] },
    });
    expect(variablesOf(template, 'shop-prod-prices')).toMatchObject({ KAFKA_BROKERS: 'b-1.example:9098' });
    expect(variablesOf(template, 'shop-prod-prices')).not.toHaveProperty('DEAD_LETTER_QUEUE_URL');
  });

  it('need no bucket unless the definition asks for one', () => {
    template.resourceCountIs('AWS::S3::Bucket', 0);
    const prices = definition.sinks?.['prices'] ?? expect.fail('no sink');
    const bridge = { ...definition, sinks: { prices: { ...prices, deadLetters: { kind: 'topic', bucket: true } } } };
    const { template: asked } = synthesize({}, { bridge: bridge as Definition });
    expect(variablesOf(asked, 'shop-prod-prices')).toHaveProperty('DEAD_LETTER_BUCKET');
  });
});

describe('dead letters in a queue', () => {
  const { template } = synthesize({}, { bridge: withQueues() });
  const rights = rightsOf(template, 'BridgeSinkprices');

  it('leave the function outside any network, without a way to Kafka', () => {
    template.allResourcesProperties(functions, { VpcConfig: Match.absent() });
    expect(Object.keys(variablesOf(template, 'shop-prod-prices')).filter((name) => name.startsWith('KAFKA'))).toEqual(
      [],
    );
  });

  it('let the sink send to its own queue and put objects under its own name, and read neither', () => {
    expect(rights.get('sqs:SendMessage')).toEqual([
      expect.stringMatching(/^BridgeDeadLettersprices.*\.Arn$/),
      expect.stringMatching(/^BridgeSinkpricesFailures.*\.Arn$/),
    ]);
    expect(rights.get('s3:PutObject')).toEqual([
      expect.stringContaining(`:s3:::shop-prod-claims-${account}-eu-central-1/prices/*`),
    ]);
    expect([...rights.keys()].filter((action) => /^(sqs|s3):/.test(action)).sort()).toEqual([
      's3:PutObject',
      'sqs:SendMessage',
    ]);
    expect(rights.has('kafka-cluster:WriteData')).toBe(false);
    expect(rights.get('kafka-cluster:ReadData')).toHaveLength(1);
  });

  it('outlive the stack, are kept as long as SQS can, and are encrypted on the way', () => {
    const queues = template.findResources('AWS::SQS::Queue', {
      Properties: { QueueName: Match.stringLikeRegexp('dead-letters$') },
    });
    expect(Object.keys(queues)).toHaveLength(2);
    for (const queue of Object.values(queues)) {
      expect(queue).toMatchObject({ DeletionPolicy: 'Retain', Properties: { MessageRetentionPeriod: 1_209_600 } });
    }
    template.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Retain' });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'shop-prod-prices-letters-expiring',
      Threshold: 864_000,
    });
  });

  it('make no topic for letters', () => {
    const topics = Object.values(template.findResources('AWS::MSK::Topic')).map((each) => each['Properties'].TopicName);
    expect(topics).toEqual(['salesforce.products', 'salesforce.products.dead-letter']);
  });

  it('make a network only for what else needs it', () => {
    const { template: alone } = synthesize(
      { network: { kind: 'create' } },
      { bridge: withQueues({ sinksOnly: true }) },
    );
    for (const type of ['AWS::EC2::VPC', 'AWS::EC2::NatGateway', 'AWS::EC2::SecurityGroup', 'AWS::EC2::EIP']) {
      alone.resourceCountIs(type, 0);
    }
    const { template: withCluster } = synthesize(own, { name: 'dev', bridge: withQueues({ sinksOnly: true }) });
    withCluster.resourceCountIs('AWS::EC2::VPC', 1);
    withCluster.resourceCountIs('AWS::EC2::NatGateway', 0);
  });
});

describe('the way to Salesforce', () => {
  it('is one fixed address behind a NAT gateway, while the table is reached without it', () => {
    const { template } = synthesize(own, { name: 'dev' });
    template.resourceCountIs('AWS::EC2::NatGateway', 1);
    template.hasResourceProperties('AWS::EC2::NatGateway', {
      AllocationId: { 'Fn::GetAtt': [Match.stringLikeRegexp('EgressAddress'), 'AllocationId'] },
    });
    template.hasOutput('*', {
      Value: { 'Fn::GetAtt': [Match.stringLikeRegexp('EgressAddress'), 'PublicIp'] },
    });
    template.hasResourceProperties('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway' });
  });

  it('may be an address of the task, where no function sits in the network', () => {
    const network = { kind: 'create', egress: 'publicAddress' } as const;
    const { template } = synthesize({ ...own, network }, { name: 'dev', bridge: withQueues() });
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.resourceCountIs('AWS::EC2::EIP', 0);
    template.hasResourceProperties('AWS::ECS::Service', {
      NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: 'ENABLED' } },
    });
    template.hasResourceProperties('AWS::EC2::SecurityGroup', { SecurityGroupIngress: Match.absent() });
    expect(() => synthesize({ ...own, network }, { name: 'dev' })).toThrow(
      /environment dev, network\.egress: must be 'nat', because functions get no public address and sinks\.prices/,
    );
  });

  it('has an endpoint for the table in a network that exists, where route tables are named', () => {
    const network = { ...environment.network, routeTableIds: ['rtb-11111111'] };
    synthesize({ network }).template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
      VpcEndpointType: 'Gateway',
      RouteTableIds: ['rtb-11111111'],
    });
  });

  it('is yours to open, where security groups are given', () => {
    const network = { ...environment.network, securityGroupIds: ['sg-22222222'] };
    const { template } = synthesize({ network });
    template.resourceCountIs('AWS::EC2::SecurityGroup', 0);
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
    template.allResourcesProperties(functions, { VpcConfig: { SecurityGroupIds: ['sg-22222222'] } });
  });
});
