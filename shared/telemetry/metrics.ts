/** CloudWatch namespace of everything the bridge's own programs measure. */
export const metricNamespace = 'SalesforceKafkaBridge';

export type MetricUnit = 'Count' | 'Seconds' | 'Percent';

export interface MetricRow {
  readonly unit: MetricUnit;
  readonly meaning: string;
  /** Which of several values stands for them: what is counted adds up, of the rest the worst counts. @default 'Sum' */
  readonly statistic?: 'Sum' | 'Maximum' | 'Minimum';
}

/** What the poller measures, every half minute and once at its end. */
export const pollerMetrics = {
  ConnectAge: {
    unit: 'Seconds',
    meaning: 'Since Salesforce last answered a connect; the oldest org counts',
    statistic: 'Maximum',
  },
  WaitingForCredentials: {
    unit: 'Count',
    meaning: 'Orgs whose credentials are missing or refused',
    statistic: 'Maximum',
  },
  WaitingForKafka: {
    unit: 'Count',
    meaning: 'Orgs of which Kafka takes no records at the moment',
    statistic: 'Maximum',
  },
  ChannelsOwned: {
    unit: 'Count',
    meaning: 'Channels that one task may read; a standby has none',
    statistic: 'Maximum',
  },
  LeaseChanges: { unit: 'Count', meaning: 'Channels that a task took; many mean that they change hands to and fro' },
  LeasesLost: { unit: 'Count', meaning: 'Channels that a task had to give up before it released them' },
  EventAge: {
    unit: 'Seconds',
    meaning: 'From the commit in Salesforce to the acknowledgement by Kafka; the oldest event counts',
    statistic: 'Maximum',
  },
  EventsReceived: { unit: 'Count', meaning: 'Events of all channels' },
  RecordsPublished: { unit: 'Count', meaning: 'Records that Kafka acknowledged' },
  EventsPublished: { unit: 'Count', meaning: 'Events of which Kafka acknowledged every record' },
  EventsDeadLettered: { unit: 'Count', meaning: 'Events that no record could be made of, stored as they came' },
  EventsSkipped: {
    unit: 'Count',
    meaning: 'Events rightly not published: from before the start, not selected, read again, or in the log already',
  },
  Commits: { unit: 'Count', meaning: 'Replay IDs moved forward' },
  ReplayIdsLost: { unit: 'Count', meaning: 'Positions that Salesforce no longer kept' },
  SubscriptionsRefused: {
    unit: 'Count',
    meaning: 'Channels that Salesforce refused, counted again with each re-check',
  },
  GapEvents: { unit: 'Count', meaning: 'Events that say that rows changed, but not how; they are read again' },
  RowsReread: {
    unit: 'Count',
    meaning: 'Rows read from the org and published: after gaps, after a loss, for snapshots',
  },
  RowsDeadLettered: { unit: 'Count', meaning: 'Rows read from the org that no topic took as records, stored instead' },
  SchemaChanges: { unit: 'Count', meaning: 'Objects whose fields were added, removed or retyped' },
  RetentionLeft: {
    unit: 'Seconds',
    meaning: 'Until Salesforce throws away what was not read yet; the channel that has least left counts',
    statistic: 'Minimum',
  },
  DeliveriesLeft: {
    unit: 'Percent',
    meaning: 'Part of the events that the org delivers in 24 hours that is left',
    statistic: 'Minimum',
  },
  DeliveriesLast: {
    unit: 'Seconds',
    meaning: 'Until the org delivers no more events, at the rate of the last hour',
    statistic: 'Minimum',
  },
  CallsLeft: { unit: 'Percent', meaning: 'Part of the daily API calls of the org that is left', statistic: 'Minimum' },
  CallsLast: {
    unit: 'Seconds',
    meaning: 'Until the calls are down to the reserve, at the rate of the last hour',
    statistic: 'Minimum',
  },
} as const satisfies Record<string, MetricRow>;

/** What sinks measure, once per invocation. */
export const sinkMetrics = {
  RecordsReceived: { unit: 'Count', meaning: 'Records of the batch' },
  RecordsWritten: { unit: 'Count', meaning: 'Records whose row Salesforce took' },
  RecordsFiltered: { unit: 'Count', meaning: 'Records that the transform dropped' },
  RecordsAbsorbed: { unit: 'Count', meaning: 'Records kept in remembered state' },
  RecordsDeadLettered: { unit: 'Count', meaning: 'Records that Salesforce or a step rejected' },
  RecordsHandedBack: { unit: 'Count', meaning: 'Records given back to Kafka to be tried again' },
  RowsUnmerged: { unit: 'Count', meaning: 'Merged rows that were taken apart, because Salesforce refused them' },
  RowsRetried: { unit: 'Count', meaning: 'Rows that were sent again within an invocation' },
  RowsHeld: { unit: 'Count', meaning: 'Rows that take no newer value, because a call about them was not answered' },
  RecordsLate: {
    unit: 'Count',
    meaning: 'Records that came after the windows of their key were closed; they count as filtered, too',
  },
  OwedRowAge: {
    unit: 'Seconds',
    meaning: 'Since when the oldest row is owed by an aggregate, as a tick finds it',
    statistic: 'Maximum',
  },
  FieldsDropped: { unit: 'Count', meaning: 'Fields left out, because the object does not have them' },
  ReportsMissed: { unit: 'Count', meaning: 'Reports of records that Kafka did not take' },
  RecordAge: { unit: 'Seconds', meaning: 'Age of the oldest record of the batch', statistic: 'Maximum' },
  CallsLeft: { unit: 'Percent', meaning: 'Part of the daily API calls of the org that is left', statistic: 'Minimum' },
  CallsLast: {
    unit: 'Seconds',
    meaning: 'Until the calls are down to the reserve, at the rate of the last hour',
    statistic: 'Minimum',
  },
} as const satisfies Record<string, MetricRow>;

export type PollerMetric = keyof typeof pollerMetrics;
export type SinkMetric = keyof typeof sinkMetrics;

const ofAggregates: readonly SinkMetric[] = ['RecordsLate', 'OwedRowAge'];

/** What a sink measures; two of them only where its transform has an aggregate. */
export function metricsOfSink({ hasAggregate }: { readonly hasAggregate: boolean }): readonly SinkMetric[] {
  return (Object.keys(sinkMetrics) as SinkMetric[]).filter((name) => hasAggregate || !ofAggregates.includes(name));
}

/**
 * Measures several values at one moment. Without a deployment to name, nothing is measured.
 *
 * @param properties stand beside the values in the log line, to be searched for, and cost no metric.
 */
export type Measure<Name extends string> = (
  values: Readonly<Partial<Record<Name, number>>>,
  properties?: Readonly<Record<string, unknown>>,
) => void;
