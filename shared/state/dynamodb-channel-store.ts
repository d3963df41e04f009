import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { BridgeError } from '../errors/bridge-error.ts';
import type { ChannelItem, ChannelKey, ChannelStore } from './channel-store.ts';

/** One item per channel: `pk` = `CHANNEL#<org>#<channel>`, `sk` = `POSITION`. */
export function createDynamodbChannelStore({
  client,
  tableName,
}: {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
}): ChannelStore {
  const failed = (channel: ChannelKey, cause: unknown) =>
    new BridgeError('SKB_CHECKPOINT_FAILED', `The state table did not take the position of ${channel.channel}`, {
      cause,
      context: { ...channel, tableName },
    });
  async function read(channel: ChannelKey): Promise<ChannelItem | undefined> {
    try {
      const { Item: item } = await client.send(
        new GetCommand({ TableName: tableName, Key: itemKey(channel), ConsistentRead: true }),
      );
      return item === undefined ? undefined : toItem(item);
    } catch (cause) {
      throw failed(channel, cause);
    }
  }
  return {
    read,
    async write(channel, next, seen) {
      const item = { ...next, version: (seen?.version ?? 0) + 1 };
      try {
        await client.send(
          new PutCommand({
            TableName: tableName,
            Item: { ...itemKey(channel), ...item },
            ...conditionFor(seen),
          }),
        );
        return { written: true, item };
      } catch (cause) {
        if (!(cause instanceof ConditionalCheckFailedException)) throw failed(channel, cause);
        return { written: false, item: await read(channel) };
      }
    },
  };
}

function itemKey({ org, channel }: ChannelKey): { pk: string; sk: string } {
  return { pk: `CHANNEL#${org}#${channel}`, sk: 'POSITION' };
}

function conditionFor(seen: ChannelItem | undefined) {
  if (seen === undefined) return { ConditionExpression: 'attribute_not_exists(pk)' };
  if (seen.version > 0) {
    return {
      ConditionExpression: '#version = :seen',
      ExpressionAttributeNames: { '#version': 'version' },
      ExpressionAttributeValues: { ':seen': seen.version },
    };
  }
  // A release without leases wrote the item and may still run, so its replay ID has to be the one that was read.
  return {
    ConditionExpression: `attribute_exists(pk) AND attribute_not_exists(#version) AND ${
      seen.replayId === undefined ? 'attribute_not_exists(replayId)' : 'replayId = :replayId'
    }`,
    ExpressionAttributeNames: { '#version': 'version' },
    ...(seen.replayId === undefined ? {} : { ExpressionAttributeValues: { ':replayId': seen.replayId } }),
  };
}

function toItem(stored: Readonly<Record<string, unknown>>): ChannelItem {
  const { pk: _pk, sk: _sk, committedAt: _formerly, ...item } = stored;
  return { fence: 0, version: 0, ...item };
}
