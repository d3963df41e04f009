import type { AlarmSpec } from './alarm.ts';
import { pollerMetric } from './bridge-metrics.ts';

/** What can be wrong with the poller. */
export function pollerAlarms(deployment: string): AlarmSpec[] {
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
      says: 'Events could not be decoded; their text is in the dead-letter topic of the source: read one.',
    },
    {
      name: 'position-lost',
      metric: pollerMetric(deployment, 'ReplayIdsLost'),
      goesOff: { atLeast: 1 },
      says: 'Salesforce no longer had a stored position, so events may be missing: check what onReplayLost did.',
    },
  ];
}
