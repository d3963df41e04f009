import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { account, clusterArn, definition, rightsOf, synthesize } from './synthesize.ts';

const type = 'AWS::Lambda::EventSourceMapping';

describe('the event source mapping of a sink', () => {
  const { template } = synthesize();

  it('takes batch size and window from the definition', () => {
    template.hasResourceProperties(type, {
      Topics: ['erp.stock'],
      BatchSize: 200,
      MaximumBatchingWindowInSeconds: 5,
    });
  });

  it('keeps trying as long as the topic keeps a record, and reports to a topic where one is named', () => {
    const { template: changed } = synthesize({
      topics: { retentionDays: 2 },
      eventSource: { failureTopic: 'given-up' },
    });
    changed.hasResourceProperties(type, {
      MaximumRecordAgeInSeconds: 172_800,
      DestinationConfig: { OnFailure: { Destination: 'kafka://given-up' } },
    });
    changed.resourceCountIs('AWS::SQS::Queue', 0);
    changed.hasResourceProperties('AWS::MSK::Topic', { TopicName: 'given-up' });
  });
});

describe('a sink of several topics', () => {
  const { prices } = definition.sinks ?? {};
  if (prices === undefined) throw new Error('the definition has no prices');
  const { topic: _, ...rest } = prices;
  const copies = { ...rest, topics: ['salesforce.*', 'erp.stock'] };
  const { template } = synthesize({}, { bridge: { ...definition, sinks: { ...definition.sinks, copies } } });
  const mappings = Object.values(template.findResources(type)).map((each) => each['Properties']);
  const topics = ['salesforce.products', 'erp.stock'];

  it('has an event source mapping and a group for each', () => {
    const own = mappings.filter((each) =>
      each['AmazonManagedKafkaEventSourceConfig'].ConsumerGroupId.startsWith('shop.copies'),
    );
    expect(own.map((each) => [each['Topics'], each['AmazonManagedKafkaEventSourceConfig']])).toEqual(
      topics.map((topic) => [[topic], { ConsumerGroupId: `shop.copies.${topic}` }]),
    );
    // Both feed one function.
    expect(new Set(own.map((each) => JSON.stringify(each['FunctionName']))).size).toBe(1);
  });

  it('may read those topics in those groups and no others', () => {
    const rights = rightsOf(template, 'Sinkcopies');
    const named = (action: string) => (rights.get(action) ?? []).map((resource) => resource.split('/').at(-1)).sort();
    expect(named('kafka-cluster:ReadData')).toEqual(topics.toSorted());
    expect(named('kafka-cluster:AlterGroup')).toEqual(topics.map((topic) => `shop.copies.${topic}`).sort());
  });

  it('is watched topic by topic', () => {
    for (const topic of topics) {
      template.hasResourceProperties('AWS::CloudWatch::Alarm', { AlarmName: `shop-prod-copies-${topic}-lagging` });
    }
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { AlarmName: 'shop-prod-copies-behind' });
  });
});

describe('logging in to Kafka', () => {
  const secretArn = `arn:aws:secretsmanager:eu-central-1:${account}:secret:AmazonMSK_bridge-AbCdEf`;
  const caSecretArn = `arn:aws:secretsmanager:eu-central-1:${account}:secret:kafka-ca-AbCdEf`;
  const msk = { kind: 'msk', arn: clusterArn, brokers: 'b-1.example:9096' } as const;

  it('names no secret with IAM, which Lambda then takes by itself', () => {
    const { template } = synthesize();
    for (const each of Object.values(template.findResources(type))) {
      expect(each['Properties']).not.toHaveProperty('SourceAccessConfigurations');
    }
  });

  it.each([
    ['scram', 'SASL_SCRAM_512_AUTH'],
    ['tls', 'CLIENT_CERTIFICATE_TLS_AUTH'],
  ] as const)('with %s gives event source and programs the secret, and no right on the data plane', (kind, access) => {
    const { template } = synthesize({ cluster: { ...msk, auth: { kind, secretArn } } });
    template.hasResourceProperties(type, { SourceAccessConfigurations: [{ Type: access, URI: secretArn }] });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { KAFKA_AUTH: kind, KAFKA_SECRET_ARN: secretArn } },
    });
    expect(JSON.stringify(template.toJSON())).not.toContain('kafka-cluster:');
  });

  it('reaches self-managed brokers through subnets and security groups', () => {
    const { template } = synthesize({
      topics: { create: 'none' },
      cluster: { kind: 'selfManaged', brokers: 'k1.example:9094', auth: { kind: 'tls', secretArn }, caSecretArn },
    });
    template.hasResourceProperties(type, {
      EventSourceArn: Match.absent(),
      SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: ['k1.example:9094'] } },
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'shop.prices' },
      SourceAccessConfigurations: Match.arrayWith([
        { Type: 'SERVER_ROOT_CA_CERTIFICATE', URI: caSecretArn },
        { Type: 'VPC_SUBNET', URI: 'subnet:subnet-11111111' },
        { Type: 'VPC_SECURITY_GROUP', URI: Match.anyValue() },
      ]),
    });
  });

  it('takes a Serverless cluster, whose topics cannot be declared', () => {
    const arn = clusterArn.replace(/-7$/, '-s1');
    const { template } = synthesize({
      topics: { create: 'none' },
      cluster: { kind: 'serverless', arn, brokers: 'boot.example:9098' },
    });
    template.hasResourceProperties(type, { EventSourceArn: arn });
    template.resourceCountIs('AWS::MSK::Topic', 0);
  });
});
