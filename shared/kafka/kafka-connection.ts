import type { KafkaConfig } from 'kafkajs';
import * as z from 'zod/mini';
import type { ReadSecret } from '../aws/secrets.ts';
import { parseEnvironment } from '../bridge/parse-environment.ts';
import { BridgeError } from '../errors/bridge-error.ts';

/** The part of kafkajs' settings that says how to log in. Empty: plain text, as on a laptop. */
export type KafkaSecurity = Pick<KafkaConfig, 'ssl' | 'sasl'>;

const arn = z.string().check(z.startsWith('arn:', 'must be the ARN of a secret'));

/** How a program logs in to Kafka. */
export const kafkaVariables = z.object({
  /** How the brokers want to be logged in to. */
  KAFKA_AUTH: z._default(z.enum(['none', 'iam', 'scram', 'tls'], "must be 'none', 'iam', 'scram' or 'tls'"), 'none'),
  /**
   * ARN of a secret. SCRAM: `username` and `password`. TLS: `certificate` and `privateKey`, and `privateKeyPassword` if it
   * has one.
   */
  KAFKA_SECRET_ARN: z.optional(arn),
  /** ARN of a secret with `certificate`: the CA of brokers whose certificates no public CA signed. */
  KAFKA_CA_SECRET_ARN: z.optional(arn),
  /** For `iam`: where the cluster is. */
  AWS_REGION: z.optional(z.string()),
});

/** What the stack sets. */
export type KafkaVariables = z.input<typeof kafkaVariables>;
export type KafkaLogin = z.infer<typeof kafkaVariables>;

/** @throws BridgeError SKB_CONFIG_INVALID naming every variable that is missing or wrong. */
export function readKafkaLogin(environment: NodeJS.ProcessEnv): KafkaLogin {
  const login = parseEnvironment(kafkaVariables, environment);
  const needed = {
    none: [],
    iam: ['AWS_REGION'],
    scram: ['KAFKA_SECRET_ARN'],
    tls: ['KAFKA_SECRET_ARN'],
  } as const satisfies Record<KafkaLogin['KAFKA_AUTH'], readonly (keyof KafkaLogin)[]>;
  const problems = needed[login.KAFKA_AUTH]
    .filter((name) => login[name] === undefined)
    .map((name) => `${name}: is missing, and KAFKA_AUTH=${login.KAFKA_AUTH} needs it`);
  if (problems.length === 0) return login;
  throw new BridgeError('SKB_CONFIG_INVALID', `The environment has problems:\n  ${problems.join('\n  ')}`, {
    context: { problems },
  });
}

export interface KafkaLoginParts {
  readonly readSecret: ReadSecret;
  /** A token of MSK's IAM login; it lives for 15 minutes at most. */
  readonly iamToken: (region: string) => Promise<string>;
}

/** @throws BridgeError SKB_KAFKA_DENIED when a secret cannot be read or lacks a field; never with a value. */
export async function secureKafka(
  login: KafkaLogin,
  { readSecret, iamToken }: KafkaLoginParts,
): Promise<KafkaSecurity> {
  const {
    KAFKA_AUTH: auth,
    KAFKA_SECRET_ARN: secretArn = '',
    KAFKA_CA_SECRET_ARN: caArn,
    AWS_REGION: region = '',
  } = login;
  const ca = caArn === undefined ? {} : { ca: [(await readFields(readSecret, caArn, ['certificate'])).certificate] };
  switch (auth) {
    case 'none':
      return caArn === undefined ? {} : { ssl: ca };
    case 'iam':
      // kafkajs asks again before the session ends, so the token is always a fresh one.
      return {
        ssl: true,
        sasl: { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: await iamToken(region) }) },
      };
    case 'scram': {
      const { username, password } = await readFields(readSecret, secretArn, ['username', 'password']);
      return { ssl: caArn === undefined ? true : ca, sasl: { mechanism: 'scram-sha-512', username, password } };
    }
    case 'tls': {
      const fields = await readFields(readSecret, secretArn, ['certificate', 'privateKey']);
      const passphrase = fields['privateKeyPassword'];
      return {
        ssl: {
          ...ca,
          cert: fields.certificate,
          key: fields.privateKey,
          ...(passphrase === undefined ? {} : { passphrase }),
        },
      };
    }
  }
}

/** Uses the program's own AWS credentials. Loaded when first used: a laptop and SCRAM need none of it. */
export async function createIamToken(region: string): Promise<string> {
  const { generateAuthToken } = await import('aws-msk-iam-sasl-signer-js');
  return (await generateAuthToken({ region })).token;
}

async function readFields<Field extends string>(
  readSecret: ReadSecret,
  secretArn: string,
  fields: readonly Field[],
): Promise<Record<Field, string> & Partial<Record<string, string>>> {
  const text = await readSecret(secretArn).catch((cause: unknown) => {
    throw denied('cannot be read', secretArn, cause);
  });
  const parsed = parseJson(text);
  const missing = fields.filter((field) => typeof parsed[field] !== 'string' || parsed[field] === '');
  if (missing.length > 0) throw denied(`lacks ${missing.join(' and ')}`, secretArn);
  return parsed as Record<Field, string>;
}

/** The parser's own message would quote the text, so what is no JSON counts as without fields. */
function parseJson(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function denied(what: string, secretArn: string, cause?: unknown): BridgeError {
  return new BridgeError('SKB_KAFKA_DENIED', `The secret for Kafka ${what}`, { cause, context: { secretArn } });
}
