import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { BridgeError } from '../errors/bridge-error.ts';
import { reasonOf } from './reason-of.ts';

/** Reads a secret's text by ARN or name. */
export type ReadSecret = (secretArn: string) => Promise<string>;

/** @throws (from the reader) BridgeError SKB_AUTH_REJECTED when the secret is missing, empty or not ours to read. */
export function createSecretReader(client: SecretsManagerClient): ReadSecret {
  return async (secretArn) => {
    try {
      const { SecretString: text } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
      if (text !== undefined && text !== '') return text;
    } catch (cause) {
      throw new BridgeError('SKB_AUTH_REJECTED', `The Salesforce secret could not be read: ${reasonOf(cause)}`, {
        cause,
        context: { secretArn },
      });
    }
    throw new BridgeError('SKB_AUTH_REJECTED', 'The Salesforce secret has no value yet', { context: { secretArn } });
  };
}
