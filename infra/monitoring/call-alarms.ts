import { Duration } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmSpec } from './alarm.ts';

/** In seconds: long enough to act within a working day. */
export const timeToAct = Duration.hours(6).toSeconds();

/**
 * What can run out for every program that calls Salesforce.
 *
 * @param outcome what happens at the reserve.
 */
export function callAlarms(metricOf: (name: 'CallsLeft' | 'CallsLast') => IMetric, outcome: string): AlarmSpec[] {
  return [
    {
      name: 'calls-ending',
      metric: metricOf('CallsLast'),
      goesOff: { atMost: timeToAct },
      periods: 3,
      says: `At this rate the API calls of the org are down to the reserve in so many seconds; ${outcome}.`,
    },
    {
      name: 'calls-low',
      metric: metricOf('CallsLeft'),
      goesOff: { atMost: 15 },
      says: 'Little is left of the API calls that the org has in 24 hours: see who else uses them.',
    },
  ];
}
