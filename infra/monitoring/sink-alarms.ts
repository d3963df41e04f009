import { Duration } from 'aws-cdk-lib';
import type { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { Sink } from '../constructs/sink.ts';
import type { AlarmSpec } from './alarm.ts';
import { eventSourceMetric, sinkMetric } from './bridge-metrics.ts';
import { callAlarms } from './call-alarms.ts';

/** What somebody has decided to be too much. */
export interface Limits {
  readonly lateAfterMinutes: number;
  readonly lagRecords: number;
}

/** What can be wrong with one sink, whatever topics it reads. */
export function sinkAlarms(
  deployment: string,
  name: string,
  sink: Sink,
  { lateAfterMinutes }: Pick<Limits, 'lateAfterMinutes'>,
): AlarmSpec[] {
  const period = Duration.minutes(5);
  return [
    {
      name: 'behind',
      metric: sinkMetric(deployment, name, 'RecordAge'),
      goesOff: { atLeast: lateAfterMinutes * 60 },
      periods: 3,
      says: 'Records reach Salesforce late: see whether batches are handed back, slow, or short of pollers.',
    },
    {
      name: 'unusual-volume',
      metric: sinkMetric(deployment, name, 'RecordsReceived'),
      goesOff: 'unusual',
      periods: 6,
      says: 'Far more or fewer records come than usually at this time: ask whoever fills the topic.',
    },
    {
      name: 'dead-lettered',
      metric: sinkMetric(deployment, name, 'RecordsDeadLettered'),
      goesOff: { atLeast: 1 },
      says: 'Salesforce or a step rejected records; the dead-letter topic or queue holds them with the reason.',
    },
    {
      name: 'reports-missed',
      metric: sinkMetric(deployment, name, 'ReportsMissed'),
      goesOff: { atLeast: 1 },
      says: 'Report topics did not take what they should tell; the records themselves are settled.',
    },
    {
      name: 'handing-back',
      metric: sinkMetric(deployment, name, 'RecordsHandedBack'),
      goesOff: { atLeast: 1 },
      periods: 3,
      says: 'Batches are handed back to Kafka for a quarter of an hour: Salesforce is down, out of quota, or refuses us.',
    },
    ...(sink.hasAggregate ? aggregateAlarms(deployment, name, lateAfterMinutes) : []),
    ...callAlarms((metric) => sinkMetric(deployment, name, metric), 'the sink then waits for the next day'),
    {
      name: 'failing',
      metric: sink.function.metricErrors({ period }),
      goesOff: { atLeast: 1 },
      periods: 2,
      says: 'The function crashes or runs out of time; its batches come again: read the log.',
    },
    {
      name: 'throttled',
      metric: sink.function.metricThrottles({ period }),
      goesOff: { atLeast: 1 },
      periods: 3,
      says: "The function is throttled: raise the account's concurrency or the reservation, or lower maximumPollers.",
    },
  ];
}

/** What can be wrong with the way from one topic to its sink. */
export function feedAlarms(mapping: CfnEventSourceMapping, { lagRecords }: Pick<Limits, 'lagRecords'>): AlarmSpec[] {
  return [
    {
      name: 'lagging',
      metric: eventSourceMetric(mapping, 'MaxOffsetLag'),
      goesOff: { atLeast: lagRecords },
      periods: 3,
      says: 'More records wait in a partition than this sink should leave there: see whether it is slow or stands still.',
    },
    {
      name: 'not-polling',
      metric: eventSourceMetric(mapping, 'PolledEventCount'),
      // Lambda sends zeros while all is well and nothing comes.
      goesOff: 'silence',
      periods: 3,
      says: 'The event source mapping does not poll: look at its state and last processing result.',
    },
    {
      name: 'polling-errors',
      metric: eventSourceMetric(mapping, 'PollingErrorCount'),
      goesOff: { atLeast: 1 },
      periods: 2,
      says: 'The event source mapping cannot read the topic: check network, authentication and grants.',
    },
    {
      name: 'commit-errors',
      metric: eventSourceMetric(mapping, 'CommitErrorCount'),
      goesOff: { atLeast: 1 },
      periods: 3,
      says: 'The event source mapping cannot store its offsets, so batches come again: check its rights on the group.',
    },
    {
      name: 'given-up',
      metric: eventSourceMetric(mapping, 'OnFailureDestinationDeliveredEventCount'),
      goesOff: { atLeast: 1 },
      says: 'Lambda gave up a batch, by age or because a record is too large: read the coordinates and replay them.',
    },
    {
      name: 'failures-lost',
      metric: eventSourceMetric(mapping, 'OnFailureDestinationDeliveryErrorCount'),
      goesOff: { atLeast: 1 },
      says: 'Lambda gave up a batch and could not store where it was: check the queue or topic, then compare offsets.',
    },
    {
      name: 'dropped',
      metric: eventSourceMetric(mapping, 'DroppedEventCount'),
      goesOff: { atLeast: 1 },
      says: 'Lambda dropped records without storing where they were: compare offsets and replay the range.',
    },
  ];
}

function aggregateAlarms(deployment: string, name: string, lateAfterMinutes: number): AlarmSpec[] {
  return [
    {
      name: 'owed-rows',
      metric: sinkMetric(deployment, name, 'OwedRowAge'),
      goesOff: { atLeast: lateAfterMinutes * 60 },
      periods: 3,
      // Every tick measures it.
      missingIsBad: true,
      says: 'Rows of an aggregate were counted and are not written for long, or no tick runs that would write them.',
    },
  ];
}
