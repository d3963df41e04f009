import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { checkDeployment, notesOn } from '../../infra/check-deployment.ts';
import { exampleLoad } from '../../infra/cost/load.ts';
import { planEnvironment } from '../../infra/cost/plan.ts';
import type { EnvironmentInput } from '../../infra/environment-settings.ts';
import { parseEnvironment } from '../../infra/read-environment.ts';
import { parseBridge } from '../../shared/bridge/define-bridge.ts';
import { account, clusterArn, definition, environment, rightsOf, synthesize } from './synthesize.ts';

// An Express cluster's ARN looks like that of any provisioned one, so the setting alone tells the two apart.
const express = {
  kind: 'msk',
  brokerType: 'express',
  arn: clusterArn.replace('/events/', '/express-events/'),
  brokers: 'b-1.express.example:9098,b-2.express.example:9098,b-3.express.example:9098',
  securityGroupId: 'sg-11111111',
} as const;
const inExpress = (resource: 'topic' | 'group' | 'transactional-id', name: string) =>
  `${express.arn.replace(':cluster/', `:${resource}/`)}/${name}`;
const parse = (changes: Partial<EnvironmentInput>) =>
  parseEnvironment('prod', { ...environment, cluster: express, ...changes });

function configsOf(template: Template, topicName: string): string[] {
  const [topic] = Object.values(template.findResources('AWS::MSK::Topic', { Properties: { TopicName: topicName } }));
  return Buffer.from(topic?.['Properties'].Configs ?? '', 'base64')
    .toString()
    .split('\n');
}

describe('an Express cluster by its ARN', () => {
  const { template } = synthesize({ cluster: express });

  it('feeds the sinks through provisioned event source mappings, logged in by IAM', () => {
    const mappings = Object.values(template.findResources('AWS::Lambda::EventSourceMapping'));
    expect(mappings).toHaveLength(2);
    for (const { Properties: mapping } of mappings) {
      expect(mapping).toMatchObject({
        EventSourceArn: express.arn,
        AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: expect.stringMatching(/^shop\./) },
        ProvisionedPollerConfig: { PollerGroupName: 'shop-prod' },
      });
      expect(mapping).not.toHaveProperty('SourceAccessConfigurations');
    }
  });

  it('grants each program its topics, group and transactional IDs of that cluster', () => {
    const sink = rightsOf(template, 'Sinkprices');
    expect(sink.get('kafka-cluster:ReadData')).toEqual([inExpress('topic', 'erp.prices')]);
    expect(sink.get('kafka-cluster:AlterGroup')).toEqual([inExpress('group', 'shop.prices')]);
    const poller = rightsOf(template, 'PollerTaskTaskRole');
    expect(poller.get('kafka-cluster:WriteDataIdempotently')).toEqual([express.arn]);
    expect(poller.get('kafka-cluster:WriteData')).toEqual([
      inExpress('topic', 'salesforce.products'),
      inExpress('topic', 'salesforce.products.dead-letter'),
    ]);
    expect(poller.get('kafka-cluster:AlterTransactionalId')).toEqual([
      inExpress('transactional-id', 'shop.prod.main.data.Product2ChangeEvent'),
    ]);
  });

  it('declares topics with three replicas and with nothing that Express sets itself', () => {
    const topics = Object.values(template.findResources('AWS::MSK::Topic')).map((each) => each['Properties']);
    expect(topics).toHaveLength(4);
    for (const topic of topics) {
      expect(topic).toMatchObject({ ClusterArn: express.arn, ReplicationFactor: 3 });
      const configs = Buffer.from(topic['Configs'], 'base64').toString().split('\n');
      // https://docs.aws.amazon.com/msk/latest/developerguide/msk-configuration-express-read-write.html
      const own = topic['TopicName'] === 'salesforce.products';
      expect(configs.map((line) => line.split('=')[0]).sort()).toEqual([
        'cleanup.policy',
        ...(own ? ['message.timestamp.before.max.ms'] : []),
        'retention.ms',
      ]);
    }
  });

  it('takes events that waited more than a day, which Express brokers refuse by themselves', () => {
    const refusesNothing = 'message.timestamp.before.max.ms=9223372036854775807';
    expect(configsOf(template, 'salesforce.products')).toContain(refusesNothing);
    expect(configsOf(synthesize().template, 'salesforce.products')).not.toContain(refusesNothing);
    const bridge = parseBridge(definition);
    const note = [expect.stringContaining('message.timestamp.before.max.ms')];
    expect(notesOn(bridge, parse({ topics: { create: 'none' } }))).toEqual(note);
    expect(notesOn({ ...bridge, sources: [] }, parse({ topics: { create: 'none' } }))).toEqual([]);
  });

  it('is reached on its ports', () => {
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      GroupId: express.securityGroupId,
      FromPort: 9098,
      ToPort: 9098,
    });
  });

  it.each([
    ['scram', 'SASL_SCRAM_512_AUTH', 9096],
    ['tls', 'CLIENT_CERTIFICATE_TLS_AUTH', 9094],
  ] as const)('may be logged in to with %s', (kind, access, port) => {
    const secretArn = `arn:aws:secretsmanager:eu-central-1:${account}:secret:AmazonMSK_bridge-AbCdEf`;
    const brokers = `b-1.express.example:${port}`;
    const { template: other } = synthesize({ cluster: { ...express, brokers, auth: { kind, secretArn } } });
    other.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: express.arn,
      SourceAccessConfigurations: [{ Type: access, URI: secretArn }],
    });
    other.hasResourceProperties('AWS::EC2::SecurityGroupIngress', { FromPort: port });
  });

  it('delivers exactly once, since it has transactions', () => {
    const bridge = parseBridge(definition);
    expect(() => checkDeployment(bridge, parse({}))).not.toThrow();
    expect(notesOn(bridge, parse({}))).toEqual([]);
  });

  it('is refused topics with another number of replicas, unless somebody else makes them', () => {
    expect(() => parse({ topics: { replicationFactor: 2 } })).toThrow(/topics\.replicationFactor: must be 3/);
    expect(() => parse({ topics: { create: 'none', replicationFactor: 2 } })).not.toThrow();
    const standard = { ...express, brokerType: 'standard' as const };
    expect(() => parse({ cluster: standard, topics: { replicationFactor: 2 } })).not.toThrow();
  });

  it('is paid by what is written to it, as the plan says', () => {
    const kafka = (cluster: EnvironmentInput['cluster']) =>
      planEnvironment(parseBridge(definition), parse({ cluster }), exampleLoad).lines.find(
        ({ what }) => what === 'Kafka',
      )?.how;
    expect(kafka(express)).toBe('the existing cluster, plus $0.01 a GB written to it');
    expect(kafka({ ...express, brokerType: 'standard' })).toBe('the existing cluster');
  });
});
