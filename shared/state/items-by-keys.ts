import { setTimeout as delay } from 'node:timers/promises';
import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { BridgeError } from '../errors/bridge-error.ts';
import type { DynamodbQuery, FoundRow } from '../transform/lookups.ts';

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
const keysPerRead = 100;
const tries = 8;

/** Items of a user's own table by partition key. */
export async function itemsByKeys(
  client: DynamoDBDocumentClient,
  { table, key, keys }: DynamodbQuery,
): Promise<readonly FoundRow[]> {
  const found: FoundRow[] = [];
  try {
    for (let start = 0; start < keys.length; start += keysPerRead) {
      let wanted: Record<string, unknown>[] = keys.slice(start, start + keysPerRead).map((each) => ({ [key]: each }));
      for (let attempt = 1; wanted.length > 0; attempt += 1) {
        if (attempt > tries) throw new Error('DynamoDB left keys unread');
        if (attempt > 1) await delay(50 * attempt);
        const answer = await client.send(new BatchGetCommand({ RequestItems: { [table]: { Keys: wanted } } }));
        found.push(...(answer.Responses?.[table] ?? []));
        wanted = answer.UnprocessedKeys?.[table]?.Keys ?? [];
      }
    }
  } catch (cause) {
    throw new BridgeError('SKB_LOOKUP_FAILED', `The table ${table} could not be read`, { cause, context: { table } });
  }
  return found;
}
