import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createBulkLane } from '../../../functions/sink/bulk-lane.ts';
import { type StartedOrg, startOrg } from '../../../local/org/org.ts';
import { upsert } from '../../../shared/bridge/targets.ts';
import { BridgeError } from '../../../shared/errors/bridge-error.ts';
import { type BulkIngest, createBulkIngest } from '../../../shared/salesforce/bulk2.ts';
import type { OrgClient } from '../../../shared/salesforce/rest-client.ts';
import type { StoredBulkJob } from '../../../shared/state/bulk-job-store.ts';
import { clientOf } from '../../fixtures/org-client.ts';
import { kafkaRecord } from '../../fixtures/records.ts';
import { portsOf } from './emulated-ports.ts';
import { createSinkHarness } from './sink-harness.ts';

// Large batches through bulk jobs of the emulated org.

let org: StartedOrg;
let rest: OrgClient;
beforeAll(async () => {
  const rule = { object: 'Account', name: 'R', formula: 'AnnualRevenue < 0', message: 'must not be negative' };
  org = await startOrg({
    seed: { validationRules: [rule] },
    settings: { publishDelayMs: 0, bulkDelayMs: 5, bulkBatchRows: 100 },
  });
  rest = clientOf(org, { timeoutMs: 5_000 });
});
afterAll(() => org.close());
afterEach(() => org.control.clearFaults());

const fromRows = 50;
const key = { externalId: 'External_Id__c' };

/** Two execution environments share the stored jobs, as before and after a crash. */
function setUp(decorate: (bulk: BulkIngest) => BulkIngest = (bulk) => bulk) {
  const stored = new Map<string, StoredBulkJob>();
  const history: string[] = [];
  const environment = (wrap: (bulk: BulkIngest) => BulkIngest = (bulk) => bulk) => {
    const wait = (ms: number) => new Promise((done) => setTimeout(done, Math.min(ms, 10)));
    const lane = createBulkLane({
      bulk: wrap(createBulkIngest({ rest, wait })),
      jobs: {
        list: async () => [...stored.values()],
        async put(job) {
          history.push(`stored, uploaded: ${job.uploaded}`);
          stored.set(job.jobId, job);
        },
        remove: async (jobId) => void stored.delete(jobId),
      },
      fromRows,
      now: Date.now,
    });
    const definition = { topic: 'prices', write: upsert('Account', key), batch: { size: 1_000 } };
    return createSinkHarness(portsOf(rest), definition, { bulk: lane });
  };
  return { sink: environment(decorate), environment, stored, history };
}

const named = (name: string, count: number, more: (n: number) => object = () => ({})) =>
  Array.from({ length: count }, (_, n) =>
    kafkaRecord(n, `${name}-${n}`, { External_Id__c: `${name}-${n}`, Name: `${name} ${n}`, ...more(n) }),
  );
const rows = (name: string) =>
  rest.query(`SELECT Name, External_Id__c, Description FROM Account WHERE External_Id__c LIKE '${name}-%'`);
const jobs = () => org.control.journal(10_000).filter(({ method, path }) => method === 'POST' && /ingest$/.test(path));

describe('a sink that writes by bulk jobs', () => {
  it('gives each record the result of its row, although results come in another order', async () => {
    const { sink, history, stored } = setUp();
    const before = jobs().length;
    const records = named('a', 250, (n) => (n % 50 === 7 ? { AnnualRevenue: -1 } : { Description: `d ${n}` }));
    expect(await sink.deliver(records)).toEqual([]);
    expect((await rows('a')).length).toBe(245);
    expect((await rows('a')).every(({ Name, Description }) => `d ${String(Name).slice(2)}` === Description)).toBe(true);
    expect(sink.letterOffsets().toSorted((x, y) => x - y)).toEqual([7, 57, 107, 157, 207]);
    expect(new Set(sink.reasons())).toEqual(new Set(['FIELD_CUSTOM_VALIDATION_EXCEPTION']));
    expect(sink.counts()).toMatchObject({ written: 245, deadLettered: 5 });
    expect(jobs().length - before).toBe(1);
    expect(history).toEqual(['stored, uploaded: false', 'stored, uploaded: true']);
    expect(stored.size).toBe(0);
  });

  it('tries rows again that the org refuses for a while', async () => {
    const { sink } = setUp();
    org.control.addFault({ kind: 'lock-rows', times: 9 });
    expect(await sink.deliver(named('b', 120))).toEqual([]);
    expect((await rows('b')).length).toBe(120);
    expect(sink.counts()).toMatchObject({ written: 120, deadLettered: 0 });
  });

  it('sends the rows that an aborted job left untried by ordinary calls', async () => {
    const { sink } = setUp((bulk) => ({
      ...bulk,
      async upload(jobId, uploaded) {
        await bulk.upload(jobId, uploaded);
        org.control.addFault({ kind: 'abort-bulk-jobs' });
      },
    }));
    const before = jobs().length;
    expect(await sink.deliver(named('c', 300))).toEqual([]);
    expect((await rows('c')).length).toBe(300);
    expect(jobs().length - before).toBe(1);
  });

  it('leaves out rows that CSV cannot say', async () => {
    const { sink } = setUp();
    expect(await sink.deliver(named('d', 80, (n) => (n === 3 ? { Description: '#N/A' } : {})))).toEqual([]);
    expect((await rows('d')).find(({ Name }) => Name === 'd 3')?.['Description']).toBe('#N/A');
  });

  it('finds out what became of a job whose closing was not answered, and sends nothing beside it', async () => {
    const { sink } = setUp();
    org.control.addFault({
      kind: 'reset-connection',
      match: { method: 'PATCH', pathContains: '/jobs/ingest/' },
      times: 1,
      when: 'after',
    });
    const before = jobs().length;
    expect(await sink.deliver(named('e', 100))).toEqual([]);
    expect((await rows('e')).length).toBe(100);
    expect(jobs().length - before).toBe(1);
  });

  it('hands a batch back whose job outlives the invocation, and waits for that job before anything newer is written', async () => {
    const { sink, environment, stored } = setUp((bulk) => ({ ...bulk, finish: async () => ({ kind: 'running' }) }));
    const records = named('f', 100);
    expect(await sink.deliver(records)).toHaveLength(100);
    expect([...stored.values()]).toMatchObject([{ uploaded: true, records: { 'prices-0': [[0, 99]] } }]);
    // The function is a new one, as after a crash; the job is still running.
    const busy = environment((bulk) => ({ ...bulk, finish: async () => ({ kind: 'running' }) }));
    const newer = records.map((record) => ({ ...record, offset: record.offset + 100 }));
    expect(await busy.deliver([...records, ...newer])).toHaveLength(200);
    expect(stored.size).toBe(1);
    const later = environment();
    expect(await later.deliver(records)).toEqual([]);
    expect([stored.size, (await rows('f')).length]).toEqual([0, 100]);
  });

  it('ends a job that a crash left before its upload', async () => {
    const killed = () => Promise.reject(new BridgeError('SKB_SALESFORCE_UNAVAILABLE', 'no answer any more'));
    const { sink, environment, stored } = setUp((bulk) => ({ ...bulk, upload: killed, finish: killed }));
    const records = named('g', 60);
    expect(await sink.deliver(records)).toHaveLength(60);
    expect(stored.size).toBe(1);
    expect(await environment().deliver(records)).toEqual([]);
    expect([stored.size, (await rows('g')).length]).toEqual([0, 60]);
  });
});
