import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { synthesize } from './synthesize.ts';

const { template } = synthesize();

describe('a new version of a sink', () => {
  it('stands behind the alias that the event source mapping invokes', () => {
    template.resourceCountIs('AWS::Lambda::Alias', 2);
    template.allResourcesProperties('AWS::Lambda::Alias', { Name: 'live' });
    template.allResourcesProperties('AWS::Lambda::EventSourceMapping', {
      FunctionName: { Ref: Match.stringLikeRegexp('ReleaseLive') },
    });
  });

  it('gets a tenth of the batches first, and is taken back by an alarm', () => {
    template.allResourcesProperties('AWS::CodeDeploy::DeploymentGroup', {
      DeploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent5Minutes',
      AutoRollbackConfiguration: { Enabled: true, Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM'] },
      AlarmConfiguration: { Enabled: true, Alarms: [{ Name: Match.anyValue() }, { Name: Match.anyValue() }] },
    });
    for (const alias of Object.values(template.findResources('AWS::Lambda::Alias'))) {
      expect(alias).toHaveProperty('UpdatePolicy.CodeDeployLambdaAliasUpdate');
    }
    template.resourceCountIs('AWS::CodeDeploy::DeploymentGroup', 2);
  });

  it('reserves concurrency only where the environment asks for it', () => {
    template.allResourcesProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: Match.absent() });
    synthesize({ sinks: { reservedConcurrency: 3 } }).template.allResourcesProperties('AWS::Lambda::Function', {
      ReservedConcurrentExecutions: 3,
    });
  });
});

it('a new version of the poller is taken back by its health check and by an alarm', () => {
  const alarms = template.findResources('AWS::CloudWatch::Alarm', {
    Properties: { AlarmName: 'shop-prod-poller-release-rejecting' },
  });
  template.hasResource('AWS::ECS::Service', {
    Properties: {
      DeploymentConfiguration: {
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
        Alarms: { Enable: true, Rollback: true, AlarmNames: [{ Ref: Object.keys(alarms)[0] }] },
      },
    },
    DependsOn: Match.arrayWith([Object.keys(alarms)[0]]),
  });
});
