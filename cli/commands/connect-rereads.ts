import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createDynamodbRereadStore } from '../../shared/state/dynamodb-reread-store.ts';
import type { RereadStore } from '../../shared/state/reread-store.ts';

/** With the caller's own AWS credentials; `AWS_ENDPOINT_URL` leads it to a local cloud. */
export function connectRereads(region: string | undefined, tableName: string): RereadStore {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(region === undefined ? {} : { region }));
  return createDynamodbRereadStore({ client, tableName });
}
