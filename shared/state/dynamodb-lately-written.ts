import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { BridgeError } from '../errors/bridge-error.ts';
import { writeItems } from './dynamodb-batches.ts';
import type { LatelyWritten } from './lately-written.ts';

/** An event may come minutes after its change in bad hours; later than this it counts as a change. */
const KEPT_SECONDS = 15 * 60;
/** An item has 400 KB, and a character up to three bytes. The echo of a longer row is published. */
const LONGEST_ROW = 100_000;

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
      // Of a row that was written twice the later values count.
      const newest = new Map(rows.map(({ id, fields }) => [id, JSON.stringify(fields)]));
      const items = [...newest].flatMap(([id, fields]) =>
        fields.length > LONGEST_ROW ? [] : [{ ...keyOf(org, id), fields, expiresAt }],
      );
      try {
        await writeItems(client, tableName, items);
      } catch (cause) {
        throw failed(cause);
      }
    },
  };
}
