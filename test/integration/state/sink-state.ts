import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import type { StoredBulkJob } from '../../../shared/state/bulk-job-store.ts';
import { createDynamodbBulkJobStore } from '../../../shared/state/dynamodb-bulk-job-store.ts';
import { createDynamodbProgressStore, readDispositionCounts } from '../../../shared/state/dynamodb-progress-store.ts';
import type { PartitionProgress } from '../../../shared/state/partition-progress.ts';
import { createReadItem } from '../../../shared/state/read-item.ts';
import type { StateGround } from './state-ground.ts';

const place = { topic: 'prices', partition: 3 };
const counts = { written: 2, filtered: 1, absorbed: 0, deadLettered: 1 };
const full: PartitionProgress = {
  settledOffset: 9_000_000_005,
  watermarkTimestamp: 1_700_000_000_123,
  deliveredOffset: 9_000_000_020,
  holes: [
    [9_000_000_006, 9_000_000_007],
    [9_000_000_012, 9_000_000_012],
  ],
  marks: [
    { offset: 1, timestamp: 1_600_000_000_000 },
    { offset: 9_000_000_020, timestamp: 1_700_000_000_123 },
  ],
  orgId: '00D000000000001AAA',
  failing: {
    offset: 9_000_000_006,
    since: 1_700_000_000_000,
    attempts: { 9000000012: 3 },
  },
};

export function progressAndJobsOfSinks(ground: StateGround): void {
  const storeOf = (sink: string) => {
    const { client, tableName } = ground;
    const read = createReadItem(client, tableName);
    const parts = { client, tableName, read, sink, consumerGroup: 'shop.prices' };
    return { parts, progress: createDynamodbProgressStore(parts), jobs: createDynamodbBulkJobStore(parts) };
  };
  const loaded = async ({ progress }: ReturnType<typeof storeOf>) => (await progress.load([place])).get('prices-3');

  test('progress is stored as it is, its counts add up, and what is over is removed', async () => {
    const store = storeOf('whole');
    await store.progress.advance({ ...place, ...full, from: undefined, counts });
    expect(await loaded(store)).toEqual({ ...full, version: 1 });
    const after: PartitionProgress = { settledOffset: 9_000_000_020, watermarkTimestamp: 1_700_000_000_123 };
    await store.progress.advance({ ...place, ...after, from: await loaded(store), counts });
    expect(await loaded(store)).toEqual({ ...after, version: 2 });
    expect(await readDispositionCounts(store.parts)).toEqual({ written: 4, filtered: 2, absorbed: 0, deadLettered: 2 });
  });

  test('of two who settle at once one is refused, also when neither moves the settled offset', async () => {
    const store = storeOf('raced');
    await store.progress.advance({ ...place, ...full, from: undefined, counts });
    await expect(store.progress.advance({ ...place, ...full, from: undefined, counts })).rejects.toMatchObject({
      code: 'SKB_CHECKPOINT_FAILED',
    });
    const from = await loaded(store);
    await store.progress.advance({ ...place, ...full, from, counts });
    await expect(store.progress.advance({ ...place, ...full, from, counts })).rejects.toMatchObject({
      code: 'SKB_CHECKPOINT_FAILED',
    });
    expect(await readDispositionCounts(store.parts)).toMatchObject({ written: 4 });
  });

  test('the settled offset falls only when the topic or the org is another one', async () => {
    const store = storeOf('falling');
    await store.progress.advance({ ...place, ...full, from: undefined, counts });
    const lower = { settledOffset: 3, watermarkTimestamp: 5 };
    const from = await loaded(store);
    await expect(store.progress.advance({ ...place, ...lower, from, counts })).rejects.toMatchObject({
      code: 'SKB_BUG',
    });
    await store.progress.advance({ ...place, ...lower, from, counts, restarts: true });
    expect(await loaded(store)).toEqual({ ...lower, version: 2 });
  });

  test('items from before versions, holes and marks are read and carried on', async () => {
    const store = storeOf('old');
    const key = { pk: 'SINK#old#shop.prices', sk: 'prices-3' };
    await ground.client.send(
      new PutCommand({
        TableName: ground.tableName,
        Item: {
          ...key,
          settledOffset: 7,
          watermarkTimestamp: 70,
          written: 5,
          filtered: 0,
          absorbed: 0,
          deadLettered: 0,
        },
      }),
    );
    const from = await loaded(store);
    expect(from).toEqual({ settledOffset: 7, watermarkTimestamp: 70 });
    const advance = { ...place, settledOffset: 9, watermarkTimestamp: 90, from, counts };
    await store.progress.advance(advance);
    await expect(store.progress.advance(advance)).rejects.toMatchObject({ code: 'SKB_CHECKPOINT_FAILED' });
    expect(await loaded(store)).toEqual({ settledOffset: 9, watermarkTimestamp: 90, version: 1 });
    expect(await readDispositionCounts(store.parts)).toMatchObject({ written: 7 });
  });

  test('bulk jobs are found again with their records, and an upload is never taken back', async () => {
    const { jobs } = storeOf('bulk');
    const job: StoredBulkJob = {
      jobId: '750000000000001AAA',
      object: 'Account',
      operation: 'upsert',
      keyField: 'ErpKey__c',
      uploaded: false,
      records: { 'prices-3': [[5, 900]], 'prices-4': [[1, 1]] },
      createdAt: 1_700_000_000_000,
    };
    expect(await jobs.list()).toEqual([]);
    await jobs.put(job);
    await jobs.put({ ...job, uploaded: true });
    await jobs.put({ ...job, uploaded: true });
    await expect(jobs.put(job)).rejects.toMatchObject({ code: 'SKB_CHECKPOINT_FAILED' });
    expect(await jobs.list()).toEqual([{ ...job, uploaded: true }]);
    const { Item: item } = await ground.client.send(
      new GetCommand({ TableName: ground.tableName, Key: { pk: 'SINK#bulk#shop.prices', sk: `BULK#${job.jobId}` } }),
    );
    expect(item?.['expiresAt']).toBe(1_700_000_000 + 8 * 86_400);
    await jobs.remove(job.jobId);
    await jobs.remove(job.jobId);
    expect(await jobs.list()).toEqual([]);
  });
}
