import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { AwsAccess } from './start-local-aws.ts';

/** Creates the state table if it is missing, with the keys and the TTL attribute that the deployed one has. */
export async function createStateTable(aws: AwsAccess, name: string): Promise<void> {
  const client = new DynamoDBClient(clientSettings(aws));
  try {
    await client.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  try {
    await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1 }, { TableName: name });
    const { TimeToLiveDescription: ttl } = await client.send(new DescribeTimeToLiveCommand({ TableName: name }));
    // Switching it on twice is an error.
    if (ttl?.TimeToLiveStatus === 'ENABLED' || ttl?.TimeToLiveStatus === 'ENABLING') return;
    const TimeToLiveSpecification = { AttributeName: 'expiresAt', Enabled: true };
    await client.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification }));
  } finally {
    client.destroy();
  }
}

/** Stores a secret as JSON, new or as the next version of an existing one, and gives its ARN. */
export async function putSecret(aws: AwsAccess, name: string, value: object): Promise<string> {
  const client = new SecretsManagerClient(clientSettings(aws));
  const SecretString = JSON.stringify(value);
  try {
    const { ARN } = await client.send(new CreateSecretCommand({ Name: name, SecretString })).catch((error) => {
      if (!(error instanceof ResourceExistsException)) throw error;
      return client.send(new PutSecretValueCommand({ SecretId: name, SecretString }));
    });
    if (ARN === undefined) throw new Error(`Secrets Manager gave no ARN for ${name}`);
    return ARN;
  } finally {
    client.destroy();
  }
}

/** Removes what a run made in an AWS that outlives it. */
export async function removeRunResources(aws: AwsAccess, table: string, secretArns: readonly string[]): Promise<void> {
  const tables = new DynamoDBClient(clientSettings(aws));
  const secrets = new SecretsManagerClient(clientSettings(aws));
  try {
    await tables.send(new DeleteTableCommand({ TableName: table }));
    for (const SecretId of secretArns) {
      await secrets.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
    }
  } finally {
    tables.destroy();
    secrets.destroy();
  }
}

/** Settings of an SDK client that talks to this AWS. */
export function clientSettings({ endpoint, region, credentialsEnv }: AwsAccess) {
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN } = credentialsEnv;
  return {
    endpoint,
    region,
    credentials: {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}),
    },
  };
}
