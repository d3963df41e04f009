import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Sink } from '../../shared/bridge/bridge.ts';
import { readDispositionCounts } from '../../shared/state/dynamodb-progress-store.ts';
import type { DispositionCounts } from '../../shared/state/partition-progress.ts';
import type { Logger } from '../../shared/telemetry/logger.ts';
import { clientSettings } from '../aws/resources.ts';
import type { Ground } from './ground.ts';

/** How the records of a sink ended in this run, whose state table is its own. */
export function dispositionCounter({ aws, stateTable }: Ground, sink: Sink): () => Promise<DispositionCounts> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(clientSettings(aws)));
  const { name, consumerGroup } = sink;
  return () => readDispositionCounts({ client, tableName: stateTable, sink: name, consumerGroup });
}

export function total(counts: readonly DispositionCounts[]): number {
  return counts.reduce((sum, each) => sum + each.written + each.filtered + each.absorbed + each.deadLettered, 0);
}

function ignore(): void {}

/** For clients whose troubles show in the outcome of a load. */
export const silent: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
