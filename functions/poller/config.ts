import * as z from 'zod/mini';
import type { Bridge } from '../../shared/bridge/bridge.ts';
import type { KafkaTransactions } from '../../shared/bridge/delivery.ts';
import { parseEnvironment } from '../../shared/bridge/parse-environment.ts';
import { transactionalIdPrefix } from '../../shared/bridge/transactional-id.ts';

/** Everything the poller reads from its environment; the AWS SDK itself also reads AWS_ENDPOINT_URL and credentials. */
export interface PollerConfig {
  readonly region: string;
  readonly stateTableName: string;
  readonly kafkaBrokers: readonly string[];
  readonly kafkaTransactions: KafkaTransactions;
  /** The first part of this deployment's transactional IDs. */
  readonly transactionalIdPrefix: string;
  /** Secret ARN of each org that has a source. */
  readonly secretArns: ReadonlyMap<string, string>;
  /** Where the poller writes its state for a health check; it writes none when absent. */
  readonly healthFile?: string;
  /** `<bridge>-<environment>`, under which it measures; it measures nothing when absent. */
  readonly deployment?: string;
}

const secrets = z.record(z.string(), z.string().check(z.minLength(1)));

/** What the poller reads from its environment, besides how it logs in to Kafka. */
export const pollerVariables = z.object({
  /** Where table and secrets are. @example `eu-central-1` */
  AWS_REGION: z.string('is missing: such as eu-central-1'),
  /** The table that holds positions. */
  STATE_TABLE_NAME: z.string('is missing: the name of the DynamoDB table that holds the positions'),
  /** `host:port`, separated by commas. */
  KAFKA_BROKERS: z
    .string('is missing: host:port pairs separated by commas')
    .check(
      z.regex(/^\s*[^\s:,]+:\d{1,5}(\s*,\s*[^\s:,]+:\d{1,5})*\s*$/, 'must be host:port pairs separated by commas'),
    ),
  /** `unavailable` for a cluster without transactions: then every record arrives at least once. */
  KAFKA_TRANSACTIONS: z._default(
    z.enum(['available', 'unavailable'], "must be 'available' or 'unavailable'"),
    'available',
  ),
  /** First part of transactional IDs; deployments that share a cluster must differ in it. @default the bridge's name */
  TRANSACTIONAL_ID_PREFIX: z.optional(
    z.string().check(z.regex(/^[a-zA-Z0-9._-]{1,100}$/, 'must be letters, digits, dots, underscores or hyphens')),
  ),
  /** JSON object of org name and secret ARN. */
  SALESFORCE_SECRETS: z
    .string('is missing: a JSON object of org name and secret ARN')
    .check(z.refine((text) => secretArnsOf(text) !== undefined, 'must be a JSON object of org name and secret ARN')),
  /** Where the state is written for the health check. @default it is not */
  HEALTH_FILE: z.optional(z.string()),
  /** `<bridge>-<environment>`, under which it measures. @default nothing is measured */
  METRICS_DEPLOYMENT: z.optional(z.string()),
});

/** What the stack sets. */
export type PollerVariables = z.input<typeof pollerVariables>;

/** @throws BridgeError SKB_CONFIG_INVALID with every problem at once. */
export function readConfig(bridge: Bridge, environment: NodeJS.ProcessEnv = process.env): PollerConfig {
  const read = parseEnvironment(pollerVariables, environment, (filled) => {
    const secretArns = secretArnsOf(filled['SALESFORCE_SECRETS'] ?? '');
    const orgs = [...new Set(bridge.sources.map((source) => source.org))];
    return orgs
      .filter((org) => secretArns !== undefined && !secretArns.has(org))
      .map((org) => `SALESFORCE_SECRETS: names no secret for org ${org}, which has a source`);
  });
  return {
    region: read.AWS_REGION,
    stateTableName: read.STATE_TABLE_NAME,
    kafkaBrokers: read.KAFKA_BROKERS.split(',').map((broker) => broker.trim()),
    kafkaTransactions: read.KAFKA_TRANSACTIONS,
    transactionalIdPrefix: read.TRANSACTIONAL_ID_PREFIX ?? transactionalIdPrefix(bridge.name),
    secretArns: secretArnsOf(read.SALESFORCE_SECRETS) ?? new Map(),
    ...(read.HEALTH_FILE === undefined ? {} : { healthFile: read.HEALTH_FILE }),
    ...(read.METRICS_DEPLOYMENT === undefined ? {} : { deployment: read.METRICS_DEPLOYMENT }),
  };
}

function secretArnsOf(text: string): ReadonlyMap<string, string> | undefined {
  try {
    const parsed = secrets.safeParse(JSON.parse(text));
    return parsed.success ? new Map(Object.entries(parsed.data)) : undefined;
  } catch {
    return undefined;
  }
}
