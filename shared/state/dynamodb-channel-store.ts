import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { BridgeError } from '../errors/bridge-error.ts';
import type { ChannelKey, ChannelPosition, ChannelStore, ReplayId } from './channel-store.ts';

/** One item per channel: `pk` = `CHANNEL#<org>#<channel>`, `sk` = `POSITION`. */
export function createDynamodbChannelStore({
  client,
  tableName,
}: {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
}): ChannelStore {
  const update = async (channel: ChannelKey, expression: string, values: Record<string, unknown>) => {
    try {
      const { Attributes: item } = await client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: { pk: `CHANNEL#${channel.org}#${channel.channel}`, sk: 'POSITION' },
          UpdateExpression: expression,
          ExpressionAttributeValues: values,
          ReturnValues: 'ALL_NEW',
        }),
      );
      return item as { openedAt: string; replayId?: ReplayId };
    } catch (cause) {
      throw new BridgeError(
        'SKB_CHECKPOINT_FAILED',
        `The state table did not take the position of ${channel.channel}`,
        {
          cause,
          context: { ...channel, tableName },
        },
      );
    }
  };
  return {
    async open(channel, now): Promise<ChannelPosition> {
      const { openedAt, replayId } = await update(channel, 'SET openedAt = if_not_exists(openedAt, :now)', {
        ':now': now.toISOString(),
      });
      return replayId === undefined ? { openedAt } : { openedAt, replayId };
    },
    async commit(channel, replayId) {
      await update(channel, 'SET replayId = :replayId, committedAt = :now', {
        ':replayId': replayId,
        ':now': new Date().toISOString(),
      });
    },
  };
}
