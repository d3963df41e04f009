import { setTimeout as delay } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { BridgeError } from '../errors/bridge-error.ts';
import type { AggregateItem, AggregateKey, AggregateStore } from '../transform/aggregate-store.ts';

interface AggregateStoreParts {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly sink: string;
}

const keysPerRead = 100;
const readTries = 8;
/** The list of due keys is spread, since one partition of a table takes 1,000 writes a second. */
const shards = 8;
/** Items of closed windows are kept so long, so that records that come again are known. */
const keptSeconds = 14 * 24 * 3600;

/**
 * One item per key, `pk` = `MEMORY#<sink>#<step>#<key>`, `sk` = `AGGREGATE`, and one entry per key that is due,
 * `pk` = `MEMORY#<sink>#<step>#DUE#<shard>`, `sk` = `<due>#<key>`, written with the item or not at all.
 */
export function createDynamodbAggregateStore({ client, tableName, sink }: AggregateStoreParts): AggregateStore {
  const prefix = (step: string) => `MEMORY#${sink}#${step}#`;
  const itemKey = ({ step, key }: AggregateKey) => ({ pk: prefix(step) + key, sk: 'AGGREGATE' });
  const entryKey = ({ step, key }: AggregateKey, due: number) => ({
    pk: `${prefix(step)}DUE#${crc32(key) % shards}`,
    sk: `${String(due).padStart(15, '0')}#${key}`,
  });

  function failed(what: string, cause: unknown): BridgeError {
    return new BridgeError('SKB_CHECKPOINT_FAILED', `Aggregates could not be ${what}`, {
      cause,
      context: { sink, tableName },
    });
  }

  async function read(step: string, keys: readonly string[]): Promise<[string, AggregateItem][]> {
    const found: [string, AggregateItem][] = [];
    let wanted: Record<string, unknown>[] = keys.map((key) => itemKey({ step, key }));
    for (let attempt = 1; wanted.length > 0; attempt += 1) {
      if (attempt > readTries) throw new Error('DynamoDB left keys unread');
      if (attempt > 1) await delay(50 * attempt);
      const answer = await client.send(
        new BatchGetCommand({ RequestItems: { [tableName]: { Keys: wanted, ConsistentRead: true } } }),
      );
      for (const { pk, body } of answer.Responses?.[tableName] ?? []) {
        found.push([String(pk).slice(prefix(step).length), JSON.parse(String(body)) as AggregateItem]);
      }
      wanted = answer.UnprocessedKeys?.[tableName]?.Keys ?? [];
    }
    return found;
  }

  return {
    async load(step, keys) {
      try {
        const chunks = Array.from({ length: Math.ceil(keys.length / keysPerRead) }, (_, index) =>
          keys.slice(index * keysPerRead, (index + 1) * keysPerRead),
        );
        return new Map((await Promise.all(chunks.map((chunk) => read(step, chunk)))).flat());
      } catch (cause) {
        throw failed('read', cause);
      }
    },
    async put(key, item, before) {
      const { dueAt: due } = item;
      const former = before?.dueAt;
      const write = {
        TableName: tableName,
        Item: {
          ...itemKey(key),
          version: item.version,
          body: JSON.stringify(item),
          ...(item.windows.length + item.outbox.length > 0 ? {} : { expiresAt: expiryOf(item) }),
        },
        ConditionExpression: before === undefined ? 'attribute_not_exists(pk)' : 'version = :version',
        ...(before === undefined ? {} : { ExpressionAttributeValues: { ':version': before.version } }),
      };
      try {
        if (due === former) {
          await client.send(new PutCommand(write));
          return true;
        }
        await client.send(
          new TransactWriteCommand({
            TransactItems: [
              { Put: write },
              ...(due === undefined
                ? []
                : [{ Put: { TableName: tableName, Item: { ...entryKey(key, due), key: key.key } } }]),
              ...(former === undefined ? [] : [{ Delete: { TableName: tableName, Key: entryKey(key, former) } }]),
            ],
          }),
        );
        return true;
      } catch (cause) {
        if (isLostRace(cause)) return false;
        throw failed('written', cause);
      }
    },
    async due(step, now, limit) {
      try {
        const answers = await Promise.all(
          Array.from({ length: shards }, (_, shard) =>
            client.send(
              new QueryCommand({
                TableName: tableName,
                KeyConditionExpression: 'pk = :pk AND sk < :end',
                ExpressionAttributeValues: {
                  ':pk': `${prefix(step)}DUE#${shard}`,
                  ':end': String(now + 1).padStart(15, '0'),
                },
                Limit: Math.ceil(limit / shards),
                ConsistentRead: true,
              }),
            ),
          ),
        );
        const entries = answers.flatMap(({ Items = [] }) => Items);
        return entries
          .sort((a, b) => (String(a['sk']) < String(b['sk']) ? -1 : 1))
          .map((entry) => String(entry['key']));
      } catch (cause) {
        throw failed('listed', cause);
      }
    },
  };
}

function expiryOf({ touchedAt }: AggregateItem): number {
  return Math.ceil(touchedAt / 1000) + keptSeconds;
}

/** Somebody else wrote the item, or is writing it at this moment. */
function isLostRace(error: unknown): boolean {
  const { name, CancellationReasons: reasons = [] } = error as {
    name?: string;
    CancellationReasons?: readonly { readonly Code?: string }[];
  };
  if (name === 'ConditionalCheckFailedException' || name === 'TransactionConflictException') return true;
  const races = new Set(['ConditionalCheckFailed', 'TransactionConflict']);
  return name === 'TransactionCanceledException' && reasons.some(({ Code: code }) => races.has(code ?? ''));
}
