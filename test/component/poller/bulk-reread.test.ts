import { describe, expect, it } from 'vitest';
import { source, until } from '../../unit/functions/poller/in-memory.ts';
import { create, startAll, valuesOf, whileRunning } from './harness.ts';

const snapshot = [source({ snapshot: true })];
const results = { kind: 'respond', match: { pathContains: '/results' }, status: 503 } as const;

/** An org with rows of an hour ago, and a poller for which so many rows are many. */
async function startWith(names: readonly string[], bulkFromRows: number) {
  const all = await startAll({ pastMs: 3_600_000 });
  const ids = names.map((Name, n) =>
    create(all.org, 'Product2', {
      Name,
      IsActive: n % 2 === 0,
      ...(n === 0 ? { Description: 'a "quoted",\ntext' } : {}),
    }),
  );
  all.org.control.advanceClock(3_600_000);
  const parts = { ...all.parts, settings: { ...all.parts.settings, bulkFromRows } };
  const jobs = () =>
    all.org.control.journal(10_000).filter(({ path, method }) => method === 'POST' && /jobs\/query$/.test(path));
  return { ...all, parts, ids, jobs };
}

const names = ['Bolt', 'Nut', 'Washer', 'Pin', 'Screw'];
const byId = (values: readonly Record<string, unknown>[]) =>
  new Map(values.map(({ Id, ...fields }) => [fields['Name'], fields]));

describe('a re-read of many rows', () => {
  it('comes from a query job, and shows the same as pages do', async () => {
    await using many = await startWith(names, names.length);
    await whileRunning(many, snapshot, () => until(() => many.parts.logger.of('re-read done').length === 1));
    await using few = await startWith(names, names.length + 1);
    await whileRunning(few, snapshot, () => until(() => few.parts.logger.of('re-read done').length === 1));

    expect([many.jobs().length, few.jobs().length]).toEqual([1, 0]);
    const stamps = {
      CreatedDate: expect.any(String),
      LastModifiedDate: expect.any(String),
      SystemModstamp: expect.any(String),
    };
    const expected = [...byId(valuesOf(few.parts))].map(([name, fields]) => [name, { ...fields, ...stamps }]);
    expect([...byId(valuesOf(many.parts))].sort()).toEqual(expected.sort());
    expect(valuesOf(many.parts)).toContainEqual(
      expect.objectContaining({ Name: 'Bolt', IsActive: true, Family: null, Description: 'a "quoted",\ntext' }),
    );
  });

  /** While the job's results cannot be had yet, one row becomes newer and another one goes. */
  async function changeMeanwhile({
    org,
    parts,
    ids: [changed = '', gone = ''],
  }: Awaited<ReturnType<typeof startWith>>) {
    await until(() => parts.logger.of('re-read waits').length > 0);
    org.control.changeRows({ update: [{ Id: changed, Name: 'newer' }], delete: [gone] });
    await until(() => parts.producer.records.length === 2);
  }

  function expectNothingOlder({ parts, ids: [changed, gone] }: Awaited<ReturnType<typeof startWith>>): void {
    const of = (id: unknown) => valuesOf(parts).filter(({ Id }) => Id === id);
    expect(of(changed)).toMatchObject([
      { Name: 'newer', _EventType: 'updated' },
      { Name: 'newer', _EventType: 'snapshot' },
    ]);
    expect(of(gone)).toMatchObject([{ _EventType: 'deleted' }]);
    expect(valuesOf(parts).filter(({ _EventType }) => _EventType === 'snapshot')).toHaveLength(names.length - 1);
  }

  it('brings no row back to what it was when the job read it', async () => {
    await using all = await startWith(names, 1);
    all.org.control.addFault(results);
    await whileRunning(all, snapshot, async () => {
      await changeMeanwhile(all);
      all.org.control.clearFaults();
      await until(() => all.parts.logger.of('re-read done').length === 1);
    });
    expectNothingOlder(all);
  });

  it('goes on with the same job after a crash, and knows what changed before it', async () => {
    await using all = await startWith(names, 1);
    all.org.control.addFault(results);
    await whileRunning(all, snapshot, () => changeMeanwhile(all));
    all.org.control.clearFaults();
    await whileRunning(all, snapshot, () => until(() => all.parts.logger.of('re-read done').length === 1));
    expect(all.jobs()).toHaveLength(1);
    expectNothingOlder(all);
  });

  it('takes a job where its rows cannot even be counted in time', async () => {
    await using all = await startWith(names, 1_000);
    const body = [{ errorCode: 'QUERY_TIMEOUT', message: 'Your query request was running for too long.' }];
    all.org.control.addFault({
      kind: 'respond',
      match: { pathContains: '/query?q=SELECT%20COUNT' },
      status: 400,
      body,
    });
    await whileRunning(all, snapshot, () => until(() => all.parts.logger.of('re-read done').length === 1));
    expect(all.jobs()).toHaveLength(1);
    expect(valuesOf(all.parts)).toHaveLength(names.length);
  });

  it('costs a call for 2,000 rows in pages, and one for 10,000 and some ten more in a job', async () => {
    const rows = Array.from({ length: 11_000 }, (_, n) => `Row ${n}`);
    /** The poller of these tests asks for describes all the time, so they do not count. */
    const callsOf = async (bulkFromRows: number) => {
      await using all = await startWith(rows, bulkFromRows);
      await whileRunning(all, snapshot, () => until(() => all.parts.logger.of('re-read done').length === 1));
      expect(new Set(valuesOf(all.parts).map(({ Name }) => Name)).size).toBe(rows.length);
      const { query = 0, other = 0 } = all.org.control.counters().apiCallsByKind;
      return query + other;
    };
    const [counting, pages, results] = [1, 6, 2];
    expect(await callsOf(rows.length + 1)).toBe(counting + pages);
    const forJob = await callsOf(1);
    expect(forJob).toBeGreaterThan(counting + results);
    expect(forJob).toBeLessThanOrEqual(counting + results + 10);
  });

  it('is paged through where Salesforce opens no job', async () => {
    await using all = await startWith(names, 1);
    const body = [{ errorCode: 'FEATURENOTENABLED', message: 'Not for this object' }];
    all.org.control.addFault({ kind: 'respond', match: { pathContains: '/jobs/query' }, status: 400, body });
    await whileRunning(all, snapshot, () => until(() => all.parts.logger.of('re-read done').length === 1));
    expect(valuesOf(all.parts).map(({ Name }) => Name)).toEqual(names);
    expect(all.parts.logger.of('rows are read page by page, not by a job')).toHaveLength(1);
  });
});
