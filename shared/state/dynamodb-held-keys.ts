import { type DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { BridgeError } from '../errors/bridge-error.ts';
import type { HeldKey, HeldKeyStore } from './held-keys.ts';

interface HeldKeysParts {
  readonly client: DynamoDBDocumentClient;
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

/** One item per unanswered call: `pk` = `SINK#<sink>#<group>#HELD`, `sk` = `<until>#<unique>`; the table drops it by itself. */
export function createDynamodbHeldKeys(parts: HeldKeysParts): HeldKeyStore {
  const { client, tableName, sink, consumerGroup, now, unique } = parts;
  const pk = `SINK#${sink}#${consumerGroup}#HELD`;
  const failed = (what: string, cause: unknown) =>
    new BridgeError('SKB_CHECKPOINT_FAILED', `Held rows could not be ${what}`, { cause, context: { sink, tableName } });
  return {
    async load() {
      const held: HeldKey[] = [];
      let startKey: Record<string, unknown> | undefined;
      try {
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
                  expiresAt: Math.ceil(until / 1000) + 60,
                },
              }),
            );
          }
        }
      } catch (cause) {
        throw failed('stored', cause);
      }
    },
  };
}

function readKeys(item: Readonly<Record<string, unknown>>): HeldKey[] {
  const until = Number(String(item['sk']).split('#')[0]);
  return ((item['keys'] ?? []) as readonly string[]).map((text) => {
    const [key = '', digest = ''] = text.split(' ');
    return { key, digest, until };
  });
}
