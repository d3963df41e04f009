import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type StartedOrg, startOrg } from '../../../local/org/org.ts';
import { type CollectionsCall, sendCalls } from '../../../shared/salesforce/composite.ts';
import type { OrgClient } from '../../../shared/salesforce/rest-client.ts';
import { apiVersion, clientOf } from '../../fixtures/org-client.ts';

let org: StartedOrg;
let rest: OrgClient;
beforeAll(async () => {
  org = await startOrg({ settings: { publishDelayMs: 0 } });
  rest = clientOf(org, { timeoutMs: 2_000 });
});
afterAll(() => org.close());
afterEach(() => org.control.clearFaults());

const send = (calls: readonly CollectionsCall[]) => sendCalls(rest, calls, { apiVersion });
const upsert = (prefix: string, count: number, more: object = {}): CollectionsCall => ({
  operation: 'upsert',
  object: 'Account',
  externalId: 'External_Id__c',
  rows: Array.from({ length: count }, (_, index) => ({
    External_Id__c: `${prefix}-${index}`,
    Name: `${prefix} ${index}`,
    ...more,
  })),
});
const apiCalls = () => org.control.counters().apiCalls;

describe('collections calls', () => {
  it('write 1,000 rows for one API call and answer them in order', async () => {
    await rest.describe('Account');
    const before = apiCalls();
    const calls = ['a', 'b', 'c', 'd', 'e'].map((prefix) => upsert(prefix, 200));
    const answers = await send(calls);
    expect(apiCalls() - before).toBe(1);
    expect(answers.map((answer) => answer.kind === 'rows' && answer.results.length)).toEqual([200, 200, 200, 200, 200]);
    const [row] = await rest.query("SELECT Id FROM Account WHERE External_Id__c = 'c-17'");
    const third = answers[2];
    expect(third?.kind === 'rows' && third.results[17]).toMatchObject({
      success: true,
      id: row?.['Id'],
      created: true,
    });
  });

  it('carry out every operation, mixed objects in one create included', async () => {
    const created = await send([
      {
        operation: 'create',
        object: 'Account',
        rows: [{ Name: 'plain' }, { attributes: { type: 'Product2' }, Name: 'other object' }],
      },
    ]);
    const ids = created[0]?.kind === 'rows' ? created[0].results.map((row) => (row.success ? row.id : '')) : [];
    expect(ids.map((id) => id.slice(0, 3))).toEqual(['001', '01t']);
    const [updated, deleted] = await send([
      { operation: 'update', object: 'Account', rows: [{ Id: ids[0], Name: 'renamed' }] },
      { operation: 'delete', object: 'Product2', rows: [{ Id: ids[1] }] },
    ]);
    expect([updated, deleted]).toMatchObject([
      { kind: 'rows', results: [{ success: true }] },
      { kind: 'rows', results: [{ success: true }] },
    ]);
    expect(await rest.query(`SELECT Name FROM Account WHERE Id = '${ids[0]}'`)).toMatchObject([{ Name: 'renamed' }]);
    expect(await rest.query(`SELECT Id FROM Product2 WHERE Id = '${ids[1]}'`)).toEqual([]);
  });

  it('stand alone: a spoilt call is refused, its neighbours are written', async () => {
    const answers = await send([upsert('n', 2), upsert('s', 2, { Nonsense__c: 1 }), upsert('m', 2)]);
    expect(answers).toMatchObject([
      { kind: 'rows' },
      { kind: 'refused', error: { code: 'SKB_ROW_REJECTED', context: { salesforceCode: 'INVALID_FIELD' } } },
      { kind: 'rows' },
    ]);
    expect(await rest.query("SELECT Id FROM Account WHERE External_Id__c LIKE 's-%'")).toEqual([]);
  });

  it('keep what Salesforce says of single rows', async () => {
    const [answer] = await send([{ ...upsert('k', 1), rows: [{ External_Id__c: 'k-0' }] }]);
    expect(answer).toMatchObject({
      kind: 'rows',
      results: [{ success: false, errors: [{ statusCode: 'REQUIRED_FIELD_MISSING', fields: ['Name'] }] }],
    });
  });
});

describe('a call that ends without an answer', () => {
  it.each<[string, Parameters<StartedOrg['control']['addFault']>[0], string]>([
    ['reset before it was served', { kind: 'reset-connection', times: 1 }, 'ambiguous'],
    ['reset after it took effect', { kind: 'reset-connection', when: 'after', times: 1 }, 'ambiguous'],
    ['slower than the timeout', { kind: 'delay', milliseconds: 4_000, times: 1 }, 'ambiguous'],
    ['lost by a gateway', { kind: 'respond', status: 504, body: '<html>', times: 1 }, 'ambiguous'],
    ['refused at the edge', { kind: 'respond', status: 503, body: '<html>busy</html>', times: 1 }, 'refused'],
    ['over the daily limit', { kind: 'request-limit', limit: 'daily', times: 1 }, 'refused'],
  ])('%s is %s', async (_, fault, kind) => {
    await rest.orgId();
    org.control.addFault({ ...fault, match: { pathContains: '/composite' } } as typeof fault);
    const answers = await send([upsert('x', 1), upsert('y', 1)]);
    expect(answers.map((answer) => answer.kind)).toEqual([kind, kind]);
  });

  it('is refused, not ambiguous, when nobody listens', async () => {
    const gone = await startOrg();
    const client = clientOf(gone);
    await client.orgId();
    await gone.close();
    const answers = await sendCalls(client, [upsert('z', 1)], { apiVersion });
    expect(answers).toMatchObject([{ kind: 'refused', error: { code: 'SKB_SALESFORCE_UNAVAILABLE' } }]);
  });
});
