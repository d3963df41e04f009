import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { AlarmSpec } from './alarm.ts';

const period = Duration.minutes(5);

/** What can be wrong with the table that holds the positions. */
export function stateAlarms(table: TableV2): AlarmSpec[] {
  return [
    {
      name: 'throttled-table',
      metric: new Metric({
        namespace: 'AWS/DynamoDB',
        metricName: 'ThrottledRequests',
        dimensionsMap: { TableName: table.tableName },
        statistic: 'Sum',
        period,
      }),
      goesOff: { atLeast: 1 },
      periods: 3,
      says: 'DynamoDB throttles the state table; nothing is acknowledged meanwhile: look for a hot key.',
    },
  ];
}

/** Whether somebody has to read what Lambda gave up. */
export function failureQueueAlarms(queue: IQueue): AlarmSpec[] {
  return [
    {
      name: 'unread-failures',
      metric: queue.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
      goesOff: { atLeast: 1 },
      says: 'Coordinates of batches that Lambda gave up wait in the queue: replay them, then delete the message.',
    },
  ];
}

/** Whether rejected records are about to be forgotten: SQS keeps them for 14 days. */
export function letterQueueAlarms(queue: IQueue): AlarmSpec[] {
  return [
    {
      name: 'letters-expiring',
      metric: queue.metricApproximateAgeOfOldestMessage({ period, statistic: 'Maximum' }),
      goesOff: { atLeast: Duration.days(10).toSeconds() },
      says: 'Rejected records have waited for ten days and the queue forgets them after fourteen: read them now.',
    },
  ];
}
