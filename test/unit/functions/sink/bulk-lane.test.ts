import { describe, expect, it } from 'vitest';
import { createBulkLane } from '../../../../functions/sink/bulk-lane.ts';
import { coalesce, type PlannedRow, type RowWrite } from '../../../../functions/sink/row-write.ts';
import type { RowOperation } from '../../../../shared/bridge/row-operation.ts';
import { BridgeError } from '../../../../shared/errors/bridge-error.ts';
import type { IngestOutcome } from '../../../../shared/salesforce/bulk2.ts';
import type { RowResult } from '../../../../shared/salesforce/collections.ts';
import type { StoredBulkJob } from '../../../../shared/state/bulk-job-store.ts';
import { kafkaRecord } from '../../../fixtures/records.ts';

const budget = { remainingMs: () => 60_000 };

function write(offset: number, operation: RowOperation = 'upsert', keyField = 'Key__c'): RowWrite {
  const row: PlannedRow = {
    record: kafkaRecord(offset, null, null),
    place: offset,
    operation,
    object: 'Account',
    keyField,
    key: `key ${offset}`,
    fields: { [keyField]: `k${offset}`, Name: 'x' },
    remember: [],
    parents: [],
    provides: [],
  };
  return coalesce([row])[0] as RowWrite;
}

function setUp(fromRows = 2) {
  const steps: string[] = [];
  /** How many jobs each look at the table found. */
  const lists: number[] = [];
  const stored = new Map<string, StoredBulkJob>();
  const state = {
    now: 1_000,
    refusal: undefined as BridgeError | undefined,
    outcome: { kind: 'done', results: new Map() } as IngestOutcome,
    lost: undefined as BridgeError | undefined,
  };
  const lane = createBulkLane({
    bulk: {
      create: async () => {
        steps.push('create');
        if (state.refusal !== undefined) throw state.refusal;
        return 'job1';
      },
      upload: async (_job, rows) => void steps.push(`upload ${rows.length}`),
      finish: async () => {
        steps.push('finish');
        if (state.lost !== undefined) throw state.lost;
        return state.outcome;
      },
      abort: async () => void steps.push('abort'),
    },
    jobs: {
      async list() {
        lists.push(stored.size);
        return [...stored.values()];
      },
      async put(job) {
        steps.push(`put ${job.uploaded}`);
        stored.set(job.jobId, job);
      },
      async remove(jobId) {
        steps.push('remove');
        stored.delete(jobId);
      },
    },
    fromRows,
    now: () => state.now,
  });
  return { lane, lists, steps, stored, state };
}

describe('the bulk lane', () => {
  it.each([
    ['upserts from the volume on', [write(0), write(1)], true],
    ['deletes by Id', [write(0, 'delete', 'Id'), write(1, 'delete', 'Id')], true],
    ['fewer rows', [write(0)], false],
    [
      'deletes by external ID, whose rows would have to be found first',
      [write(0, 'delete'), write(1, 'delete')],
      false,
    ],
    ['creates, whose results could not be told apart', [write(0, 'create'), write(1, 'create')], false],
  ])('decides about %s', (_, writes, expected) => {
    expect(setUp().lane.takes(writes)).toBe(expected);
  });

  it('stores the job before its upload, and answers each row by its key', async () => {
    const { lane, steps, stored, state } = setUp();
    const [first, second, third] = [write(0), write(1), write(7)];
    const refused = { success: false, errors: [{ statusCode: 'STRING_TOO_LONG', message: '', fields: [] }] } as const;
    state.outcome = {
      kind: 'done',
      results: new Map<string, RowResult>([
        ['k1', refused],
        ['k0', { success: true, id: '001', created: false }],
      ]),
    };
    const outcomes = await lane.write([first, second, third], budget);
    expect(steps).toEqual(['create', 'put false', 'put true', 'upload 3', 'finish', 'remove']);
    expect(outcomes.get(first)).toMatchObject({ kind: 'written', id: '001' });
    expect(outcomes.get(second)).toMatchObject({ kind: 'refused', disposition: 'reject' });
    // The job is over and did not try it, so it goes by an ordinary call.
    expect(outcomes.has(third)).toBe(false);
    expect(stored.size).toBe(0);
  });

  it.each([
    new BridgeError('SKB_ROW_REJECTED', 'Salesforce answered 400 LIMIT_EXCEEDED: ExceededQuota'),
    new BridgeError('SKB_SALESFORCE_LIMIT', 'Salesforce answered 403 REQUEST_LIMIT_EXCEEDED: batches'),
  ])('leaves its rows to the other way while Salesforce opens no job: %s', async (refusal) => {
    const { lane, steps, state } = setUp();
    const writes = [write(0), write(1)];
    state.refusal = refusal;
    expect(await lane.write(writes, budget)).toEqual(new Map());
    expect(steps).toEqual(['create']);
    expect(lane.takes(writes)).toBe(false);
    state.now += 15 * 60_000;
    expect(lane.takes(writes)).toBe(true);
  });

  it('waits for an org that has no calls left at all', async () => {
    const { lane, state } = setUp();
    state.refusal = new BridgeError('SKB_SALESFORCE_LIMIT', 'TotalRequests Limit exceeded.', { retryAfterMs: 300_000 });
    await expect(lane.write([write(0), write(1)], budget)).rejects.toThrow('TotalRequests');
    expect(lane.takes([write(0), write(1)])).toBe(true);
  });

  it('finds out what became of a job that it lost sight of, and writes its rows again in the same invocation', async () => {
    const { lane, steps, stored, state } = setUp();
    const writes = [write(0), write(1)];
    state.lost = new BridgeError('SKB_SALESFORCE_UNAVAILABLE', 'connection reset');
    await expect(lane.write(writes, budget)).rejects.toThrow('connection reset');
    await expect(lane.write(writes, budget)).rejects.toThrow('connection reset');
    // No second job beside the first one.
    expect(steps).toEqual(['create', 'put false', 'put true', 'upload 2', 'finish', 'finish']);
    state.lost = undefined;
    steps.length = 0;
    await lane.write(writes, budget);
    expect(steps).toEqual([
      ...['finish', 'remove'],
      ...['create', 'put false', 'put true', 'upload 2', 'finish', 'remove'],
    ]);
    expect(stored.size).toBe(0);
  });

  it('leaves a job that runs longer than the invocation, and opens no second one beside it', async () => {
    const { lane, steps, stored, state } = setUp();
    state.outcome = { kind: 'running' };
    const writes = [write(3), write(4), write(6)];
    expect((await lane.write(writes, budget)).get(writes[0] as RowWrite)).toMatchObject({ kind: 'notSent' });
    await lane.write(writes, budget);
    expect(steps.filter((step) => step === 'create')).toHaveLength(1);
    expect([...stored.values()][0]?.records).toEqual({
      'prices-0': [
        [3, 4],
        [6, 6],
      ],
    });
    await expect(lane.finishOpenJobs(new Set(['prices-0']), budget)).rejects.toThrow('job1 is still running');
    expect(await lane.finishOpenJobs(new Set(['prices-1']), budget)).toBe(false);
    expect(stored.size).toBe(1);
    state.outcome = { kind: 'done', results: new Map() };
    expect(await lane.finishOpenJobs(new Set(['prices-0']), budget)).toBe(true);
    expect(stored.size).toBe(0);
  });

  it('ends a job that was never uploaded, or that runs for hours', async () => {
    const { lane, steps, stored, state } = setUp();
    const job = { jobId: 'job0', object: 'Account', operation: 'upsert', keyField: 'Key__c', createdAt: 0 } as const;
    stored.set('job0', { ...job, uploaded: false, records: { 'prices-0': [[0, 1]] } });
    await lane.finishOpenJobs(new Set(['prices-0']), budget);
    expect(steps).toEqual(['abort', 'finish', 'remove']);
    steps.length = 0;
    state.now = 3 * 60 * 60_000;
    stored.set('job0', { ...job, uploaded: true, records: { 'prices-0': [[0, 1]] } });
    await lane.finishOpenJobs(new Set(['prices-0']), budget);
    expect(steps).toEqual(['abort', 'finish', 'remove']);
  });

  it('waits for jobs that are left from before jobs were switched off, and looks for none when they are over', async () => {
    const { lane, lists, stored, state } = setUp(0);
    const job = { jobId: 'job0', object: 'Account', operation: 'upsert', keyField: 'Key__c', createdAt: 0 } as const;
    stored.set('job0', { ...job, uploaded: true, records: { 'prices-0': [[0, 1]] } });
    state.outcome = { kind: 'running' };
    await expect(lane.finishOpenJobs(new Set(['prices-0']), budget)).rejects.toThrow('job0 is still running');
    state.outcome = { kind: 'done', results: new Map() };
    expect(await lane.finishOpenJobs(new Set(['prices-0']), budget)).toBe(true);
    for (const _ of [1, 2, 3]) expect(await lane.finishOpenJobs(new Set(['prices-0']), budget)).toBe(false);
    expect(lists).toEqual([1, 1, 0]);
  });
});
