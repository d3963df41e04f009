import { LambdaDeploymentConfig, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import { Alias, type IVersion, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { createReleaseAlarm } from '../monitoring/alarm.ts';
import { sinkReleaseAlarms } from '../monitoring/release-alarms.ts';

export interface SinkReleaseProps {
  readonly function: LambdaFunction;
  readonly sink: string;
  /** `<bridge>-<environment>`. */
  readonly deployment: string;
  readonly runbook: string;
}

/**
 * Puts a new version behind the alias that the event source mapping invokes: a tenth of the batches for five minutes, then
 * all, and back to the former version when an alarm goes off. Order holds meanwhile, because Lambda has one batch of a
 * partition under way at a time, whichever version gets it.
 */
export class SinkRelease extends Construct {
  readonly alias: Alias;

  constructor(scope: Construct, id: string, { function: lambda, sink, deployment, runbook }: SinkReleaseProps) {
    super(scope, id);
    // CDK's class and interface differ in whether a role may be undefined; strict optional types notice.
    this.alias = new Alias(this, 'Live', { aliasName: 'live', version: lambda.currentVersion as IVersion });
    const group = new LambdaDeploymentGroup(this, 'Group', {
      alias: this.alias,
      deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
      alarms: sinkReleaseAlarms(deployment, sink, this.alias).map((spec) =>
        createReleaseAlarm(this, { spec, subject: sink, prefix: deployment, runbook }),
      ),
      autoRollback: { deploymentInAlarm: true, failedDeployment: true },
    });
    acknowledge(group, {
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]':
        "CodeDeploy's own role, which moves aliases and reads alarms only; AWS keeps it up to date with the service.",
    });
  }
}
