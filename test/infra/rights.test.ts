import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { withoutResource } from './rights-rules.ts';
import { clusterArn, rightsOf, synthesize } from './synthesize.ts';

const { template } = synthesize();
const kafka = (resource: string, name: string) => `${clusterArn.replace(':cluster/', `:${resource}/`)}/${name}`;

/** Statement conditions on the state table, by role. */
function itemPrefixes(rolePart: string): string[] {
  return Object.entries(template.findResources('AWS::IAM::Policy'))
    .filter(([id]) => id.includes(rolePart))
    .flatMap(([, { Properties: policy }]) => policy['PolicyDocument'].Statement)
    .filter((statement) => JSON.stringify(statement.Action).includes('dynamodb:'))
    .flatMap((statement) => statement.Condition?.['ForAllValues:StringLike']['dynamodb:LeadingKeys'] ?? ['*']);
}

describe('a sink', () => {
  const rights = rightsOf(template, 'BridgeSinkprices');

  it('reads its topic, as its group, and nothing else', () => {
    expect(rights.get('kafka-cluster:ReadData')).toEqual([kafka('topic', 'erp.prices')]);
    expect(rights.get('kafka-cluster:AlterGroup')).toEqual([kafka('group', 'shop.prices')]);
    expect(rights.get('kafka-cluster:DescribeGroup')).toEqual([kafka('group', 'shop.prices')]);
  });

  it('writes its dead-letter topic and nothing else', () => {
    expect(rights.get('kafka-cluster:WriteData')).toEqual([kafka('topic', 'erp.prices.dead-letter')]);
    // On a topic's ARN this action would never match.
    expect(rights.get('kafka-cluster:WriteDataIdempotently')).toEqual([clusterArn]);
  });

  it('touches its own items only', () => {
    expect(itemPrefixes('BridgeSinkprices')).toEqual(['SINK#prices#*', 'MEMORY#prices#*']);
    expect(itemPrefixes('BridgeSinkstock')).toEqual(['SINK#stock#*', 'MEMORY#stock#*']);
  });

  it("reads its own org's secret only", () => {
    expect(rights.get('secretsmanager:GetSecretValue')).toEqual([expect.stringMatching(/^BridgeCredentialsmain/)]);
    expect(rightsOf(template, 'BridgeSinkstock').get('secretsmanager:GetSecretValue')).toEqual([
      expect.stringMatching(/^BridgeCredentialspartner/),
    ]);
  });
});

describe('the poller', () => {
  const rights = rightsOf(template, 'BridgePollerTaskTaskRole');

  it('writes the topics of its sources and their dead-letter topics, and reads no others', () => {
    const topics = [kafka('topic', 'salesforce.products'), kafka('topic', 'salesforce.products.dead-letter')];
    expect(rights.get('kafka-cluster:WriteData')).toEqual(topics);
    expect(rights.get('kafka-cluster:ReadData')).toEqual(topics);
  });

  it('has the transactional IDs of its own channels only, and none where the cluster has no transactions', () => {
    const ids = [kafka('transactional-id', 'shop.prod.main.data.Product2ChangeEvent')];
    expect(rights.get('kafka-cluster:AlterTransactionalId')).toEqual(ids);
    expect(rights.get('kafka-cluster:DescribeTransactionalId')).toEqual(ids);
    const { template: serverless } = synthesize({
      topics: { create: 'none' },
      cluster: { kind: 'serverless', arn: clusterArn.replace(/-7$/, '-s1'), brokers: 'boot.example:9098' },
    });
    expect(rightsOf(serverless, 'BridgePollerTaskTaskRole').has('kafka-cluster:AlterTransactionalId')).toBe(false);
    serverless.hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [{ Environment: Match.arrayWith([{ Name: 'KAFKA_TRANSACTIONS', Value: 'unavailable' }]) }],
    });
  });

  it('touches channels of the orgs it reads only', () => {
    expect(itemPrefixes('BridgePollerTaskTaskRole')).toEqual(['CHANNEL#main#*']);
    expect(rights.get('secretsmanager:GetSecretValue')).toEqual([expect.stringMatching(/^BridgeCredentialsmain/)]);
  });
});

it('grants nothing on everything, except where the service offers no resource', () => {
  const wild = new Set<string>();
  for (const role of Object.keys(template.findResources('AWS::IAM::Policy'))) {
    for (const [action, resources] of rightsOf(template, role)) {
      if (action.includes('*') || resources.includes('*')) wild.add(action);
    }
  }
  expect([...wild].sort()).toEqual(withoutResource);
});
