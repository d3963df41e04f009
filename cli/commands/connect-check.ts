import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { authOf, loginVariables } from '../../infra/cluster-settings.ts';
import type { Deployment } from '../../infra/read-deployment.ts';
import { brokers as brokersFormat } from '../../infra/setting-formats.ts';
import { createSecretStore } from '../../shared/aws/secret-store.ts';
import { createSecretReader, type ReadSecret } from '../../shared/aws/secrets.ts';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import {
  createIamToken,
  type KafkaLoginParts,
  readKafkaLogin,
  secureKafka,
} from '../../shared/kafka/kafka-connection.ts';
import { createKafkajs } from '../../shared/kafka/kafkajs-client.ts';
import { createKafkajsSurvey, type KafkaSurvey } from '../../shared/kafka/kafkajs-survey.ts';
import { connectOrg } from '../../shared/salesforce/connect-org.ts';
import type { Logger } from '../../shared/telemetry/logger.ts';
import type { Connections } from '../check-connections.ts';
import { connectSecrets } from './connect-secrets.ts';

/** What is wrong comes back as errors; the client's own log would repeat it with every attempt. */
const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/**
 * Connects to what a deployment talks to, with the caller's own AWS credentials: secrets are read where they are, and no
 * login stands on the command line.
 *
 * @param brokers `host:port,…` instead of those of the environment, which does not know the brokers of a cluster that the
 *   stack makes.
 */
export function connectCheck({ environment }: Deployment, brokers: string | undefined): Connections {
  const client: SecretsManagerClient = connectSecrets(environment.region);
  const readSecret = createSecretReader(client);
  const secrets = createSecretStore(client);
  return {
    kafka: async () => {
      // As the SDK finds it; where it finds none, only a login by IAM has a problem.
      const region = environment.region ?? (await client.config.region().catch(() => undefined));
      return connectKafka({ environment, region, brokers }, { readSecret, iamToken: createIamToken });
    },
    async logIn(org, secretArn) {
      const { tokens } = connectOrg({ org, secretArn, readSecret, secrets, now: () => performance.now() });
      await tokens.current();
    },
  };
}

interface KafkaPlace extends Pick<Deployment, 'environment'> {
  readonly region: string | undefined;
  readonly brokers: string | undefined;
}

/** Logs in to a cluster as the programs of an environment do. */
export async function connectKafka(
  { environment: { cluster }, region, brokers }: KafkaPlace,
  parts: KafkaLoginParts & { readonly readSecret: ReadSecret },
): Promise<KafkaSurvey> {
  const known = brokers ?? (cluster.kind === 'create' ? undefined : cluster.brokers);
  if (known === undefined) {
    throw new BridgeError(
      'SKB_CONFIG_INVALID',
      '--brokers: must name the brokers of a cluster that the stack made, as aws kafka get-bootstrap-brokers prints them',
    );
  }
  const { error } = brokersFormat.safeParse(known);
  if (error !== undefined) throw new BridgeError('SKB_CONFIG_INVALID', `--brokers: ${error.issues[0]?.message}`);
  const caSecretArn = cluster.kind === 'selfManaged' ? cluster.caSecretArn : undefined;
  const login = readKafkaLogin({ AWS_REGION: region, ...loginVariables(authOf(cluster), caSecretArn) });
  const security = await secureKafka(login, parts);
  const settings = { brokers: known.split(',').map((each) => each.trim()), clientId: 'bridge-check' };
  return createKafkajsSurvey(createKafkajs({ ...settings, security, logger: silent, requestTimeoutMs: 10_000 }));
}
