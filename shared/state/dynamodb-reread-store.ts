import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { BridgeError } from '../errors/bridge-error.ts';
import type { ChannelKey } from './channel-store.ts';
import type { Reread, RereadStore } from './reread-store.ts';

/** Done ones are of interest as long as their cause can come again: the longest retention, generously. */
const KEPT_WHEN_DONE_SECONDS = 14 * 24 * 3600;

/** One item per re-read: `pk` = `CHANNEL#<org>#<channel>`, `sk` = `REREAD#<id>`; done ones leave by TTL, snapshots never. */
export function createDynamodbRereadStore({
  client,
  tableName,
}: {
  readonly client: Pick<DynamoDBDocumentClient, 'send'>;
  readonly tableName: string;
}): RereadStore {
  const pkOf = ({ org, channel }: ChannelKey) => `CHANNEL#${org}#${channel}`;
  const guarded = async <Value>(channel: ChannelKey, action: () => Promise<Value>): Promise<Value> => {
    try {
      return await action();
    } catch (cause) {
      throw new BridgeError('SKB_CHECKPOINT_FAILED', `The state table did not take a re-read of ${channel.channel}`, {
        cause,
        context: { ...channel, tableName },
      });
    }
  };
  const update = (channel: ChannelKey, id: string, expression: string, values: Record<string, unknown>) =>
    guarded(channel, async () => {
      const command = new UpdateCommand({
        TableName: tableName,
        Key: { pk: pkOf(channel), sk: `REREAD#${id}` },
        UpdateExpression: expression,
        // One that is gone would come back without what it is about.
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeValues: values,
      });
      await unlessRefused(() => client.send(command));
    });
  return {
    add: (channel, reread) =>
      guarded(channel, async () => {
        const command = new PutCommand({
          TableName: tableName,
          Item: { pk: pkOf(channel), sk: `REREAD#${reread.id}`, ...reread },
          ConditionExpression: 'attribute_not_exists(pk)',
        });
        await unlessRefused(() => client.send(command));
      }),
    open: (channel) =>
      guarded(channel, async () => {
        const found: Reread[] = [];
        let start: Record<string, unknown> | undefined;
        do {
          const page = await client.send(
            new QueryCommand({
              TableName: tableName,
              KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
              FilterExpression: 'attribute_not_exists(doneAt)',
              ExpressionAttributeValues: { ':pk': pkOf(channel), ':prefix': 'REREAD#' },
              ConsistentRead: true,
              ...(start === undefined ? {} : { ExclusiveStartKey: start }),
            }),
          );
          found.push(...((page.Items ?? []) as unknown as Reread[]));
          start = page.LastEvaluatedKey;
        } while (start !== undefined);
        return found.sort((one, other) => one.requestedAt.localeCompare(other.requestedAt));
      }),
    progress: (channel, id, progress) => update(channel, id, 'SET progress = :progress', { ':progress': progress }),
    done(channel, id, at) {
      if (id.startsWith('snapshot#')) return update(channel, id, 'SET doneAt = :at', { ':at': at.toISOString() });
      return update(channel, id, 'SET doneAt = :at, expiresAt = :expires', {
        ':at': at.toISOString(),
        ':expires': Math.floor(at.getTime() / 1000) + KEPT_WHEN_DONE_SECONDS,
      });
    },
  };
}

/** A condition that does not hold says that there is nothing to do. */
async function unlessRefused(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}
