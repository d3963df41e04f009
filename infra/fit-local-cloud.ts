import { type App, Aspects, CfnResource, type IAspect } from 'aws-cdk-lib';
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnAlias, CfnFunction } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { metricNamespace } from '../shared/telemetry/metrics.ts';

/**
 * What a local cloud (MiniStack 1.5) does not know. It refuses a whole template for one unknown type, so these are left out
 * of the local deployment, and of that only; what they say is proven by the assertions in test/infra.
 */
export const unknownTypes: Readonly<Record<string, string>> = {
  'AWS::MSK::Topic': 'MSK is not there; the topics are made on the local broker.',
  'AWS::CodeDeploy::Application': 'CodeDeploy is not there; a new version gets all batches at once.',
  'AWS::CodeDeploy::DeploymentGroup': 'As above.',
  'AWS::EC2::SecurityGroupIngress': 'Rules on a group of somebody else are not there; nothing is filtered locally.',
};

/** Leaves out what a local cloud does not know, and lets the functions log in to the local broker, which has no login. */
export function fitLocalCloud(app: App): void {
  Aspects.of(app).add(new FitLocalCloud());
}

class FitLocalCloud implements IAspect {
  visit(node: IConstruct): void {
    if (node instanceof CfnFunction) node.addPropertyOverride('Environment.Variables.KAFKA_AUTH', 'none');
    if (node instanceof CfnAlarm && node.metrics !== undefined) watchOneMetric(node);
    if (node instanceof CfnAlias) delete node.cfnOptions.updatePolicy;
    if (!CfnResource.isCfnResource(node) || !(node.cfnResourceType in unknownTypes)) return;
    node.node.scope?.node.tryRemoveChild(node.node.id);
  }
}

/** Metric math is not there either; the alarm stays, because deployments name it, and watches a single metric. */
function watchOneMetric(alarm: CfnAlarm): void {
  alarm.addPropertyDeletionOverride('Metrics');
  alarm.addPropertyDeletionOverride('ThresholdMetricId');
  alarm.addPropertyOverride('Threshold', 1);
  alarm.addPropertyOverride('ComparisonOperator', 'GreaterThanOrEqualToThreshold');
  alarm.addPropertyOverride('Namespace', metricNamespace);
  alarm.addPropertyOverride('MetricName', 'RecordsDeadLettered');
  alarm.addPropertyOverride('Statistic', 'Sum');
  alarm.addPropertyOverride('Period', 300);
}
