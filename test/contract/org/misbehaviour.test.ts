import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClock } from '../../../local/org/clock.ts';
import { createControlClient, type OrgControlClient } from '../../../local/org/control-client.ts';
import { createJob, ended, results, upload } from './bulk-support.ts';
import { openClient, withOrg } from './events-support.ts';
import { startTestOrg, type TestOrg } from './support.ts';

let org: TestOrg;
let control: OrgControlClient;
beforeAll(async () => {
  org = await startTestOrg({ settings: { streamingClients: 200 } });
  control = createControlClient(org.controlUrl);
});
beforeEach(() => control.clearFaults());
afterAll(() => org.close());

const busy =
  '403::To protect all customers from excessive use and Denial of Service attacks, we limit the number of simultaneous connections per server. Your request has been denied because this limit has been exceeded. Please try your request again later.';

describe('REST', () => {
  it.each([
    ['daily', 'TotalRequests Limit exceeded.'],
    ['concurrent', 'ConcurrentRequests (Concurrent API Requests) Limit exceeded.'],
  ] as const)('refuses calls over the %s limit in its own words', async (limit, message) => {
    await control.addFault({ kind: 'request-limit', limit, times: 1 });
    const refused = await org.rest('GET', 'limits');
    expect(refused).toMatchObject({ status: 403, body: [{ message, errorCode: 'REQUEST_LIMIT_EXCEEDED' }] });
    expect((await org.rest('GET', 'limits')).status).toBe(200);
  });

  it.each([420, 429, 500, 502, 503])('answers %d with a page when told to', async (status) => {
    const body = '<html><body>Down for maintenance</body></html>';
    await control.addFault({
      kind: 'respond',
      status,
      body,
      headers: { 'retry-after': '1' },
      match: { pathContains: 'q=' },
    });
    const answer = await org.rest('GET', 'query?q=SELECT+Id+FROM+Account');
    expect(answer).toMatchObject({ status, body });
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(answer.headers.get('retry-after')).toBe('1');
    expect((await org.rest('GET', 'limits')).status).toBe(200);
  });

  it('answers late what took effect at once', async () => {
    const clock = createClock({ manual: true });
    await withOrg({ clock }, async (other) => {
      other.control.addFault({ kind: 'delay', milliseconds: 1e12, when: 'after', match: { method: 'POST' } });
      const late = other.rest('POST', 'sobjects/Account', { Name: 'written' });
      await expect.poll(() => other.control.rows('Account').length).toBe(1);
      expect(await Promise.race([late, other.rest('GET', 'limits').then(() => 'waiting')])).toBe('waiting');
      clock.advance(1e12);
      expect((await late).status).toBe(201);
    });
  });

  it('answers slowly on the org clock', async () => {
    const clock = createClock({ manual: true });
    await withOrg({ clock }, async (other) => {
      other.control.addFault({ kind: 'delay', milliseconds: 30_000, times: 1 });
      let isDone = false;
      const slow = other.rest('GET', 'limits').then(() => {
        isDone = true;
      });
      await expect.poll(() => other.control.faults()[0]?.hits).toBe(1);
      await other.rest('GET', 'limits');
      expect(isDone).toBe(false);
      clock.advance(30_000);
      await slow;
    });
  });

  it('expires the tokens of one app only', async () => {
    expect(await control.addFault({ kind: 'expire-tokens', app: 'nobody' })).toEqual({ affected: 0 });
    expect((await org.rest('GET', 'limits')).status).toBe(200);
  });
});

describe('streaming', () => {
  it.each([
    ['/meta/handshake', '403::Organization concurrent user limit exceeded'],
    ['/meta/handshake', '503::Server is too busy. Please try your request again later.'],
    ['/meta/handshake', busy],
  ])('refuses a %s with %s as the reason', async (channel, error) => {
    await control.addFault({ kind: 'bayeux-error', channel, error, times: 1 });
    const [answer] = await org.bayeux().send([{ channel: '/meta/handshake', id: '1' }]);
    expect(answer).toMatchObject({ ext: { sfdc: { failureReason: error } }, error: '403::Handshake denied' });
    expect(await org.bayeux().handshake()).toMatch(/^\w{28}$/);
  });

  it.each([
    "400::The channel you requested to subscribe to doesn't exist {/data/ChangeEvents}",
    '403::No access on channel',
    '403::Restricted channel',
    '403:denied_by_security_policy:subscribe_denied',
    '403:denied_by_security_policy:create_denied',
    '402::Unknown client',
    '503::Server is too busy. Please try your request again later.',
  ])('refuses a subscribe with %s', async (error) => {
    const { probe, clientId } = await openClient(org);
    const subscription = '/data/ChangeEvents';
    await control.addFault({ kind: 'bayeux-error', channel: '/meta/subscribe', subscription, error, times: 1 });
    expect(await probe.subscribe(clientId, '/data/AccountChangeEvent')).toMatchObject({ successful: true });
    expect(await probe.subscribe(clientId, subscription)).toMatchObject({ error, successful: false });
    expect(await probe.subscribe(clientId, subscription)).toMatchObject({ successful: true });
  });

  it.each([
    ['403::Client has not completed handshake', 'handshake'],
    ['401::Request requires authentication', 'none'],
  ] as const)('refuses a connect with %s and the advice %s', async (error, reconnect) => {
    const { probe, clientId } = await openClient(org);
    await control.addFault({ kind: 'bayeux-error', channel: '/meta/connect', error, advice: reconnect, times: 1 });
    expect(await probe.connect(clientId)).toMatchObject([{ error, advice: { reconnect, interval: 0 } }]);
    const known = reconnect !== 'handshake';
    expect(await probe.subscribe(clientId, '/data/ChangeEvents')).toMatchObject({ successful: known });
  });

  it('injects gaps through HTTP and refuses unknown objects', async () => {
    expect(await control.addFault({ kind: 'overflow-event', object: 'Account' })).toEqual({ affected: 1 });
    await expect(control.addFault({ kind: 'overflow-event', object: 'Nope' })).rejects.toThrow('404');
  });
});

describe('Bulk jobs', () => {
  it('are aborted while they wait or run, and keep what they wrote', async () => {
    const id = await createJob(org, { object: 'Account', operation: 'insert' });
    expect(await control.addFault({ kind: 'abort-bulk-jobs' })).toEqual({ affected: 0 });
    await upload(org, id, 'Name\nNever\n');
    await org.rest('PATCH', `jobs/ingest/${id}`, { state: 'UploadComplete' });
    expect(await control.addFault({ kind: 'abort-bulk-jobs' })).toEqual({ affected: 1 });
    expect(await ended(org, `jobs/ingest/${id}`)).toMatchObject({ state: 'Aborted', numberRecordsProcessed: 0 });
    expect(await results(org, id, 'unprocessedrecords')).toContain('Never');
  });
});
