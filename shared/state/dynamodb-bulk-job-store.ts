import { DeleteCommand, type DynamoDBDocumentClient, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { BridgeError } from '../errors/bridge-error.ts';
import type { BulkJobStore, StoredBulkJob } from './bulk-job-store.ts';
import { sinkPartitionKey } from './dynamodb-progress-store.ts';
import { decodeRanges, encodeRanges, type OffsetRanges } from './offset-ranges.ts';

interface BulkJobStoreParts {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly sink: string;
  readonly consumerGroup: string;
}

// Salesforce keeps a job's results for 7 days; an item that nobody removed goes a little later.
const keepSeconds = 8 * 86_400;

/** One item per job: `pk` as the sink's partitions have, `sk` = `BULK#<job>`. */
export function createDynamodbBulkJobStore(parts: BulkJobStoreParts): BulkJobStore {
  const { client, tableName } = parts;
  const pk = sinkPartitionKey(parts.sink, parts.consumerGroup);
  return {
    async list() {
      const jobs: StoredBulkJob[] = [];
      let startKey: Record<string, unknown> | undefined;
      try {
        do {
          const page = await client.send(
            new QueryCommand({
              TableName: tableName,
              KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
              ExpressionAttributeValues: { ':pk': pk, ':prefix': 'BULK#' },
              ConsistentRead: true,
              ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
            }),
          );
          jobs.push(...(page.Items ?? []).map(fromItem));
          startKey = page.LastEvaluatedKey;
        } while (startKey !== undefined);
      } catch (cause) {
        throw failed('could not be read', cause, parts);
      }
      return jobs.sort((a, b) => a.createdAt - b.createdAt);
    },
    async put({ jobId, records, ...job }) {
      const item = {
        ...job,
        records: Object.fromEntries(Object.entries(records).map(([name, ranges]) => [name, encodeRanges(ranges)])),
        expiresAt: Math.ceil(job.createdAt / 1000) + keepSeconds,
      };
      const names = Object.keys(item);
      try {
        await client.send(
          new UpdateCommand({
            TableName: tableName,
            Key: { pk, sk: `BULK#${jobId}` },
            UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
            // A job that was uploaded never becomes one that was not.
            ConditionExpression: 'attribute_not_exists(pk) OR #uploaded = :false OR #uploaded = :uploaded',
            ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
            ExpressionAttributeValues: {
              ...Object.fromEntries(Object.entries(item).map(([name, value]) => [`:${name}`, value])),
              ':false': false,
            },
          }),
        );
      } catch (cause) {
        throw failed(`${jobId} could not be stored`, cause, parts);
      }
    },
    async remove(jobId) {
      try {
        await client.send(new DeleteCommand({ TableName: tableName, Key: { pk, sk: `BULK#${jobId}` } }));
      } catch (cause) {
        throw failed(`${jobId} could not be removed`, cause, parts);
      }
    },
  };
}

function fromItem(item: Readonly<Record<string, unknown>>): StoredBulkJob {
  const stored = item as unknown as Omit<StoredBulkJob, 'jobId' | 'records'> & {
    readonly sk: string;
    readonly records: Readonly<Record<string, string>>;
  };
  const { object, operation, keyField, uploaded, createdAt } = stored;
  const records: [string, OffsetRanges][] = Object.entries(stored.records).map(([name, text]) => [
    name,
    decodeRanges(text),
  ]);
  return {
    jobId: stored.sk.slice('BULK#'.length),
    object,
    operation,
    keyField,
    uploaded,
    createdAt,
    records: Object.fromEntries(records),
  };
}

function failed(what: string, cause: unknown, { sink, tableName }: BulkJobStoreParts): BridgeError {
  return new BridgeError('SKB_CHECKPOINT_FAILED', `Bulk job ${what}`, { cause, context: { sink, tableName } });
}
