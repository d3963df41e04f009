import { setTimeout as delay } from 'node:timers/promises';
import { BatchGetCommand, BatchWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { BridgeError } from '../errors/bridge-error.ts';
import type { MemoryEntry, StepMemory } from '../transform/step-memory.ts';

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html and API_BatchWriteItem.html
const keysPerRead = 100;
const itemsPerWrite = 25;
const parallelCalls = 8;
const unprocessedTries = 8;

interface StepMemoryParts {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly sink: string;
}

/** One item per remembered key: `pk` = `MEMORY#<sink>#<step>#<key>`, `sk` = `VALUE`, so that keys spread over partitions. */
export function createDynamodbStepMemory({ client, tableName, sink }: StepMemoryParts): StepMemory {
  const prefix = (step: string) => `MEMORY#${sink}#${step}#`;

  async function read(step: string, keys: readonly string[]): Promise<[string, MemoryEntry][]> {
    const found: [string, MemoryEntry][] = [];
    let wanted = keys.map((key) => ({ pk: prefix(step) + key, sk: 'VALUE' }));
    for (let attempt = 1; wanted.length > 0; attempt += 1) {
      if (attempt > unprocessedTries) throw new Error('DynamoDB left keys unread');
      if (attempt > 1) await delay(50 * attempt);
      const answer = await client.send(
        // A stale value would judge a record against a price that is no longer the last one written.
        new BatchGetCommand({ RequestItems: { [tableName]: { Keys: wanted, ConsistentRead: true } } }),
      );
      for (const item of answer.Responses?.[tableName] ?? []) {
        found.push([String(item['pk']).slice(prefix(step).length), item as unknown as MemoryEntry]);
      }
      wanted = (answer.UnprocessedKeys?.[tableName]?.Keys ?? []) as typeof wanted;
    }
    return found;
  }

  async function write(items: readonly Record<string, unknown>[]): Promise<void> {
    let wanted = items.map((item) => ({ PutRequest: { Item: item } }));
    for (let attempt = 1; wanted.length > 0; attempt += 1) {
      if (attempt > unprocessedTries) throw new Error('DynamoDB left items unwritten');
      if (attempt > 1) await delay(50 * attempt);
      const answer = await client.send(new BatchWriteCommand({ RequestItems: { [tableName]: wanted } }));
      wanted = (answer.UnprocessedItems?.[tableName] ?? []) as typeof wanted;
    }
  }

  return {
    async load(step, keys) {
      try {
        return new Map((await inParallel(chunks(keys, keysPerRead), (chunk) => read(step, chunk))).flat());
      } catch (cause) {
        throw new BridgeError('SKB_CHECKPOINT_FAILED', 'Remembered values could not be read', {
          cause,
          context: { sink, tableName },
        });
      }
    },
    async store(entries) {
      const items = entries.map(({ step, key, ...entry }) => ({ pk: prefix(step) + key, sk: 'VALUE', ...entry }));
      try {
        await inParallel(chunks(items, itemsPerWrite), write);
      } catch (cause) {
        throw new BridgeError('SKB_CHECKPOINT_FAILED', 'Remembered values could not be stored', {
          cause,
          context: { sink, tableName },
        });
      }
    },
  };
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  const cut: Item[][] = [];
  for (let start = 0; start < items.length; start += size) cut.push(items.slice(start, start + size));
  return cut;
}

/** A few calls at a time; results in the order of the inputs. */
async function inParallel<In, Out>(inputs: readonly In[], call: (input: In) => Promise<Out>): Promise<Out[]> {
  const results: Out[] = [];
  for (const group of chunks(inputs, parallelCalls)) results.push(...(await Promise.all(group.map(call))));
  return results;
}
