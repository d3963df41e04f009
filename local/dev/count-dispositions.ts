import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Sink } from '../../shared/bridge/bridge.ts';
import { readDispositionCounts } from '../../shared/state/dynamodb-progress-store.ts';
import type { DispositionCounts } from '../../shared/state/partition-progress.ts';
import type { Logger } from '../../shared/telemetry/logger.ts';
import { clientSettings } from '../aws/resources.ts';
import type { Ground } from './ground.ts';

/** Counts of one sink from now on; a table of the user's own may hold counts of earlier runs. */
export async function dispositionCounter(
  { aws, stateTable }: Ground,
  sink: Sink,
): Promise<() => Promise<DispositionCounts>> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(clientSettings(aws)));
  const count = () =>
    readDispositionCounts({
      client,
      tableName: stateTable,
      sink: sink.name,
      consumerGroup: sink.consumerGroup,
    });
  const before = await count();
  return async () => {
    const now = await count();
    return {
      written: now.written - before.written,
      filtered: now.filtered - before.filtered,
      absorbed: now.absorbed - before.absorbed,
      deadLettered: now.deadLettered - before.deadLettered,
    };
  };
}

export function total(counts: readonly DispositionCounts[]): number {
  return counts.reduce((sum, each) => sum + each.written + each.filtered + each.absorbed + each.deadLettered, 0);
}

function ignore(): void {}

/** For clients whose troubles show in the outcome of a load. */
export const silent: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
