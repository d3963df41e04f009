import * as z from 'zod/mini';
import { parseEnvironment } from '../../shared/bridge/parse-environment.ts';

const schema = z.object({
  /** Which sink of the definition this function is. */
  SINK_NAME: z.string(),
  STATE_TABLE_NAME: z.string(),
  SALESFORCE_SECRET_ARN: z.string(),
  /** Comma separated; for the dead-letter topic and reports. */
  KAFKA_BROKERS: z.optional(z.string()),
  /** For dead letters in a queue. */
  DEAD_LETTER_QUEUE_URL: z.optional(z.string()),
  /** For dead letters that are too large for topic or queue. @default they are stored in parts */
  DEAD_LETTER_BUCKET: z.optional(z.string()),
  /** `<bridge>-<environment>`, under which it measures. @default nothing is measured */
  METRICS_DEPLOYMENT: z.optional(z.string()),
});

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
  const variables = parseEnvironment(schema, environment);
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
