import { Dashboard, GraphWidget, type IMetric, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import {
  metricsOfSink,
  type PollerMetric,
  pollerMetrics,
  type SinkMetric,
  sinkMetrics,
} from '../../shared/telemetry/metrics.ts';
import type { Sink } from '../constructs/sink.ts';
import { eventSourceMetric, pollerMetric, sinkMetric } from './bridge-metrics.ts';

export interface DashboardProps {
  readonly deployment: string;
  readonly hasPoller: boolean;
  readonly sinks: ReadonlyMap<string, Sink>;
}

const running: PollerMetric[] = [
  'ConnectAge',
  'WaitingForCredentials',
  'WaitingForKafka',
  'ChannelsOwned',
  'LeaseChanges',
  'LeasesLost',
];
const behind: PollerMetric[] = ['ConnectAge', 'EventAge', 'RetentionLeft', 'Commits'];
const rejected: PollerMetric[] = ['EventsDeadLettered', 'RowsDeadLettered', 'ReplayIdsLost'];
const behindRecords: SinkMetric[] = ['RecordAge', 'OwedRowAge'];
const rejectedRecords: SinkMetric[] = ['RecordsDeadLettered', 'RecordsHandedBack', 'RecordsLate'];
const left: SinkMetric[] = ['CallsLeft', 'CallsLast'];
const leftToRead: PollerMetric[] = ['DeliveriesLeft', 'DeliveriesLast', 'CallsLeft', 'CallsLast'];

/** Answers, from top to bottom: is it running, is it behind, what was rejected, how much is left; then, how much goes through. */
export function createDashboard(
  scope: Construct,
  id: string,
  { deployment, hasPoller, sinks }: DashboardProps,
): Dashboard {
  const dashboard = new Dashboard(scope, id, { dashboardName: deployment });
  const poller = (names: readonly PollerMetric[]) =>
    hasPoller ? names.map((name) => pollerMetric(deployment, name).with({ label: pollerMetrics[name].meaning })) : [];
  const eachSink = (metrics: (sink: Sink, name: string) => IMetric[]) =>
    [...sinks].flatMap(([name, sink]) => metrics(sink, name));
  const eachFeed = (names: readonly Parameters<typeof eventSourceMetric>[1][]) =>
    eachSink(({ eventSources }) =>
      [...eventSources.values()].flatMap(({ mapping }) => names.map((name) => eventSourceMetric(mapping, name))),
    );
  const own = (names: readonly SinkMetric[]) =>
    eachSink(({ hasAggregate }, sink) =>
      metricsOfSink({ hasAggregate })
        .filter((name) => names.includes(name))
        .map((name) => sinkMetric(deployment, sink, name).with({ label: `${sink}: ${sinkMetrics[name].meaning}` })),
    );

  const row = (question: string, left: IMetric[], right: IMetric[]) =>
    dashboard.addWidgets(
      new TextWidget({ markdown: `## ${question}`, width: 24, height: 1 }),
      ...(left.length === 0 ? [] : [new GraphWidget({ title: 'Salesforce to Kafka', left, width: 12 })]),
      ...(right.length === 0 ? [] : [new GraphWidget({ title: 'Kafka to Salesforce', left: right, width: 12 })]),
    );

  row('Is it running?', poller(running), [
    ...eachFeed(['PolledEventCount']),
    ...eachSink(({ function: lambda }) => [
      lambda.metricErrors(),
      lambda.metricThrottles(),
      lambda.metricDuration({ statistic: 'Maximum' }),
    ]),
  ]);
  row('Is it behind?', poller(behind), [...own(behindRecords), ...eachFeed(['MaxOffsetLag'])]);
  row('What was rejected?', poller(rejected), [
    ...own(rejectedRecords),
    ...eachFeed(['OnFailureDestinationDeliveredEventCount', 'DroppedEventCount']),
  ]);
  row('How much quota is left?', poller(leftToRead), own(left));
  row(
    'How much goes through?',
    poller(
      (Object.keys(pollerMetrics) as PollerMetric[]).filter(
        (name) => ![...running, ...behind, ...rejected, ...leftToRead].includes(name),
      ),
    ),
    own(
      (Object.keys(sinkMetrics) as SinkMetric[]).filter(
        (name) => ![...rejectedRecords, ...behindRecords, ...left].includes(name),
      ),
    ),
  );
  return dashboard;
}
