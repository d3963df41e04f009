import {
  GetSecretValueCommand,
  InvalidParameterException,
  PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { BridgeError } from '../errors/bridge-error.ts';
import { reasonOf } from './reason-of.ts';

/** A secret that several tasks read and replace. */
export interface SecretStore {
  /** @throws BridgeError SKB_AUTH_REJECTED when it is missing, empty or not ours to read. */
  read(secretArn: string): Promise<{ readonly text: string; readonly version: string }>;
  /**
   * Replaces the version that was read; false when somebody else replaced it before.
   *
   * @throws BridgeError SKB_CHECKPOINT_FAILED
   */
  replace(secretArn: string, text: string, version: string): Promise<boolean>;
}

export function createSecretStore(client: Pick<SecretsManagerClient, 'send'>): SecretStore {
  return {
    async read(secretArn) {
      try {
        const answer = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
        if (answer.SecretString !== undefined && answer.SecretString !== '') {
          return { text: answer.SecretString, version: answer.VersionId ?? '' };
        }
      } catch (cause) {
        throw new BridgeError('SKB_AUTH_REJECTED', `The Salesforce secret could not be read: ${reasonOf(cause)}`, {
          cause,
          context: { secretArn },
        });
      }
      throw new BridgeError('SKB_AUTH_REJECTED', 'The Salesforce secret has no value yet', { context: { secretArn } });
    },
    async replace(secretArn, text, version) {
      try {
        // A value cannot be put on a condition, but a label can be moved on one: it has to stand where we say.
        // https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
        const put = await client.send(
          new PutSecretValueCommand({ SecretId: secretArn, SecretString: text, VersionStages: ['BRIDGE_ROTATED'] }),
        );
        await client.send(
          new UpdateSecretVersionStageCommand({
            SecretId: secretArn,
            VersionStage: 'AWSCURRENT',
            MoveToVersionId: put.VersionId,
            RemoveFromVersionId: version,
          }),
        );
        return true;
      } catch (cause) {
        if (cause instanceof InvalidParameterException) return false;
        throw new BridgeError('SKB_CHECKPOINT_FAILED', 'The secret did not take the rotated refresh token', {
          cause,
          context: { secretArn },
        });
      }
    },
  };
}
