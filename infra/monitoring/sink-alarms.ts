import { Duration } from 'aws-cdk-lib';
import type { Sink } from '../constructs/sink.ts';
import type { AlarmSpec } from './alarm.ts';
import { eventSourceMetric, sinkMetric } from './bridge-metrics.ts';

/** What can be wrong with one sink. */
export function sinkAlarms(deployment: string, name: string, sink: Sink, lateAfterMinutes: number): AlarmSpec[] {
  const { mapping } = sink.eventSource;
  const period = Duration.minutes(5);
  return [
    {
      name: 'behind',
      metric: sinkMetric(deployment, name, 'RecordAge'),
      atLeast: lateAfterMinutes * 60,
      periods: 3,
      says: 'Records reach Salesforce late: see whether batches are handed back, slow, or short of pollers.',
    },
    {
      name: 'dead-lettered',
      metric: sinkMetric(deployment, name, 'RecordsDeadLettered'),
      atLeast: 1,
      says: 'Salesforce or a step rejected records; the dead-letter topic or queue holds them with the reason.',
    },
    {
      name: 'handing-back',
      metric: sinkMetric(deployment, name, 'RecordsHandedBack'),
      atLeast: 1,
      periods: 3,
      says: 'Batches are handed back to Kafka for a quarter of an hour: Salesforce is down, out of quota, or refuses us.',
    },
    {
      name: 'not-polling',
      metric: eventSourceMetric(mapping, 'PolledEventCount'),
      // Lambda sends zeros while all is well and nothing comes.
      atLeast: 'silence',
      periods: 3,
      says: 'The event source mapping does not poll: look at its state and last processing result.',
    },
    {
      name: 'polling-errors',
      metric: eventSourceMetric(mapping, 'PollingErrorCount'),
      atLeast: 1,
      periods: 2,
      says: 'The event source mapping cannot read the topic: check network, authentication and grants.',
    },
    {
      name: 'given-up',
      metric: eventSourceMetric(mapping, 'OnFailureDestinationDeliveredEventCount'),
      atLeast: 1,
      says: 'Lambda gave up a batch, by age or because a record is too large: read the coordinates and replay them.',
    },
    {
      name: 'dropped',
      metric: eventSourceMetric(mapping, 'DroppedEventCount'),
      atLeast: 1,
      says: 'Lambda dropped records without storing where they were: compare offsets and replay the range.',
    },
    {
      name: 'failing',
      metric: sink.function.metricErrors({ period }),
      atLeast: 1,
      periods: 2,
      says: 'The function crashes or runs out of time; its batches come again: read the log.',
    },
    {
      name: 'throttled',
      metric: sink.function.metricThrottles({ period }),
      atLeast: 1,
      periods: 3,
      says: "The function is throttled: raise the account's concurrency or the reservation, or lower maximumPollers.",
    },
  ];
}
