import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { BridgeError } from '../errors/bridge-error.ts';

/** Reads a secret's text by ARN or name. */
export type ReadSecret = (secretArn: string) => Promise<string>;

/** @throws (from the reader) BridgeError SKB_AUTH_REJECTED when the secret is missing, empty or not ours to read. */
export function createSecretReader(client: SecretsManagerClient): ReadSecret {
  return async (secretArn) => {
    try {
      const { SecretString: text } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
      if (text !== undefined && text !== '') return text;
    } catch (cause) {
      const name = cause instanceof Error ? cause.name : 'unknown error';
      throw new BridgeError('SKB_AUTH_REJECTED', `The Salesforce secret could not be read: ${name}`, {
        cause,
        context: { secretArn },
      });
    }
    throw new BridgeError('SKB_AUTH_REJECTED', 'The Salesforce secret has no value yet', { context: { secretArn } });
  };
}
