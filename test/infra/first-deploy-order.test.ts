import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { synthesize } from './synthesize.ts';

// CloudFormation makes what does not name each other at the same time, so what has to be there first must be said.

function dependenciesOf(template: Template, type: string): string[][] {
  return Object.values(template.findResources(type)).map((each) => [each['DependsOn'] ?? []].flat() as string[]);
}
const idsOf = (template: Template, type: string) => Object.keys(template.findResources(type));

describe('in the first deploy', () => {
  it('the poller starts when its network has a way out, through which its image comes', () => {
    const { template } = synthesize({ network: { kind: 'create' } });
    const privateRoutes = idsOf(template, 'AWS::EC2::Route').filter((id) => id.includes('Private'));
    expect(privateRoutes).toHaveLength(2);
    expect(dependenciesOf(template, 'AWS::ECS::Service')).toEqual([expect.arrayContaining(privateRoutes)]);
  });

  it('event sources read when the topics are there, and the one of failures', () => {
    const { template } = synthesize({ topics: { create: 'all' }, eventSource: { failureTopic: 'erp.failures' } });
    const topics = idsOf(template, 'AWS::MSK::Topic');
    expect(topics).toHaveLength(7);
    const sources = dependenciesOf(template, 'AWS::Lambda::EventSourceMapping');
    expect(sources).toHaveLength(2);
    for (const dependencies of sources) expect(dependencies).toEqual(expect.arrayContaining(topics));
  });

  it('event sources read when the rules of a cluster that is made let them in and out', () => {
    const changes = { network: { kind: 'create' as const }, cluster: { kind: 'create' as const } };
    const { template } = synthesize({ ...changes, topics: { replicationFactor: 2 } }, { name: 'dev' });
    const rules = [
      ...idsOf(template, 'AWS::EC2::SecurityGroupIngress').filter((id) => id.includes('FromEventSources')),
      ...idsOf(template, 'AWS::EC2::SecurityGroupEgress'),
    ];
    expect(rules).toHaveLength(2);
    for (const dependencies of dependenciesOf(template, 'AWS::Lambda::EventSourceMapping')) {
      expect(dependencies).toEqual(expect.arrayContaining(rules));
    }
  });
});
