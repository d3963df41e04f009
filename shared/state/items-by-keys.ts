import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { BridgeError } from '../errors/bridge-error.ts';
import type { DynamodbQuery, FoundRow } from '../transform/lookups.ts';
import { readItems } from './dynamodb-batches.ts';

/** Items of a user's own table by partition key. */
export async function itemsByKeys(
  client: Pick<DynamoDBDocumentClient, 'send'>,
  { table, key, keys }: DynamodbQuery,
): Promise<readonly FoundRow[]> {
  const wanted = keys.map((each) => ({ [key]: each }));
  try {
    return await readItems(client, table, wanted, { consistent: false });
  } catch (cause) {
    throw new BridgeError('SKB_LOOKUP_FAILED', `The table ${table} could not be read`, { cause, context: { table } });
  }
}
