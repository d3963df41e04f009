import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { BridgeError } from '../errors/bridge-error.ts';
import { sinkPartitionKey } from './dynamodb-progress-store.ts';
import type { HeldKey, HeldKeyStore } from './held-keys.ts';
import type { ReadItem } from './read-item.ts';

interface HeldKeysParts {
  readonly client: DynamoDBDocumentClient;
  readonly read: ReadItem;
  readonly tableName: string;
  readonly sink: string;
  readonly consumerGroup: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Another text each time. */
  readonly unique: () => string;
}

/** So many fit into one item of 400 kB with room to spare. */
const keysPerItem = 5_000;

/** How long the table keeps an item after its fence passed, in case clocks differ. */
const keepSeconds = 60;

/**
 * One item per unanswered call: `pk` = `SINK#<sink>#<group>#HELD`, `sk` = `<until>#<unique>`; and one beside the partitions,
 * `sk` = `HELD`, that says when the last fence passes, so that as a rule no call is spent on the others. The table drops both
 * by itself.
 */
export function createDynamodbHeldKeys(parts: HeldKeysParts): HeldKeyStore {
  const { client, read, tableName, sink, consumerGroup, now, unique } = parts;
  const last = { pk: sinkPartitionKey(sink, consumerGroup), sk: 'HELD' };
  const pk = `${last.pk}#HELD`;
  const failed = (what: string, cause: unknown) =>
    new BridgeError('SKB_CHECKPOINT_FAILED', `Held rows could not be ${what}`, { cause, context: { sink, tableName } });

  async function moveLast(until: number): Promise<void> {
    try {
      await client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: last,
          UpdateExpression: 'SET #until = :until, expiresAt = :expiresAt',
          ConditionExpression: 'attribute_not_exists(#until) OR #until < :until',
          ExpressionAttributeNames: { '#until': 'until' },
          ExpressionAttributeValues: { ':until': until, ':expiresAt': expiryOf(until) },
        }),
      );
    } catch (error) {
      // Another call's fence passes later.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  return {
    async load() {
      const held: HeldKey[] = [];
      let startKey: Record<string, unknown> | undefined;
      try {
        const { until = 0 } = (await read(last)) ?? {};
        if (Number(until) <= now()) return held;
        do {
          const page = await client.send(
            new QueryCommand({
              TableName: tableName,
              KeyConditionExpression: 'pk = :pk AND sk > :now',
              ExpressionAttributeValues: { ':pk': pk, ':now': String(now()) },
              ConsistentRead: true,
              ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
            }),
          );
          for (const item of page.Items ?? []) held.push(...readKeys(item));
          startKey = page.LastEvaluatedKey;
        } while (startKey !== undefined);
      } catch (cause) {
        throw failed('read', cause);
      }
      return held;
    },
    async hold(keys) {
      try {
        for (const [until, ofTime] of Map.groupBy(keys, (each) => each.until)) {
          for (let start = 0; start < ofTime.length; start += keysPerItem) {
            const part = ofTime.slice(start, start + keysPerItem);
            await client.send(
              new PutCommand({
                TableName: tableName,
                Item: {
                  pk,
                  sk: `${until}#${unique()}`,
                  keys: part.map(({ key, digest }) => `${key} ${digest}`),
                  expiresAt: expiryOf(until),
                },
              }),
            );
          }
          await moveLast(until);
        }
      } catch (cause) {
        throw failed('stored', cause);
      }
    },
  };
}

function expiryOf(until: number): number {
  return Math.ceil(until / 1000) + keepSeconds;
}

function readKeys(item: Readonly<Record<string, unknown>>): HeldKey[] {
  const until = Number(String(item['sk']).split('#')[0]);
  return ((item['keys'] ?? []) as readonly string[]).map((text) => {
    const [key = '', digest = ''] = text.split(' ');
    return { key, digest, until };
  });
}
