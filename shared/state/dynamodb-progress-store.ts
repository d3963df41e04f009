import { type DynamoDBDocumentClient, GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { BridgeError } from '../errors/bridge-error.ts';
import {
  type DispositionCounts,
  type PartitionProgress,
  type ProgressStore,
  partitionName,
} from './partition-progress.ts';

interface ProgressStoreParts {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly sink: string;
  readonly consumerGroup: string;
}

/** One item per partition: `pk` = `SINK#<sink>#<group>`, `sk` = `<topic>-<partition>`. */
export function createDynamodbProgressStore(parts: ProgressStoreParts): ProgressStore {
  const { client, tableName } = parts;
  const pk = partitionKey(parts.sink, parts.consumerGroup);
  return {
    async load(partitions) {
      const found = new Map<string, PartitionProgress>();
      try {
        const answers = await Promise.all(
          partitions.map((each) =>
            client.send(
              new GetCommand({ TableName: tableName, Key: { pk, sk: partitionName(each) }, ConsistentRead: true }),
            ),
          ),
        );
        for (const { Item: item } of answers) {
          if (item !== undefined) found.set(String(item['sk']), item as unknown as PartitionProgress);
        }
      } catch (cause) {
        throw failed('could not be read', cause, parts);
      }
      return found;
    },
    async advance({ topic, partition, settledOffset, watermarkTimestamp, from, counts }) {
      try {
        await client.send(
          new UpdateCommand({
            TableName: tableName,
            Key: { pk, sk: partitionName({ topic, partition }) },
            UpdateExpression:
              'SET settledOffset = :settledOffset, watermarkTimestamp = :watermarkTimestamp ' +
              'ADD written :written, filtered :filtered, absorbed :absorbed, deadLettered :deadLettered',
            ConditionExpression: from === undefined ? 'attribute_not_exists(pk)' : 'settledOffset = :from',
            ExpressionAttributeValues: {
              ':settledOffset': settledOffset,
              ':watermarkTimestamp': watermarkTimestamp,
              ':written': counts.written,
              ':filtered': counts.filtered,
              ':absorbed': counts.absorbed,
              ':deadLettered': counts.deadLettered,
              ...(from === undefined ? {} : { ':from': from.settledOffset }),
            },
          }),
        );
      } catch (cause) {
        throw failed(`of ${partitionName({ topic, partition })} did not move to ${settledOffset}`, cause, parts);
      }
    },
  };
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
        ExpressionAttributeValues: { ':pk': partitionKey(parts.sink, parts.consumerGroup) },
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

function partitionKey(sink: string, consumerGroup: string): string {
  return `SINK#${sink}#${consumerGroup}`;
}

function failed(what: string, cause: unknown, { sink, tableName }: ProgressStoreParts): BridgeError {
  return new BridgeError('SKB_CHECKPOINT_FAILED', `Settled offset ${what}`, { cause, context: { sink, tableName } });
}
