import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { BridgeError } from '../errors/bridge-error.ts';
import type { MemoryEntry, StepMemory } from '../transform/step-memory.ts';
import { readItems, writeItems } from './dynamodb-batches.ts';

interface StepMemoryParts {
  readonly client: Pick<DynamoDBDocumentClient, 'send'>;
  readonly tableName: string;
  readonly sink: string;
}

/** One item per remembered key: `pk` = `MEMORY#<sink>#<step>#<key>`, `sk` = `VALUE`, so that keys spread over partitions. */
export function createDynamodbStepMemory({ client, tableName, sink }: StepMemoryParts): StepMemory {
  const prefix = (step: string) => `MEMORY#${sink}#${step}#`;
  const failed = (what: string, cause: unknown) =>
    new BridgeError('SKB_CHECKPOINT_FAILED', `Remembered values could not be ${what}`, {
      cause,
      context: { sink, tableName },
    });
  return {
    async load(step, keys) {
      const wanted = keys.map((key) => ({ pk: prefix(step) + key, sk: 'VALUE' }));
      try {
        // A stale value would judge a record against a price that is no longer the last one written.
        const items = await readItems(client, tableName, wanted, { consistent: true });
        return new Map(
          items.map((item) => [String(item['pk']).slice(prefix(step).length), item as unknown as MemoryEntry]),
        );
      } catch (cause) {
        throw failed('read', cause);
      }
    },
    async store(entries) {
      const items = entries.map(({ step, key, ...entry }) => ({ pk: prefix(step) + key, sk: 'VALUE', ...entry }));
      try {
        await writeItems(client, tableName, items);
      } catch (cause) {
        throw failed('stored', cause);
      }
    },
  };
}
