import { crc32 } from 'node:zlib';
import { type DynamoDBDocumentClient, PutCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { BridgeError } from '../errors/bridge-error.ts';
import type { AggregateItem, AggregateKey, AggregateStore } from '../transform/aggregate-store.ts';
import { readItems } from './dynamodb-batches.ts';

interface AggregateStoreParts {
  readonly client: Pick<DynamoDBDocumentClient, 'send'>;
  readonly tableName: string;
  readonly sink: string;
}

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

  return {
    async load(step, keys) {
      const wanted = keys.map((key) => itemKey({ step, key }));
      try {
        const items = await readItems(client, tableName, wanted, { consistent: true });
        return new Map(
          items.map(({ pk, body }) => [
            String(pk).slice(prefix(step).length),
            JSON.parse(String(body)) as AggregateItem,
          ]),
        );
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
