import * as z from 'zod/mini';
import { parseEnvironment } from '../../shared/bridge/parse-environment.ts';

/** What a sink's function reads from its environment, besides how it logs in to Kafka. */
export const sinkVariables = z.object({
  /** Which sink of the definition this function is. */
  SINK_NAME: z.string(),
  /** The table that holds settled offsets and remembered values. */
  STATE_TABLE_NAME: z.string(),
  /** ARN of the secret of the sink's org. */
  SALESFORCE_SECRET_ARN: z.string(),
  /** `host:port`, separated by commas; for the dead-letter topic and reports. */
  KAFKA_BROKERS: z.optional(z.string()),
  /** Address of the queue for dead letters. */
  DEAD_LETTER_QUEUE_URL: z.optional(z.string()),
  /** Bucket for dead letters that are too large for topic or queue. @default they are stored in parts */
  DEAD_LETTER_BUCKET: z.optional(z.string()),
  /** `<bridge>-<environment>`, under which it measures. @default nothing is measured */
  METRICS_DEPLOYMENT: z.optional(z.string()),
});

/** What the stack sets. */
export type SinkVariables = z.input<typeof sinkVariables>;

export interface SinkConfig {
  readonly sinkName: string;
  readonly stateTableName: string;
  readonly salesforceSecretArn: string;
  readonly kafkaBrokers: readonly string[];
  readonly deadLetterQueueUrl: string | undefined;
  readonly deadLetterBucket: string | undefined;
  readonly deployment: string | undefined;
}

/** @throws BridgeError SKB_CONFIG_INVALID naming every variable that is missing. */
export function parseSinkConfig(environment: NodeJS.ProcessEnv): SinkConfig {
  const variables = parseEnvironment(sinkVariables, environment);
  return {
    sinkName: variables.SINK_NAME,
    stateTableName: variables.STATE_TABLE_NAME,
    salesforceSecretArn: variables.SALESFORCE_SECRET_ARN,
    kafkaBrokers: (variables.KAFKA_BROKERS ?? '').split(',').map((each) => each.trim()),
    deadLetterQueueUrl: variables.DEAD_LETTER_QUEUE_URL,
    deadLetterBucket: variables.DEAD_LETTER_BUCKET,
    deployment: variables.METRICS_DEPLOYMENT,
  };
}
