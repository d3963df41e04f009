import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../../local/org/faults/fault-schema.ts';
import { openClient } from './events-support.ts';
import { call, startTestOrg, type TestOrg } from './support.ts';

// The error tables of the reference, row by row, where rest.test.ts, oauth-flows.test.ts and misbehaviour.test.ts do not
// already meet them in a situation of their own.

let org: TestOrg;
let inactive = '';
beforeAll(async () => {
  org = await startTestOrg({
    settings: { streamingClients: 100, bulkDelayMs: 1 },
    seed: {
      users: [{ username: 'gone@example.org', password: 'p', securityToken: '', active: false }],
      apps: [{ name: 'main', clientId: 'main', clientSecret: 's', runAs: 'integration@example.org' }],
      customFields: { Account: [{ name: 'Group__c', type: 'text', externalId: true }] },
      duplicateRules: [
        { object: 'Lead', name: 'Same_Email', matchFields: ['Email'], action: 'alert' },
        { object: 'Contact', name: 'Same_Person', matchFields: ['FirstName', 'LastName'] },
      ],
      rows: {
        Account: [
          { Name: 'a', Group__c: 'twice' },
          { Name: 'b', Group__c: 'twice' },
        ],
        Lead: [{ LastName: 'l', Company: 'c', Email: 'l@example.org' }],
        Contact: [{ FirstName: 'Ada', LastName: 'Byron' }],
      },
    },
  });
  inactive = String(org.control.rows('User').find((row) => row['IsActive'] === false)?.['Id']);
});
afterEach(() => org.control.clearFaults());
afterAll(() => org.close());

describe('a refused row', () => {
  it.each([
    [
      'two matches of a key',
      () => ['Account', { Group__c: 'twice', Name: 'x' }, 'Group__c'] as const,
      'DUPLICATE_EXTERNAL_ID',
      /^Group__c: more than one record found for external id field: \[001\w{15}, 001\w{15}\]$/,
      ['Group__c'],
    ],
    [
      'an owner who left',
      () => ['Account', { Name: 'x', OwnerId: inactive }] as const,
      'INACTIVE_OWNER_OR_USER',
      /^operation performed with inactive user \[005\w{15}\] as owner of account$/,
      ['OwnerId'],
    ],
    [
      'a duplicate that is blocked',
      () => ['Contact', { FirstName: 'ada', LastName: 'BYRON' }] as const,
      'DUPLICATES_DETECTED',
      /^Use one of these records\?$/,
      [],
    ],
    [
      'an object that nobody creates',
      () => ['Organization', { Name: 'x' }] as const,
      'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY',
      /^entity type cannot be inserted: Organization$/,
      [],
    ],
  ])('says why: %s', async (_name, input, statusCode, message, fields) => {
    const [type, record, key] = input();
    const path = key === undefined ? 'composite/sobjects' : `composite/sobjects/${type}/${key}`;
    const method = key === undefined ? 'POST' : 'PATCH';
    const { status, body } = await org.rest(method, path, { records: [{ attributes: { type }, ...record }] });
    expect(status).toBe(200);
    expect(body).toMatchObject([
      { success: false, errors: [{ statusCode, message: expect.stringMatching(message), fields }] },
    ]);
  });

  it('says that an object is not deleted', async () => {
    const { body } = await org.rest('DELETE', `composite/sobjects?ids=${inactive}`);
    expect(body).toMatchObject([{ success: false, errors: [{ statusCode: 'DELETE_FAILED' }] }]);
  });

  it.each([
    ['INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY', 400, 'insufficient access rights on cross-reference id: 001'],
    ['INSUFFICIENT_ACCESS_OR_READONLY', 403, 'insufficient access rights on object id'],
    ['FIELD_FILTER_VALIDATION_EXCEPTION', 400, 'Value does not exist or does not match filter criteria.'],
    ['CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', 400, 'Guard: execution of BeforeInsert caused by: System.LimitException'],
    ['STORAGE_LIMIT_EXCEEDED', 400, 'storage limit exceeded'],
    ['ENTITY_IS_LOCKED', 400, 'This record is locked.'],
    ['UNABLE_TO_LOCK_ROW', 400, 'unable to obtain exclusive access to this record or 1 records: 001'],
  ])('carries %s on demand, in the words of each API', async (statusCode, status, message) => {
    org.control.addFault({ kind: 'refuse-rows', object: 'Account', statusCode, message });
    const single = await org.rest('POST', 'sobjects/Account', { Name: 'x' });
    expect(single).toEqual(expect.objectContaining({ status, body: [{ errorCode: statusCode, message, fields: [] }] }));
    const record = { attributes: { type: 'Account' }, Name: 'x' };
    const { body } = await org.rest('POST', 'composite/sobjects', { records: [record] });
    expect(body).toEqual([{ success: false, errors: [{ statusCode, message, fields: [] }] }]);
    expect(await failedRow('Name\nx\n')).toContain(`"${statusCode}:${message}:--"`);
  });
});

/** The failed results of a Bulk API 2.0 job of accounts. */
async function failedRow(csv: string): Promise<string> {
  const created = await org.rest('POST', 'jobs/ingest', { object: 'Account', operation: 'insert' });
  const { id } = created.body as { id: string };
  await org.rest('PUT', `jobs/ingest/${id}/batches`, csv, { 'content-type': 'text/csv' });
  await org.rest('PATCH', `jobs/ingest/${id}`, { state: 'UploadComplete' });
  const stateOf = async () => ((await org.rest('GET', `jobs/ingest/${id}`)).body as { state: string }).state;
  await expect.poll(stateOf).toBe('JobComplete');
  return String((await org.rest('GET', `jobs/ingest/${id}/failedResults`)).body);
}

describe('a duplicate rule', () => {
  const lead = { LastName: 'x', Company: 'y', Email: 'L@example.org' };

  it('names the records it found', async () => {
    const { status, body } = await org.rest('POST', 'sobjects/Lead', lead);
    expect(status).toBe(400);
    const record = { attributes: { type: 'Lead' }, Id: expect.stringMatching(/^00Q/) };
    expect(body).toMatchObject([
      {
        errorCode: 'DUPLICATES_DETECTED',
        duplicateResut: {
          allowSave: true,
          duplicateRule: 'Same_Email',
          matchResults: [{ entityType: 'Lead', size: 1, matchRecords: [{ record }] }],
        },
      },
    ]);
  });

  it('of kind alert lets through who says so, one of kind block nobody', async () => {
    const header = { 'sforce-duplicate-rule-header': 'allowSave=true; includeRecordDetails=false' };
    expect((await org.rest('POST', 'sobjects/Lead', lead, header)).status).toBe(201);
    const contact = { FirstName: 'Ada', LastName: 'Byron' };
    expect((await org.rest('POST', 'sobjects/Contact', contact, header)).status).toBe(400);
  });

  it('leaves updates alone that do not change what it compares', async () => {
    const [row] = org.control.rows('Contact');
    expect((await org.rest('PATCH', `sobjects/Contact/${row?.['Id']}`, { Phone: '1' })).status).toBe(204);
  });
});

describe('a refused request', () => {
  it.each([
    [503, 'SERVER_UNAVAILABLE', 'Server Unavailable'],
    [400, 'QUERY_TIMEOUT', 'Your query request was running for too long.'],
    [500, 'REQUEST_RUNNING_TOO_LONG', 'Your request was running for too long, and has been stopped.'],
    [503, 'API_CURRENTLY_DISABLED', 'API is currently disabled for this organization'],
    [403, 'API_DISABLED_FOR_ORG', 'API is not enabled for this Organization or Partner'],
    [403, 'FUNCTIONALITY_NOT_ENABLED', 'This functionality is not enabled'],
    [400, 'PLATFORM_EVENT_PUBLISHING_UNAVAILABLE', 'Publishing is unavailable'],
  ])('answers %d %s on demand', async (status, errorCode, message) => {
    const fault: Fault = { kind: 'respond', status, body: [{ message, errorCode }], times: 1 };
    org.control.addFault(fault);
    const answer = await org.rest('GET', 'limits');
    expect(answer).toMatchObject({ status, body: [{ message, errorCode }] });
    expect(answer.headers.get('content-type')).toBe('application/json;charset=UTF-8');
  });

  it.each([
    ['a retired version', '/services/async/20.0/job', 'InvalidVersion'],
    ['a version that does not exist', '/services/async/99.0/job', 'InvalidVersion'],
    ['a job that does not exist', '/services/async/60.0/job/750', 'InvalidJob'],
  ])('of Bulk API 1.0 says what is wrong: %s', async (_name, path, code) => {
    const method = path.endsWith('/job') ? 'POST' : 'GET';
    const { status, body } = await call(`${org.instanceUrl}${path}`, method, undefined, {
      'x-sfdc-session': org.token,
    });
    expect(status).toBe(400);
    expect(String(body)).toContain(`<exceptionCode>${code}</exceptionCode>`);
  });

  it('for client credentials at a login host is sent to the right one', async () => {
    const form = { grant_type: 'client_credentials', client_id: 'main', client_secret: 's' };
    const answer = await new Promise<{ status: number; body: unknown }>((done, failed) => {
      const headers = { host: 'login.salesforce.com', 'content-type': 'application/x-www-form-urlencoded' };
      const url = `${org.instanceUrl}/services/oauth2/token`;
      const sent = request(url, { method: 'POST', headers }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on('end', () => done({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
      });
      sent.on('error', failed);
      sent.end(String(new URLSearchParams(form)));
    });
    expect(answer).toEqual({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'request not supported on this domain' },
    });
  });
});

describe('a refused Bayeux message', () => {
  it.each([
    ['/meta/connect', '402::Unknown client', 'handshake'],
    ['/meta/connect', '402::session_unknown', 'handshake'],
    ['/meta/connect', '403::Client has not completed handshake', 'handshake'],
    ['/meta/subscribe', '403:denied_by_security_policy:create_denied', undefined],
    ['/meta/subscribe', '403:denied_by_security_policy:subscribe_denied', undefined],
    ['/meta/subscribe', '403::No access on channel', undefined],
    ['/meta/subscribe', '503::Server is too busy. Please try your request again later.', undefined],
  ] as const)('%s answers %s on demand', async (channel, error, advice) => {
    const { probe, clientId } = await openClient(org);
    org.control.addFault({
      kind: 'bayeux-error',
      channel,
      error,
      ...(advice === undefined ? {} : { advice }),
      times: 1,
    });
    const subscription = channel === '/meta/subscribe' ? { subscription: '/data/ChangeEvents' } : {};
    const [answer] = await probe.send([{ channel, clientId, id: '9', ...subscription }]);
    expect(answer).toMatchObject({ channel, id: '9', error, successful: false, ...subscription });
    expect(answer?.['advice']).toEqual(advice === undefined ? undefined : { reconnect: advice, interval: 0 });
  });
});
