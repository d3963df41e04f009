import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { Alias } from 'aws-cdk-lib/aws-lambda';
import type { SinkMetric } from '../../shared/telemetry/metrics.ts';
import type { AlarmSpec } from './alarm.ts';
import { pollerMetric, sinkMetric } from './bridge-metrics.ts';

// They take a new version back while it is rolled out. Nobody is told: the deployment itself says why it failed.

const period = Duration.minutes(1);

/** What a bad version of a sink does: it crashes, or rejects what the former one wrote. */
export function sinkReleaseAlarms(deployment: string, sink: string, alias: Alias): AlarmSpec[] {
  const count = (name: SinkMetric) => sinkMetric(deployment, sink, name).with({ period });
  return [
    {
      name: 'release-failing',
      metric: alias.metricErrors({ period }),
      goesOff: { atLeast: 1 },
      says: 'A new version of the function crashes or runs out of time and is rolled back: read the log.',
    },
    {
      name: 'release-rejecting',
      metric: share(count('RecordsDeadLettered'), count('RecordsReceived')),
      goesOff: { atLeast: 5 },
      says: 'While a new version came in, a twentieth of the records was rejected, so it is rolled back: read a dead letter.',
    },
  ];
}

/** What a bad version of the poller does, apart from crashing and hanging, which its health check finds. */
export function pollerReleaseAlarms(deployment: string): AlarmSpec[] {
  const count = (name: 'EventsDeadLettered' | 'EventsReceived') => pollerMetric(deployment, name).with({ period });
  return [
    {
      name: 'release-rejecting',
      metric: share(count('EventsDeadLettered'), count('EventsReceived')),
      goesOff: { atLeast: 5 },
      says: 'While a new version came in, a twentieth of the events could not be decoded, so it is rolled back: read one.',
    },
  ];
}

/** In percent; nothing when there is nothing to take a share of. */
function share(part: IMetric, whole: IMetric): MathExpression {
  return new MathExpression({
    expression: '100 * part / whole',
    usingMetrics: { part, whole },
    label: 'Share in percent',
    period,
  });
}
