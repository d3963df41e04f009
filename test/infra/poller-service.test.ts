import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { synthesize } from './synthesize.ts';

describe('the poller service', () => {
  const { template } = synthesize();

  it('never runs two tasks, neither in a deployment nor for balance', () => {
    template.hasResourceProperties('AWS::ECS::Service', {
      DesiredCount: 1,
      AvailabilityZoneRebalancing: 'DISABLED',
      DeploymentConfiguration: {
        MinimumHealthyPercent: 0,
        MaximumPercent: 100,
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
      },
    });
    template.resourceCountIs('AWS::ApplicationAutoScaling::ScalableTarget', 0);
  });

  it('gives a task time to drain, signals to its program, and a check of its health', () => {
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      RuntimePlatform: { CpuArchitecture: 'ARM64' },
      ContainerDefinitions: [
        {
          StopTimeout: 120,
          LinuxParameters: { InitProcessEnabled: true },
          HealthCheck: { Command: ['CMD', 'node', '/app/health-check.mjs'], Retries: 3 },
        },
      ],
    });
  });

  it('runs without privileges, and can write to the folder of its health file only', () => {
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [
        {
          User: '1000:1000',
          ReadonlyRootFilesystem: true,
          MountPoints: [{ ContainerPath: '/run/bridge', ReadOnly: false }],
          Environment: Match.arrayWith([{ Name: 'HEALTH_FILE', Value: '/run/bridge/health.json' }]),
        },
      ],
    });
    template.hasResourceProperties('AWS::ECS::Service', {
      NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: 'DISABLED' } },
      EnableExecuteCommand: false,
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
