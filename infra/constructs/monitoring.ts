import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { type AlarmSpec, createAlarm } from '../monitoring/alarm.ts';
import { createDashboard } from '../monitoring/dashboard.ts';
import { pollerAlarms } from '../monitoring/poller-alarms.ts';
import { feedAlarms, sinkAlarms } from '../monitoring/sink-alarms.ts';
import { failureQueueAlarms, letterQueueAlarms, stateAlarms } from '../monitoring/state-alarms.ts';
import { feedSubject } from '../names.ts';
import type { Sink } from './sink.ts';

export interface MonitoringProps {
  /** `<bridge>-<environment>`. */
  readonly deployment: string;
  readonly hasPoller: boolean;
  readonly sinks: ReadonlyMap<string, Sink>;
  readonly table: TableV2;
  readonly topic: ITopic;
  readonly lateAfterMinutes: number;
  readonly lagRecords: number;
  readonly anomalies: boolean;
  readonly runbook: string;
}

/** The dashboard, and an alarm for everything that somebody has to do something about. */
export class Monitoring extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const { deployment, topic, runbook } = props;
    const add = (subject: string) => (spec: AlarmSpec) =>
      createAlarm(this, { spec, subject, prefix: deployment, topic, runbook });
    const wanted = (spec: AlarmSpec) => props.anomalies || spec.goesOff !== 'unusual';
    this.alarms = [
      ...(props.hasPoller ? pollerAlarms(deployment, props).filter(wanted).map(add('poller')) : []),
      ...[...props.sinks].flatMap(([name, sink]) => [
        ...sinkAlarms(deployment, name, sink, props).filter(wanted).map(add(name)),
        ...[...sink.eventSources].flatMap(([topicName, { mapping }]) =>
          feedAlarms(mapping, props).map(add(feedSubject(name, topicName, sink.eventSources.size))),
        ),
        ...(sink.failureQueue === undefined ? [] : failureQueueAlarms(sink.failureQueue).map(add(name))),
        ...(sink.letterQueue === undefined ? [] : letterQueueAlarms(sink.letterQueue).map(add(name))),
      ]),
      ...stateAlarms(props.table).map(add('state')),
    ];
    createDashboard(this, 'Dashboard', props);
    const { region } = Stack.of(this);
    new CfnOutput(this, 'DashboardAddress', {
      value: `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${deployment}`,
      description: 'Is it running, is it behind, what was rejected, how much quota is left',
    });
  }
}
