import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { BridgeError } from '../errors/bridge-error.ts';
import type { LatelyWritten, WrittenRow } from './lately-written.ts';

/** Reads what dynamodb-lately-written.ts stores; apart from it, because the poller may not write there. */
export function createDynamodbFindWritten({
  client,
  tableName,
  now,
}: {
  readonly client: Pick<DynamoDBDocumentClient, 'send'>;
  readonly tableName: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}): Pick<LatelyWritten, 'find'> {
  return {
    async find(org, id) {
      const Key = { pk: `WRITTEN#${org}#${id}`, sk: 'VALUES' };
      try {
        const { Item: item } = await client.send(new GetCommand({ TableName: tableName, Key, ConsistentRead: true }));
        // The TTL deletes within days, not at once.
        if (item === undefined || Number(item['expiresAt']) * 1000 < now()) return undefined;
        return { id, fields: JSON.parse(String(item['fields'])) as WrittenRow['fields'] };
      } catch (cause) {
        throw new BridgeError('SKB_CHECKPOINT_FAILED', 'The state table did not tell what was written lately', {
          cause,
          context: { tableName },
        });
      }
    },
  };
}
