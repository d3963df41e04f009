import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { synthesize } from './synthesize.ts';

describe('the poller service', () => {
  const { template } = synthesize();

  it('can write to the folder of its health file only', () => {
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [
        {
          MountPoints: [{ ContainerPath: '/run/bridge', ReadOnly: false }],
          Environment: Match.arrayWith([{ Name: 'HEALTH_FILE', Value: '/run/bridge/health.json' }]),
        },
      ],
    });
  });

  it('may have two tasks, of which one stays while the other is replaced', () => {
    synthesize({ poller: { tasks: 2 } }).template.hasResourceProperties('AWS::ECS::Service', {
      DesiredCount: 2,
      AvailabilityZoneRebalancing: 'ENABLED',
      DeploymentConfiguration: { MinimumHealthyPercent: 50, MaximumPercent: 150 },
    });
  });

  it('is left out of a bridge without sources', () => {
    const { template: sinksOnly } = synthesize(
      {},
      { bridge: { name: 'shop', orgs: { main: {} }, sinks: { prices: sink } } },
    );
    sinksOnly.resourceCountIs('AWS::ECS::Service', 0);
    expect(Object.keys(sinksOnly.findResources('AWS::CloudWatch::Alarm')).some((id) => id.includes('poller'))).toBe(
      false,
    );
  });
});

const sink = {
  topic: 'erp.prices',
  write: { operation: 'upsert' as const, object: 'Product2', externalId: 'Key__c' },
  transform: { steps: [] },
};
