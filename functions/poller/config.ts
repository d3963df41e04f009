import * as z from 'zod/mini';
import type { Bridge } from '../../shared/bridge/define-bridge.ts';
import { BridgeError } from '../../shared/errors/bridge-error.ts';

/** Everything the poller reads from its environment; the AWS SDK itself also reads AWS_ENDPOINT_URL and credentials. */
export interface PollerConfig {
  readonly region: string;
  readonly stateTableName: string;
  readonly kafkaBrokers: readonly string[];
  /** Secret ARN of each org that has a source. */
  readonly secretArns: ReadonlyMap<string, string>;
  /** Where the poller writes its state for a health check; it writes none when absent. */
  readonly healthFile?: string;
  /** `<bridge>-<environment>`, under which it measures; it measures nothing when absent. */
  readonly deployment?: string;
}

const environmentSchema = z.object({
  AWS_REGION: required('such as eu-central-1'),
  STATE_TABLE_NAME: required('the name of the DynamoDB table that holds the positions'),
  KAFKA_BROKERS: required('host:port pairs separated by commas').check(
    z.regex(/^\s*$|^[^\s:,]+:\d{1,5}(\s*,\s*[^\s:,]+:\d{1,5})*$/, 'must be host:port pairs separated by commas'),
  ),
  SALESFORCE_SECRETS: required('a JSON object of org name and secret ARN').check(
    z.refine(
      (text) => text.trim() === '' || secretArnsOf(text) !== undefined,
      'must be a JSON object of org name and secret ARN',
    ),
  ),
  HEALTH_FILE: z.optional(z.string()),
  METRICS_DEPLOYMENT: z.optional(z.string()),
});

/**
 * The poller's configuration.
 *
 * @throws BridgeError SKB_CONFIG_INVALID with every problem at once; never with a value, since it may be a secret put in
 *   the wrong place.
 */
export function readConfig(bridge: Bridge, environment: NodeJS.ProcessEnv = process.env): PollerConfig {
  const parsed = environmentSchema.safeParse(environment);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  const secretArns = secretArnsOf(environment['SALESFORCE_SECRETS'] ?? '');
  for (const org of new Set(bridge.sources.map((source) => source.org))) {
    if (secretArns !== undefined && !secretArns.has(org)) {
      problems.push(`SALESFORCE_SECRETS: names no secret for org ${org}, which has a source`);
    }
  }
  if (!parsed.success || problems.length > 0) throw invalid(problems);
  const { AWS_REGION, STATE_TABLE_NAME, KAFKA_BROKERS, HEALTH_FILE, METRICS_DEPLOYMENT } = parsed.data;
  return {
    region: AWS_REGION,
    stateTableName: STATE_TABLE_NAME,
    kafkaBrokers: KAFKA_BROKERS.split(',').map((broker) => broker.trim()),
    secretArns: secretArns ?? new Map(),
    ...(HEALTH_FILE === undefined || HEALTH_FILE === '' ? {} : { healthFile: HEALTH_FILE }),
    ...(METRICS_DEPLOYMENT === undefined || METRICS_DEPLOYMENT === '' ? {} : { deployment: METRICS_DEPLOYMENT }),
  };
}

function required(what: string) {
  return z
    .string(`is missing: ${what}`)
    .check(z.refine((text) => text.trim() !== '', { error: `is missing: ${what}`, abort: true }));
}

const secretsSchema = z.record(z.string(), z.string().check(z.minLength(1)));

function secretArnsOf(text: string): ReadonlyMap<string, string> | undefined {
  try {
    const parsed = secretsSchema.safeParse(JSON.parse(text));
    return parsed.success ? new Map(Object.entries(parsed.data)) : undefined;
  } catch {
    return undefined;
  }
}

function invalid(problems: readonly string[]): BridgeError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const lines = problems.map((problem) => `  ${problem}`).join('\n');
  return new BridgeError('SKB_CONFIG_INVALID', `The poller's environment has ${count}:\n${lines}`, {
    context: { problems },
  });
}
