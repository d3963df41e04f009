import { BatchWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { BridgeError } from '../errors/bridge-error.ts';
import type { LatelyWritten } from './lately-written.ts';

/** An event may come minutes after its change in bad hours; later than this it counts as a change. */
const KEPT_SECONDS = 15 * 60;
const ITEMS_PER_WRITE = 25;

/** One item per row: `pk` = `WRITTEN#<org>#<Id>`, `sk` = `VALUES`; it leaves by TTL. */
export function createDynamodbLatelyWritten({
  client,
  tableName,
  now,
}: {
  readonly client: Pick<DynamoDBDocumentClient, 'send'>;
  readonly tableName: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}): Pick<LatelyWritten, 'remember'> {
  const failed = (cause: unknown) =>
    new BridgeError('SKB_CHECKPOINT_FAILED', 'The state table did not take what was written lately', {
      cause,
      context: { tableName },
    });
  const keyOf = (org: string, id: string) => ({ pk: `WRITTEN#${org}#${id}`, sk: 'VALUES' });
  return {
    async remember(org, rows) {
      const expiresAt = Math.floor(now() / 1000) + KEPT_SECONDS;
      const newest = [...new Map(rows.map((row) => [row.id, row])).values()];
      try {
        for (let start = 0; start < newest.length; start += ITEMS_PER_WRITE) {
          const puts = newest.slice(start, start + ITEMS_PER_WRITE).map(({ id, fields }) => ({
            PutRequest: { Item: { ...keyOf(org, id), fields: JSON.stringify(fields), expiresAt } },
          }));
          // What is left unprocessed is an echo that is published; nothing is lost by it.
          await client.send(new BatchWriteCommand({ RequestItems: { [tableName]: puts } }));
        }
      } catch (cause) {
        throw failed(cause);
      }
    },
  };
}
