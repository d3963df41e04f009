import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { BatchGetCommand, BatchWriteCommand, DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll } from 'vitest';
import { clientSettings, createStateTable, putSecret } from '../../../local/aws/resources.ts';
import { type LocalAws, startLocalAws } from '../../../local/aws/start-local-aws.ts';
import { startProcess } from '../../../local/processes/start-process.ts';
import { testCache } from '../local/local-broker.ts';

/** A real table and real secrets, for the stores that stand on them. */
export interface StateGround {
  readonly tableName: string;
  readonly client: DynamoDBDocumentClient;
  /** The same table, but of every batch half is left undone, as DynamoDB does under load. */
  readonly stingy: Pick<DynamoDBDocumentClient, 'send'>;
  readonly secrets: SecretsManagerClient;
  item(pk: string, sk: string): Promise<Readonly<Record<string, unknown>> | undefined>;
  /** @returns the ARN. */
  putSecret(name: string, value: object): Promise<string>;
}

/** Starts one local AWS before the tests of a file and ends it after them. */
export function useStateGround(): StateGround {
  const tableName = 'state';
  let folder: string;
  let aws: LocalAws;
  let client: DynamoDBDocumentClient;
  let secrets: SecretsManagerClient;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'stores-'));
    const runFolder = path.join(folder, 'aws');
    aws = await startLocalAws({ runFolder, cache: testCache, environment: process.env, startProcess });
    await createStateTable(aws, tableName);
    client = DynamoDBDocumentClient.from(new DynamoDBClient(clientSettings(aws)));
    secrets = new SecretsManagerClient(clientSettings(aws));
  });
  afterAll(async () => {
    client?.destroy();
    secrets?.destroy();
    await aws?.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    tableName,
    get client() {
      return client;
    },
    get stingy() {
      return leavingHalf(client);
    },
    get secrets() {
      return secrets;
    },
    item: async (pk, sk) => (await client.send(new GetCommand({ TableName: tableName, Key: { pk, sk } }))).Item,
    putSecret: (name, value) => putSecret(aws, name, value),
  };
}

function leavingHalf(client: DynamoDBDocumentClient): Pick<DynamoDBDocumentClient, 'send'> {
  const send = async (command: unknown) => {
    if (command instanceof BatchGetCommand) {
      const [[table = '', request] = []] = Object.entries(command.input.RequestItems ?? {});
      const keys = request?.Keys ?? [];
      const now = Math.ceil(keys.length / 2);
      const answer = await client.send(
        new BatchGetCommand({ RequestItems: { [table]: { ...request, Keys: keys.slice(0, now) } } }),
      );
      const left = keys.slice(now);
      return { ...answer, UnprocessedKeys: left.length === 0 ? {} : { [table]: { ...request, Keys: left } } };
    }
    if (command instanceof BatchWriteCommand) {
      const [[table = '', requests = []] = []] = Object.entries(command.input.RequestItems ?? {});
      const now = Math.ceil(requests.length / 2);
      const answer = await client.send(new BatchWriteCommand({ RequestItems: { [table]: requests.slice(0, now) } }));
      const left = requests.slice(now);
      return { ...answer, UnprocessedItems: left.length === 0 ? {} : { [table]: left } };
    }
    return await client.send(command as Parameters<typeof client.send>[0]);
  };
  return { send: send as DynamoDBDocumentClient['send'] };
}
