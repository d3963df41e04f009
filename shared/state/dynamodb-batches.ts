import { setTimeout as delay } from 'node:timers/promises';
import { BatchGetCommand, BatchWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

// Many items in few calls. DynamoDB answers what it could do and names the rest, which has to be asked for again:
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html and API_BatchWriteItem.html

const keysPerRead = 100;
const itemsPerWrite = 25;
const parallelCalls = 8;
const tries = 8;

type Item = Readonly<Record<string, unknown>>;
type Sends = Pick<DynamoDBDocumentClient, 'send'>;

/**
 * The items of these keys that exist, in any order. Each key once: DynamoDB refuses a repeated one.
 *
 * @throws what the SDK throws, or an Error when DynamoDB leaves keys unread again and again.
 */
export async function readItems(
  client: Sends,
  table: string,
  keys: readonly Item[],
  { consistent }: { readonly consistent: boolean },
): Promise<readonly Item[]> {
  const found = await inParallel(chunks(keys, keysPerRead), async (chunk) => {
    const items: Item[] = [];
    let wanted: Record<string, unknown>[] = [...chunk];
    for (let attempt = 1; wanted.length > 0; attempt += 1) {
      await pause(attempt, 'unread');
      const request = { Keys: wanted, ConsistentRead: consistent };
      const answer = await client.send(new BatchGetCommand({ RequestItems: { [table]: request } }));
      items.push(...(answer.Responses?.[table] ?? []));
      wanted = answer.UnprocessedKeys?.[table]?.Keys ?? [];
    }
    return items;
  });
  return found.flat();
}

/**
 * Stores items, each key once; who wrote last is what stands there.
 *
 * @throws what the SDK throws, or an Error when DynamoDB leaves items unwritten again and again; some are stored then.
 */
export async function writeItems(client: Sends, table: string, items: readonly Item[]): Promise<void> {
  await inParallel(chunks(items, itemsPerWrite), async (chunk) => {
    let wanted = chunk.map((item) => ({ PutRequest: { Item: { ...item } } }));
    for (let attempt = 1; wanted.length > 0; attempt += 1) {
      await pause(attempt, 'unwritten');
      const answer = await client.send(new BatchWriteCommand({ RequestItems: { [table]: wanted } }));
      wanted = (answer.UnprocessedItems?.[table] ?? []) as typeof wanted;
    }
  });
}

async function pause(attempt: number, left: string): Promise<void> {
  if (attempt > tries) throw new Error(`DynamoDB left items ${left}`);
  if (attempt > 1) await delay(50 * attempt);
}

function chunks<Value>(values: readonly Value[], size: number): Value[][] {
  const cut: Value[][] = [];
  for (let start = 0; start < values.length; start += size) cut.push(values.slice(start, start + size));
  return cut;
}

/** A few calls at a time; results in the order of the inputs. */
async function inParallel<In, Out>(inputs: readonly In[], call: (input: In) => Promise<Out>): Promise<Out[]> {
  const results: Out[] = [];
  for (const group of chunks(inputs, parallelCalls)) results.push(...(await Promise.all(group.map(call))));
  return results;
}
