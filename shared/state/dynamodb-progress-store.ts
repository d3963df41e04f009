import { type DynamoDBDocumentClient, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { BridgeError } from '../errors/bridge-error.ts';
import {
  type DispositionCounts,
  type PartitionProgress,
  type ProgressStore,
  partitionName,
} from './partition-progress.ts';
import { fromItem, optionalAttributes, toItem } from './progress-item.ts';
import type { ReadItem } from './read-item.ts';

interface ProgressStoreParts {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly sink: string;
  readonly consumerGroup: string;
}

/** One item per partition: `pk` = `SINK#<sink>#<group>`, `sk` = `<topic>-<partition>`. */
export function createDynamodbProgressStore(parts: ProgressStoreParts & { readonly read: ReadItem }): ProgressStore {
  const { client, tableName, read } = parts;
  const pk = sinkPartitionKey(parts.sink, parts.consumerGroup);
  return {
    async load(partitions) {
      const found = new Map<string, PartitionProgress>();
      try {
        const items = await Promise.all(partitions.map((each) => read({ pk, sk: partitionName(each) })));
        for (const item of items) if (item !== undefined) found.set(String(item['sk']), fromItem(item));
      } catch (cause) {
        throw failed('could not be read', cause, parts);
      }
      return found;
    },
    async advance({ topic, partition, from, counts, restarts = false, ...progress }) {
      const sk = partitionName({ topic, partition });
      if (from !== undefined && progress.settledOffset < from.settledOffset && !restarts) {
        throw new BridgeError('SKB_BUG', `Settled offset of ${sk} would fall to ${progress.settledOffset}`);
      }
      const item: Readonly<Record<string, unknown>> = { ...toItem(progress), version: (from?.version ?? 0) + 1 };
      const present = Object.keys(item);
      const absent = optionalAttributes.filter((name) => item[name] === undefined);
      const { written, filtered, absorbed, deadLettered } = counts;
      try {
        await client.send(
          new UpdateCommand({
            TableName: tableName,
            Key: { pk, sk },
            UpdateExpression: [
              `SET ${present.map((name) => `#${name} = :${name}`).join(', ')}`,
              'ADD written :written, filtered :filtered, absorbed :absorbed, deadLettered :deadLettered',
              ...(absent.length === 0 ? [] : [`REMOVE ${absent.join(', ')}`]),
            ].join(' '),
            ...unchangedSince(from),
            ExpressionAttributeNames: Object.fromEntries(present.map((name) => [`#${name}`, name])),
            ExpressionAttributeValues: {
              ...Object.fromEntries(present.map((name) => [`:${name}`, item[name]])),
              ':written': written,
              ':filtered': filtered,
              ':absorbed': absorbed,
              ':deadLettered': deadLettered,
              ...(from === undefined ? {} : { ':from': from.version ?? from.settledOffset }),
            },
          }),
        );
      } catch (cause) {
        throw failed(`of ${sk} did not move to ${progress.settledOffset}`, cause, parts);
      }
    },
  };
}

/** Nobody else moved the partition; items from before versions were stored are told by their offset. */
function unchangedSince(from: PartitionProgress | undefined): { ConditionExpression: string } {
  if (from === undefined) return { ConditionExpression: 'attribute_not_exists(pk)' };
  if (from.version !== undefined) return { ConditionExpression: '#version = :from' };
  return { ConditionExpression: 'attribute_not_exists(#version) AND settledOffset = :from' };
}

/** How the records of one sink ended, added up over its partitions. */
export async function readDispositionCounts(parts: ProgressStoreParts): Promise<DispositionCounts> {
  const total = { written: 0, filtered: 0, absorbed: 0, deadLettered: 0 };
  let startKey: Record<string, unknown> | undefined;
  do {
    const page = await parts.client.send(
      new QueryCommand({
        TableName: parts.tableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': sinkPartitionKey(parts.sink, parts.consumerGroup) },
        ConsistentRead: true,
        ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
      }),
    );
    for (const item of page.Items ?? []) {
      for (const name of ['written', 'filtered', 'absorbed', 'deadLettered'] as const) {
        total[name] += Number(item[name] ?? 0);
      }
    }
    startKey = page.LastEvaluatedKey;
  } while (startKey !== undefined);
  return total;
}

export function sinkPartitionKey(sink: string, consumerGroup: string): string {
  return `SINK#${sink}#${consumerGroup}`;
}

function failed(what: string, cause: unknown, { sink, tableName }: ProgressStoreParts): BridgeError {
  return new BridgeError('SKB_CHECKPOINT_FAILED', `Settled offset ${what}`, { cause, context: { sink, tableName } });
}
