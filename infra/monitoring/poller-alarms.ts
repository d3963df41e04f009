import type { AlarmSpec } from './alarm.ts';
import { pollerMetric } from './bridge-metrics.ts';
import { callAlarms, timeToAct } from './call-alarms.ts';
import type { Limits } from './sink-alarms.ts';

/** In five minutes. A deployment moves every channel once. */
const leaseChangesTooMany = 20;

/** What can be wrong with the poller. */
export function pollerAlarms(deployment: string, { lateAfterMinutes }: Pick<Limits, 'lateAfterMinutes'>): AlarmSpec[] {
  return [
    {
      name: 'silent',
      metric: pollerMetric(deployment, 'ConnectAge'),
      goesOff: { atLeast: 600 },
      periods: 2,
      missingIsBad: true,
      says: 'The poller is not running, or Salesforce has not answered it for ten minutes: look at the service events and the log.',
    },
    {
      name: 'waiting-for-credentials',
      metric: pollerMetric(deployment, 'WaitingForCredentials'),
      goesOff: { atLeast: 1 },
      periods: 2,
      says: 'Salesforce credentials are missing or refused: run "bridge credentials put" and check the app in Salesforce.',
    },
    {
      name: 'waiting-for-kafka',
      metric: pollerMetric(deployment, 'WaitingForKafka'),
      goesOff: { atLeast: 1 },
      periods: 2,
      says: 'Kafka takes no records of an org: check the brokers, the network and the rights of the poller.',
    },
    {
      name: 'lease-changes',
      metric: pollerMetric(deployment, 'LeaseChanges'),
      goesOff: { atLeast: leaseChangesTooMany },
      periods: 3,
      says: 'Channels change hands again and again: see whether tasks are short of CPU or the table is slow.',
    },
    {
      name: 'subscription-refused',
      metric: pollerMetric(deployment, 'SubscriptionsRefused'),
      goesOff: { atLeast: 1 },
      // A refusal is asked again each minute or two; a limit that is waited out, more seldom.
      periods: 3,
      says: 'Salesforce refuses a channel for a quarter of an hour: it does not exist, or a right is missing; the others go on.',
    },
    {
      name: 'late-events',
      metric: pollerMetric(deployment, 'EventAge'),
      goesOff: { atLeast: lateAfterMinutes * 60 },
      periods: 3,
      says: 'Events reach Kafka late: see whether Kafka is slow, or a channel was not read for a while.',
    },
    {
      name: 'schema-changed',
      metric: pollerMetric(deployment, 'SchemaChanges'),
      goesOff: { atLeast: 1 },
      says: 'Somebody added, removed or retyped fields of an object; the stream goes on, and its readers should know.',
    },
    {
      name: 'unusual-volume',
      metric: pollerMetric(deployment, 'EventsReceived'),
      goesOff: 'unusual',
      periods: 6,
      says: 'Far more or fewer events come than usually at this time: ask what was done in Salesforce.',
    },
    {
      name: 'events-dead-lettered',
      metric: pollerMetric(deployment, 'EventsDeadLettered'),
      goesOff: { atLeast: 1 },
      says: 'Events could not be decoded, or are too large for their topic; their text is in the dead-letter topic of the source: read one.',
    },
    {
      name: 'rows-dead-lettered',
      metric: pollerMetric(deployment, 'RowsDeadLettered'),
      goesOff: { atLeast: 1 },
      says: 'Rows that were read again could not be published; they are in the dead-letter topic of the source: read one.',
    },
    {
      name: 'position-lost',
      metric: pollerMetric(deployment, 'ReplayIdsLost'),
      goesOff: { atLeast: 1 },
      says: 'Salesforce no longer had a stored position, so events may be missing: check what onReplayLost did.',
    },
    {
      name: 'retention-ending',
      metric: pollerMetric(deployment, 'RetentionLeft'),
      goesOff: { atMost: timeToAct },
      periods: 2,
      says: 'A channel waits so long that Salesforce will throw its next events away in so many seconds: end what it waits for.',
    },
    {
      name: 'deliveries-ending',
      metric: pollerMetric(deployment, 'DeliveriesLast'),
      goesOff: { atMost: timeToAct },
      periods: 3,
      says: 'At this rate the org delivers no more events in so many seconds; channels then wait for hours.',
    },
    {
      name: 'deliveries-low',
      metric: pollerMetric(deployment, 'DeliveriesLeft'),
      goesOff: { atMost: 15 },
      says: 'Little is left of the events that the org delivers in 24 hours: see who else subscribes to them.',
    },
    ...callAlarms((name) => pollerMetric(deployment, name), 'the poller then reads no rows'),
  ];
}
