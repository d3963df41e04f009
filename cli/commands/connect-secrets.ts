import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/** With the caller's own AWS credentials; `AWS_ENDPOINT_URL` leads it to a local cloud. */
export function connectSecrets(region: string | undefined): SecretsManagerClient {
  return new SecretsManagerClient(region === undefined ? {} : { region });
}
