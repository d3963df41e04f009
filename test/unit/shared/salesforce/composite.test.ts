import { describe, expect, it } from 'vitest';
import { BridgeError } from '../../../../shared/errors/bridge-error.ts';
import { type CollectionsCall, sendCalls } from '../../../../shared/salesforce/composite.ts';
import type { RestRequest } from '../../../../shared/salesforce/rest-client.ts';
import { writeHeaders } from '../../../../shared/salesforce/write-headers.ts';

const call: CollectionsCall = { operation: 'upsert', object: 'Lead', externalId: 'Key__c', rows: [{ Key__c: 'a' }] };
const written = [{ success: true, id: '00Q', created: true, errors: [] }];
const headers = writeHeaders({ assignmentRule: false, allowDuplicates: true });

function restOf(answer: (request: RestRequest) => unknown) {
  const requests: RestRequest[] = [];
  return {
    requests,
    async request(request: RestRequest) {
      requests.push(request);
      return answer(request);
    },
  };
}

describe('one call', () => {
  it('goes directly, with the headers of its sink', async () => {
    const rest = restOf(() => written);
    await sendCalls(rest, [call], { apiVersion: '66.0', headers });
    expect(rest.requests).toEqual([
      {
        method: 'PATCH',
        path: '/composite/sobjects/Lead/Key__c',
        headers: { 'Sforce-Auto-Assign': 'FALSE', 'Sforce-Duplicate-Rule-Header': 'allowSave=true' },
        body: { allOrNone: false, records: [{ attributes: { type: 'Lead' }, Key__c: 'a' }] },
      },
    ]);
  });

  it.each<[string, unknown]>([
    ['a page of HTML', '<html>'],
    ['nothing', null],
    ['results of other rows', [...written, ...written]],
    ['no result', [null]],
    ['a text', ['written']],
    ['neither success nor failure', [{ id: '00Q' }]],
    ['errors in another form', [{ success: false, errors: 'no' }]],
    ['an error without members', [{ success: false, errors: [null] }]],
  ])('is ambiguous when what came back is not one result per row, but %s', async (_, body) => {
    const answers = await sendCalls(
      restOf(() => body),
      [call],
      { apiVersion: '66.0' },
    );
    expect(answers).toMatchObject([{ kind: 'ambiguous', error: { code: 'SKB_SALESFORCE_UNAVAILABLE' } }]);
  });
});

describe('several calls', () => {
  it('go as one composite whose parts neither wait for nor undo each other', async () => {
    const rest = restOf(() => ({
      compositeResponse: [
        { referenceId: 'call1', httpStatusCode: 200, body: written },
        { referenceId: 'call0', httpStatusCode: 400, body: [{ errorCode: 'PROCESSING_HALTED', message: 'halted' }] },
      ],
    }));
    const remove: CollectionsCall = { operation: 'delete', object: 'Lead', rows: [{ Id: '00Q1' }] };
    const answers = await sendCalls(rest, [call, remove], { apiVersion: '66.0', headers });
    expect(answers).toMatchObject([
      { kind: 'refused', error: { code: 'SKB_SALESFORCE_UNAVAILABLE' } },
      { kind: 'rows', results: [{ success: true }] },
    ]);
    expect(rest.requests[0]?.body).toMatchObject({
      allOrNone: false,
      collateSubrequests: false,
      compositeRequest: [
        { url: '/services/data/v66.0/composite/sobjects/Lead/Key__c', httpHeaders: headers },
        { method: 'DELETE', url: '/services/data/v66.0/composite/sobjects?ids=00Q1&allOrNone=false' },
      ],
    });
  });

  it('a part without an answer is ambiguous, and only it', async () => {
    const rest = restOf(() => ({ compositeResponse: [{ referenceId: 'call0', httpStatusCode: 200, body: written }] }));
    const answers = await sendCalls(rest, [call, call], { apiVersion: '66.0' });
    expect(answers.map((answer) => answer.kind)).toEqual(['rows', 'ambiguous']);
  });

  it.each<[string, object, string]>([
    ['a body that is no list', { httpStatusCode: 200, body: { success: true } }, 'ambiguous'],
    ['a result that is none', { httpStatusCode: 200, body: [null] }, 'ambiguous'],
    ['an error page', { httpStatusCode: 500, body: '<html>' }, 'refused'],
    ['an error that is none', { httpStatusCode: 400, body: [null] }, 'refused'],
    ['a lost gateway', { httpStatusCode: 504, body: null }, 'ambiguous'],
    ['a status that is no number', { httpStatusCode: 'fine', body: '' }, 'ambiguous'],
  ])('a part that is answered with %s says nothing of the others', async (_, part, kind) => {
    const whole = { referenceId: 'call1', httpStatusCode: 200, body: written };
    const rest = restOf(() => ({ compositeResponse: [{ referenceId: 'call0', ...part }, whole] }));
    const answers = await sendCalls(rest, [call, call], { apiVersion: '66.0' });
    expect(answers.map((answer) => answer.kind)).toEqual([kind, 'rows']);
  });

  it('more than five are a bug of the planner', async () => {
    const sent = sendCalls(
      restOf(() => written),
      Array(6).fill(call),
      { apiVersion: '66.0' },
    );
    await expect(sent).rejects.toMatchObject({ code: 'SKB_BUG' });
  });
});

it.each([
  ['SKB_SALESFORCE_LIMIT', 403],
  ['SKB_AUTH_REJECTED', 401],
  ['SKB_ROW_REJECTED', 400],
] as const)('%s refuses every call of the request', async (code, status) => {
  const rest = restOf(() => {
    throw new BridgeError(code, 'no', { context: { status } });
  });
  const answers = await sendCalls(rest, [call, call], { apiVersion: '66.0' });
  expect(answers).toMatchObject([{ kind: 'refused' }, { kind: 'refused', error: { code } }]);
});

it.each([
  [{ assignmentRule: true, allowDuplicates: false }, { 'Sforce-Auto-Assign': 'TRUE' }],
  [{ assignmentRule: '01Q000000000001AAA', allowDuplicates: false }, { 'Sforce-Auto-Assign': '01Q000000000001AAA' }],
  [{ allowDuplicates: false }, {}],
])('settings %j become the headers %j', (settings, expected) => {
  expect(writeHeaders(settings)).toEqual(expected);
});
