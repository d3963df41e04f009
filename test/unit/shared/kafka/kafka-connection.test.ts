import { describe, expect, it } from 'vitest';
import { createIamToken, readKafkaLogin, secureKafka } from '../../../../shared/kafka/kafka-connection.ts';

const secretArn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:kafka';
const caArn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:ca';

const parts = (secrets: Record<string, unknown> = {}) => ({
  readSecret: async (arn: string) => {
    if (!(arn in secrets)) throw new Error('no such secret');
    return typeof secrets[arn] === 'string' ? secrets[arn] : JSON.stringify(secrets[arn]);
  },
  iamToken: async (region: string) => `token of ${region}`,
});

const secure = (environment: Record<string, string>, secrets?: Record<string, unknown>) =>
  secureKafka(readKafkaLogin(environment), parts(secrets));

describe('logging in to Kafka', () => {
  it('is plain text by default', async () => {
    expect(await secure({})).toEqual({});
    expect(await secure({ KAFKA_AUTH: '' })).toEqual({});
  });

  it('with IAM gives a fresh token every time kafkajs asks', async () => {
    const { ssl, sasl } = await secure({ KAFKA_AUTH: 'iam', AWS_REGION: 'eu-central-1' });
    expect(ssl).toBe(true);
    if (typeof sasl !== 'object' || !('oauthBearerProvider' in sasl)) return expect.fail('no token provider');
    expect(await sasl.oauthBearerProvider()).toEqual({ value: 'token of eu-central-1' });
  });

  it('with SCRAM takes user and password from the secret', async () => {
    const security = await secure(
      { KAFKA_AUTH: 'scram', KAFKA_SECRET_ARN: secretArn },
      { [secretArn]: { username: 'bridge', password: 'hidden' } },
    );
    expect(security).toEqual({
      ssl: true,
      sasl: { mechanism: 'scram-sha-512', username: 'bridge', password: 'hidden' },
    });
  });

  it('with TLS takes certificate and key from the secret, and the CA from its own', async () => {
    const security = await secure(
      { KAFKA_AUTH: 'tls', KAFKA_SECRET_ARN: secretArn, KAFKA_CA_SECRET_ARN: caArn },
      { [secretArn]: { certificate: 'C', privateKey: 'K', privateKeyPassword: 'P' }, [caArn]: { certificate: 'CA' } },
    );
    expect(security).toEqual({ ssl: { ca: ['CA'], cert: 'C', key: 'K', passphrase: 'P' } });
  });

  it.each([
    [{ KAFKA_AUTH: 'plain' }, 'KAFKA_AUTH: must be'],
    [{ KAFKA_AUTH: 'scram' }, 'KAFKA_SECRET_ARN: is missing'],
    [{ KAFKA_AUTH: 'tls', KAFKA_SECRET_ARN: 'password' }, 'KAFKA_SECRET_ARN: must be the ARN of a secret'],
    [{ KAFKA_AUTH: 'iam' }, 'AWS_REGION: is missing'],
  ])('is refused with %j', (environment, problem) => {
    expect(() => readKafkaLogin(environment)).toThrow(problem);
  });

  it.each([
    ['that lacks a field', { username: 'bridge' }, 'lacks password'],
    ['that is no JSON', 'hidden', 'lacks username and password'],
  ])('names a secret %s, never its content', async (_, secret, problem) => {
    const refused = secure({ KAFKA_AUTH: 'scram', KAFKA_SECRET_ARN: secretArn }, { [secretArn]: secret });
    await expect(refused).rejects.toMatchObject({
      code: 'SKB_KAFKA_DENIED',
      message: expect.stringContaining(problem),
      context: { secretArn },
    });
    await expect(refused).rejects.not.toThrow(/hidden/);
  });

  it('names a secret that cannot be read', async () => {
    await expect(secure({ KAFKA_AUTH: 'scram', KAFKA_SECRET_ARN: secretArn })).rejects.toMatchObject({
      code: 'SKB_KAFKA_DENIED',
      message: 'The secret for Kafka cannot be read',
    });
  });
});

describe('the IAM token', () => {
  it('is a signed request of the login to MSK, from the credentials of the program', async () => {
    const before = { ...process.env };
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'example' });
    try {
      const url = new URL(Buffer.from(await createIamToken('eu-central-1'), 'base64url').toString());
      expect(url.host).toBe('kafka.eu-central-1.amazonaws.com');
      expect(url.searchParams.get('Action')).toBe('kafka-cluster:Connect');
      expect(url.searchParams.get('X-Amz-Credential')).toContain('AKIDEXAMPLE/');
      expect(Number(url.searchParams.get('X-Amz-Expires'))).toBeLessThanOrEqual(900);
    } finally {
      process.env = before;
    }
  });
});
