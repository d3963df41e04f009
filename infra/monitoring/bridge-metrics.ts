import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import {
  type MetricRow,
  metricNamespace,
  type PollerMetric,
  pollerMetrics,
  type SinkMetric,
  sinkMetrics,
} from '../../shared/telemetry/metrics.ts';

const period = Duration.minutes(5);

/** A metric that the poller's code emits. */
export function pollerMetric(deployment: string, metricName: PollerMetric): Metric {
  return new Metric({
    namespace: metricNamespace,
    metricName,
    dimensionsMap: { Deployment: deployment, Program: 'poller' },
    statistic: statisticOf(pollerMetrics[metricName]),
    period,
  });
}

function statisticOf(row: MetricRow): string {
  return row.statistic ?? 'Sum';
}

/** A metric that a sink's code emits. */
export function sinkMetric(deployment: string, sink: string, metricName: SinkMetric): Metric {
  return new Metric({
    namespace: metricNamespace,
    metricName,
    dimensionsMap: { Deployment: deployment, Program: `sink-${sink}` },
    statistic: statisticOf(sinkMetrics[metricName]),
    period,
  });
}

/** What Lambda measures of an event source mapping: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
export function eventSourceMetric(
  mapping: CfnEventSourceMapping,
  metricName:
    | 'MaxOffsetLag'
    | 'PolledEventCount'
    | 'DroppedEventCount'
    | 'PollingErrorCount'
    | 'CommitErrorCount'
    | 'InvokeErrorCount'
    | 'OnFailureDestinationDeliveredEventCount'
    | 'OnFailureDestinationDeliveryErrorCount',
): Metric {
  return new Metric({
    namespace: 'AWS/Lambda',
    metricName,
    dimensionsMap: { EventSourceMappingUUID: mapping.attrId },
    statistic: metricName === 'MaxOffsetLag' ? 'Maximum' : 'Sum',
    period,
  });
}
