import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { BridgeError } from '../errors/bridge-error.ts';
import type { KnownObject, ObjectStore } from './object-store.ts';

/** One item per object: `pk` = `CHANNEL#<org>#objects`, `sk` = `OBJECT#<object>`. */
export function createDynamodbObjectStore({
  client,
  tableName,
}: {
  readonly client: Pick<DynamoDBDocumentClient, 'send'>;
  readonly tableName: string;
}): ObjectStore {
  const keyOf = (org: string, object: string) => ({ pk: `CHANNEL#${org}#objects`, sk: `OBJECT#${object}` });
  const failed = (object: string, cause: unknown) =>
    new BridgeError('SKB_CHECKPOINT_FAILED', `The state table did not take the fields of ${object}`, {
      cause,
      context: { object, tableName },
    });
  return {
    async read(org, object) {
      try {
        const { Item: item } = await client.send(new GetCommand({ TableName: tableName, Key: keyOf(org, object) }));
        if (item === undefined) return undefined;
        const { pk: _pk, sk: _sk, ...known } = item;
        return known as KnownObject;
      } catch (cause) {
        throw failed(object, cause);
      }
    },
    async replace(org, object, before, known) {
      const unchanged =
        before === undefined
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : {
              ConditionExpression: 'fingerprint = :before',
              ExpressionAttributeValues: { ':before': before.fingerprint },
            };
      const item = { ...keyOf(org, object), ...known };
      try {
        await client.send(new PutCommand({ TableName: tableName, Item: item, ...unchanged }));
        return true;
      } catch (cause) {
        if (cause instanceof ConditionalCheckFailedException) return false;
        throw failed(object, cause);
      }
    },
  };
}
