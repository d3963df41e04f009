import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createControlClient, type OrgControlClient } from '../../../local/org/control-client.ts';
import { call, startTestOrg, type TestOrg } from './support.ts';

let org: TestOrg;
let control: OrgControlClient;
beforeAll(async () => {
  org = await startTestOrg();
  control = createControlClient(org.controlUrl);
});
beforeEach(() => control.clearFaults());
afterAll(() => org.close());

const accounts = 'composite/sobjects';
const account = { attributes: { type: 'Account' }, Name: 'a' };

describe('control API', () => {
  it('counts calls by kind and app so that the totals agree', async () => {
    await control.resetCounters();
    await org.rest('GET', 'sobjects/Account/describe');
    await org.rest('POST', accounts, { records: [account, account] });
    await org.rest('POST', 'sobjects/Account', { Name: 'b' });
    await org.rest('GET', 'query?q=SELECT+Id+FROM+Account');
    await call(`${org.instanceUrl}/services/oauth2/token`, 'POST', '');
    const report = await control.counters();
    expect(report).toMatchObject({
      apiCalls: 4,
      apiCallsByKind: { token: 1, describe: 1, collections: 1, single: 1, query: 1, composite: 0 },
      apiCallsByApp: { bridge: { total: 4 }, '(unknown)': { total: 1, byKind: { token: 1 } } },
      rowsWritten: { Account: 3 },
      rowsWrittenByApp: { bridge: { Account: 3 } },
      eventsDelivered: 0,
    });
  });

  it('changes rows as a person would, without API calls', async () => {
    await control.resetCounters();
    const results = await control.changeRows({
      create: [
        { ...account, Name: 'By hand' },
        { ...account, Name: null },
      ],
    });
    expect(results.create).toMatchObject([
      { success: true },
      { success: false, errors: [{ statusCode: 'REQUIRED_FIELD_MISSING' }] },
    ]);
    const id = results.create[0]?.id ?? '';
    await control.changeRows({ update: [{ Id: id, Name: 'Changed' }] });
    expect((await control.rows('account')).find((row) => row['Id'] === id)).toMatchObject({ Name: 'Changed' });
    await control.changeRows({ delete: [id] });
    expect((await control.rows('Account')).some((row) => row['Id'] === id)).toBe(false);
    expect((await control.changeRows({ undelete: [id] })).undelete).toEqual([{ id, success: true }]);
    expect(await control.counters()).toMatchObject({ apiCalls: 0, rowsWritten: {} });
  });

  it('answers matching requests with a fault as often as asked', async () => {
    const { id } = await control.addFault({
      kind: 'respond',
      match: { method: 'POST', pathPrefix: '/services/data/v66.0/composite' },
      times: 2,
      status: 503,
      body: '<html>busy</html>',
    });
    const answers = [1, 2, 3].map(() => org.rest('POST', accounts, { records: [account] }));
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 503, 503]);
    expect((await org.rest('GET', 'limits')).status).toBe(200);
    expect(await control.faults()).toMatchObject([{ id, hits: 2 }]);
    expect(await control.removeFault(id ?? 0)).toBe(true);
  });

  it('repeats faults by rate from the seed', async () => {
    const run = async () => {
      const other = await startTestOrg({ settings: { randomSeed: 42 } });
      other.control.addFault({ kind: 'respond', rate: 0.5, status: 500 });
      const statuses: number[] = [];
      for (let index = 0; index < 20; index += 1) statuses.push((await other.rest('GET', 'limits')).status);
      await other.close();
      return statuses;
    };
    const first = await run();
    expect(new Set(first)).toEqual(new Set([200, 500]));
    expect(await run()).toEqual(first);
  });

  it('locks rows', async () => {
    await control.addFault({ kind: 'lock-rows', object: 'Account', times: 1 });
    const { body } = await org.rest('POST', accounts, { records: [account, account] });
    expect(body).toMatchObject([{ success: false, errors: [{ statusCode: 'UNABLE_TO_LOCK_ROW' }] }, { success: true }]);
  });

  it('breaks the connection before or after the work is done', async () => {
    const count = async () => (await control.rows('Account')).length;
    const before = await count();
    await control.addFault({ kind: 'reset-connection', match: { method: 'POST' }, times: 1 });
    await expect(org.rest('POST', 'sobjects/Account', { Name: 'never' })).rejects.toThrow();
    expect(await count()).toBe(before);
    await control.addFault({ kind: 'reset-connection', match: { method: 'POST' }, times: 1, when: 'after' });
    await expect(org.rest('POST', 'sobjects/Account', { Name: 'written' })).rejects.toThrow();
    expect(await count()).toBe(before + 1);
  });

  it('refuses what it does not know with all problems', async () => {
    const answer = await call(`${org.controlUrl}/faults`, 'POST', { kind: 'respond', status: 9, extra: 1 });
    expect(answer.status).toBe(400);
    expect((answer.body as { problems: string[] }).problems).toHaveLength(2);
  });

  it('keeps a journal', async () => {
    await org.rest('GET', 'limits');
    const [entry] = (await control.journal(1)).slice(-1);
    expect(entry).toMatchObject({ method: 'GET', path: '/services/data/v66.0/limits', status: 200, app: 'bridge' });
  });

  it('moves the clock and expires tokens', async () => {
    const { now } = await control.advanceClock(60_000);
    expect(Date.parse(now) - Date.now()).toBeGreaterThan(50_000);
    await control.addFault({ kind: 'expire-tokens' });
    expect((await org.rest('GET', 'limits')).status).toBe(401);
  });
});

describe('daily limit', () => {
  it('refuses requests and recovers a day later', async () => {
    const other = await startTestOrg({ settings: { dailyApiRequests: 2, sessionTimeoutMs: 1e12 } });
    try {
      await other.rest('GET', 'limits');
      expect((await other.rest('GET', 'limits')).headers.get('sforce-limit-info')).toBe('api-usage=2/2');
      expect(await other.rest('GET', 'limits')).toMatchObject({
        status: 403,
        body: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }],
      });
      other.control.advanceClock(25 * 3_600_000);
      expect((await other.rest('GET', 'limits')).status).toBe(200);
    } finally {
      await other.close();
    }
  });
});
