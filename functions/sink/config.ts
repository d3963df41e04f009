import * as z from 'zod/mini';
import { parseEnvironment } from '../../shared/bridge/parse-environment.ts';

const schema = z.object({
  /** Which sink of the definition this function is. */
  SINK_NAME: z.string(),
  STATE_TABLE_NAME: z.string(),
  SALESFORCE_SECRET_ARN: z.string(),
  /** Comma separated; for the dead-letter topic. */
  KAFKA_BROKERS: z.string(),
  /** `<bridge>-<environment>`, under which it measures. @default nothing is measured */
  METRICS_DEPLOYMENT: z.optional(z.string()),
});

export interface SinkConfig {
  readonly sinkName: string;
  readonly stateTableName: string;
  readonly salesforceSecretArn: string;
  readonly kafkaBrokers: readonly string[];
  readonly deployment: string | undefined;
}

/** @throws BridgeError SKB_CONFIG_INVALID naming every variable that is missing. */
export function parseSinkConfig(environment: NodeJS.ProcessEnv): SinkConfig {
  const variables = parseEnvironment(schema, environment);
  return {
    sinkName: variables.SINK_NAME,
    stateTableName: variables.STATE_TABLE_NAME,
    salesforceSecretArn: variables.SALESFORCE_SECRET_ARN,
    kafkaBrokers: variables.KAFKA_BROKERS.split(',').map((each) => each.trim()),
    deployment: variables.METRICS_DEPLOYMENT,
  };
}
