/** A right that no call of the recorded run used: who uses it, and where that is said. */
export interface RightOfOthers {
  readonly action: string;
  readonly usedBy: string;
  /** Page of the vendor; of our own code, the file. */
  readonly page: string;
}

const networkInterfaces: readonly RightOfOthers[] = [
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:DescribeVpcs',
].map((action) => ({
  action,
  usedBy: 'AWS Lambda, for the network interfaces of function and event source mapping',
  page: 'https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html',
}));

const eventSource: readonly RightOfOthers[] = [
  ...['kafka:DescribeCluster', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'].map((action) => ({
    action,
    page: 'https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html',
  })),
  ...['AlterGroup', 'DescribeGroup', 'ReadData', 'DescribeCluster'].map((action) => ({
    action: `kafka-cluster:${action}`,
    page: 'https://docs.aws.amazon.com/lambda/latest/dg/msk-cluster-auth.html',
  })),
  { action: 'sqs:SendMessage', page: 'https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html' },
].map((each) => ({ ...each, usedBy: 'AWS Lambda, the event source mapping' }));

const logs: readonly RightOfOthers[] = ['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => ({
  action,
  usedBy: 'AWS Lambda, for what the function prints',
  page: 'https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html',
}));

/** What a sink's role may do beyond the calls of a run in which nothing out of the ordinary happens. */
export const rightsBesideSink: readonly RightOfOthers[] = [
  ...networkInterfaces,
  ...eventSource,
  ...logs,
  ...['dynamodb:DeleteItem', 'dynamodb:PutItem'].map((action) => ({
    action,
    usedBy: 'the sink, for Bulk jobs and aggregates',
    page: 'shared/state/dynamodb-bulk-job-store.ts, shared/state/dynamodb-aggregate-store.ts',
  })),
];

export const rightsBesidePoller: readonly RightOfOthers[] = [
  {
    action: 'dynamodb:UpdateItem',
    usedBy: 'the poller, while rows are read again after a gap',
    page: 'shared/state/dynamodb-reread-store.ts',
  },
  {
    action: 'kafka-cluster:ReadData',
    usedBy: 'the poller, when it takes over a channel that somebody published before',
    page: 'shared/kafka/kafkajs-published-log.ts',
  },
  {
    action: 'kafka-cluster:DescribeCluster',
    usedBy: 'Amazon MSK, which asks for it beside Connect',
    page: 'https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html',
  },
];
