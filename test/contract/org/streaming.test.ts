import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect, startTestOrg, type TestOrg } from './support.ts';

let org: TestOrg;
beforeAll(async () => {
  org = await startTestOrg({ settings: { streamingClients: 1000 } });
});
afterAll(() => org.close());

interface ChangeMessage {
  readonly data: {
    readonly payload: Record<string, unknown> & { ChangeEventHeader: Record<string, unknown> };
    readonly event: { readonly replayId: number };
  };
}

const connect = (clientId: string, id: unknown = '2') => ({
  channel: '/meta/connect',
  clientId,
  connectionType: 'long-polling',
  id,
});

describe('handshake and connect', () => {
  it('answers with replay support and cookies, in any shape a client sends', async () => {
    const probe = org.bayeux();
    const message = {
      channel: '/meta/handshake',
      version: '1.0',
      supportedConnectionTypes: ['websocket', 'long-polling'],
      id: 7,
    };
    const [answer] = await probe.send(message, { path: '/cometd/60.0/handshake' });
    expect(answer).toEqual({
      ext: { replay: true, 'payload.format': true },
      minimumVersion: '1.0',
      clientId: expect.stringMatching(/^[a-z0-9]{25,29}$/),
      supportedConnectionTypes: ['long-polling'],
      channel: '/meta/handshake',
      id: 7,
      version: '1.0',
      successful: true,
    });
    expect([...probe.cookies.keys()]).toEqual(['BAYEUX_BROWSER', 't', 'BrowserId', 'sfdc-stream']);
    const clientId = String(answer?.['clientId']);
    const [first] = await probe.send([connect(clientId)], { path: '/cometd/66.0/' });
    expect(first).toEqual({
      clientId,
      advice: { interval: 0, timeout: 110_000, reconnect: 'retry' },
      channel: '/meta/connect',
      id: '2',
      successful: true,
    });
  });

  it.each([
    ['/cometd', "400::API version in the URI is mandatory. URI format: '/cometd/66.0'"],
    [
      '/cometd/36.0',
      "400::Unsupported API version. Only API versions '37.0' and later are supported. URI format: '/cometd/66.0'",
    ],
    [
      '/cometd/67.0',
      "400::Unsupported API version. Only API versions '37.0' and later are supported. URI format: '/cometd/66.0'",
    ],
  ])('refuses %s', async (path, error) => {
    const [answer] = await org.bayeux().send([{ channel: '/meta/handshake', id: '1' }], { path });
    expect(answer).toMatchObject({ successful: false, error });
  });

  it('refuses a dead token with the reason under ext', async () => {
    const [answer] = await org.bayeux().send([{ channel: '/meta/handshake', id: '1' }], { token: 'nope' });
    expect(answer).toEqual({
      ext: { sfdc: { failureReason: '401::Authentication invalid' }, replay: true, 'payload.format': true },
      advice: { reconnect: 'none' },
      channel: '/meta/handshake',
      id: '1',
      error: '403::Handshake denied',
      successful: false,
    });
  });

  it('knows its clients by ID, cookie and token', async () => {
    const probe = org.bayeux();
    const clientId = await probe.handshake();
    expect(await probe.send([connect('unknown', '9')])).toEqual([
      {
        advice: { interval: 0, reconnect: 'handshake' },
        channel: '/meta/connect',
        id: '9',
        error: '403::Unknown client',
        successful: false,
      },
    ]);
    const [bare] = await probe.send([connect(clientId)], { withoutCookies: true });
    expect(bare?.['error']).toBe(
      `400::Client ${clientId} has established a session, but no BAYEUX_BROWSER cookie present`,
    );
    const [socket] = await probe.send([{ ...connect(clientId), connectionType: 'websocket' }]);
    expect(socket?.['error']).toBe('400::Invalid connection type websocket');
    const [dead] = await probe.send([connect(clientId)], { token: 'nope' });
    expect(dead).toMatchObject({ error: '401::Authentication invalid', advice: { reconnect: 'none', interval: 0 } });
  });

  it('survives broken and oversized bodies', async () => {
    const url = `${org.instanceUrl}/cometd/66.0`;
    expect((await fetch(url, { method: 'POST', body: '[{' })).status).toBe(400);
    const large = await fetch(url, { method: 'POST', body: `[{"x":"${'a'.repeat(33_000)}"}]` });
    expect(large.status).toBe(413);
    expect(await large.text()).toBe('Maximum Request Size Exceeded');
    expect((await fetch(url)).status).toBe(400);
  });

  it('releases the held connect on disconnect', async () => {
    const probe = org.bayeux();
    const clientId = await probe.handshake();
    await probe.connect(clientId);
    const held = probe.send([connect(clientId, '5')]);
    await probe.subscribe(clientId, '/data/ChangeEvents');
    const [answer] = await probe.send([{ channel: '/meta/disconnect', clientId, id: '6' }]);
    expect(answer).toEqual({ channel: '/meta/disconnect', clientId, id: '6', successful: true });
    expect(await held).toEqual([{ clientId, channel: '/meta/connect', id: '5', successful: true }]);
  });
});

describe('subscriptions', () => {
  it.each([
    [
      '/data/NopeChangeEvent',
      undefined,
      "400::The channel you requested to subscribe to doesn't exist {/data/NopeChangeEvent}",
    ],
    [
      '/data/accountChangeEvent',
      undefined,
      "400::The channel you requested to subscribe to doesn't exist {/data/accountChangeEvent}",
    ],
    ['data/ChangeEvents', undefined, "400::Channel subscriptions must start with a leading '/'"],
    [
      '/data/ChangeEvents',
      99_999_999,
      '400::The replayId {99999999} you provided was invalid.  Please provide a valid ID, -2 to replay all events, or -1 to replay only new events.',
    ],
    [
      '/data/ChangeEvents',
      '-3',
      '400::The replayId {-3} you provided was invalid.  Please provide a valid ID, -2 to replay all events, or -1 to replay only new events.',
    ],
  ])('refuses %s from %s', async (channel, replay, error) => {
    const probe = org.bayeux();
    const clientId = await probe.handshake();
    const answer = await probe.subscribe(clientId, channel, replay);
    expect(answer).toMatchObject({ subscription: channel, error, successful: false });
  });

  it('takes several subscriptions in one message and in one request', async () => {
    const probe = org.bayeux();
    const clientId = await probe.handshake();
    const subscription = ['/data/LeadChangeEvent', '/data/AccountChangeEvent'];
    const answers = await probe.send([
      { channel: '/meta/subscribe', clientId, subscription, id: '3' },
      { channel: '/meta/subscribe', clientId, subscription: '/data/ContactChangeEvent', id: '4' },
    ]);
    expect(answers).toMatchObject([
      { subscription, successful: true, id: '3' },
      { successful: true, id: '4' },
    ]);
    expect(await probe.send([{ channel: '/meta/unsubscribe', clientId, subscription, id: '5' }])).toMatchObject([
      { channel: '/meta/unsubscribe', successful: true },
    ]);
  });
});

describe('change data capture', () => {
  it('delivers create, update, delete and undelete with the connect reply last', async () => {
    const probe = org.bayeux();
    const clientId = await probe.handshake();
    await probe.connect(clientId);
    await probe.subscribe(clientId, '/data/ContactChangeEvent');
    const record = { FirstName: 'Ada', LastName: 'Byron', MailingCity: 'London' };
    const created = await org.rest('POST', 'sobjects/Contact', record, { 'sforce-call-options': 'client=probe' });
    const { id } = created.body as { id: string };
    await org.rest('PATCH', `sobjects/Contact/${id}`, { LastName: 'Lovelace', MailingCity: null });
    await org.rest('DELETE', `sobjects/Contact/${id}`);
    org.control.changeRows({ undelete: [id] });
    const messages = (await collect(probe, clientId, 4)) as unknown as ChangeMessage[];
    const payloads = messages.map((message) => message.data.payload);
    expect(payloads[0]).toMatchObject({
      Name: { FirstName: 'Ada', LastName: 'Byron' },
      MailingAddress: { City: 'London' },
      ChangeEventHeader: {
        entityName: 'Contact',
        changeType: 'CREATE',
        recordIds: [id],
        changedFields: [],
        sequenceNumber: 1,
        changeOrigin: 'com/salesforce/api/rest/66.0;client=probe',
      },
    });
    expect(payloads[0]).not.toHaveProperty('SystemModstamp');
    expect(payloads[1]).toEqual({
      Name: { LastName: 'Lovelace' },
      MailingAddress: { City: null },
      LastModifiedDate: expect.stringMatching(/\.000Z$/),
      ChangeEventHeader: expect.objectContaining({
        changeType: 'UPDATE',
        changedFields: ['Name.LastName', 'MailingAddress.City', 'LastModifiedDate'],
      }),
    });
    expect(Object.keys(payloads[2] ?? {})).toEqual(['ChangeEventHeader']);
    expect(payloads[3]?.ChangeEventHeader['changeType']).toBe('UNDELETE');
    expect(payloads[3]?.ChangeEventHeader['changeOrigin']).toContain('client=SfdcInternalAPI/');
    const replayIds = messages.map((message) => message.data.event.replayId);
    expect(replayIds).toEqual([...replayIds].sort((a, b) => a - b));
  });

  it('replays all, or what came after an ID, as number or text', async () => {
    const probe = org.bayeux();
    const clientId = await probe.handshake();
    await probe.connect(clientId);
    await probe.subscribe(clientId, '/data/AccountChangeEvent', -2);
    for (const name of ['one', 'two', 'three']) await org.rest('POST', 'sobjects/Account', { Name: name });
    const all = (await collect(probe, clientId, 3)) as unknown as ChangeMessage[];
    const [first, , third] = all.map((message) => message.data.event.replayId);
    for (const replay of [first ?? 0, String(first)]) {
      const other = org.bayeux();
      const otherId = await other.handshake();
      await other.subscribe(otherId, '/data/AccountChangeEvent', replay);
      const replayed = (await collect(other, otherId, 2)) as unknown as ChangeMessage[];
      expect(replayed.map((message) => message.data.payload['Name'])).toEqual(['two', 'three']);
    }
    expect(await probe.subscribe(clientId, '/data/AccountChangeEvent', third)).toMatchObject({ successful: true });
  });

  it('gives all changes of one call the same transaction and rising sequence numbers', async () => {
    const probe = org.bayeux();
    const clientId = await probe.handshake();
    await probe.subscribe(clientId, '/data/ChangeEvents');
    const records = ['a', 'b', 'c'].map((name) => ({ attributes: { type: 'Product2' }, Name: name }));
    await org.rest('POST', 'composite/sobjects', { records });
    const messages = (await collect(probe, clientId, 3)) as unknown as ChangeMessage[];
    const headers = messages.map((message) => message.data.payload.ChangeEventHeader);
    expect(new Set(headers.map((header) => header['transactionKey'])).size).toBe(1);
    expect(headers.map((header) => header['sequenceNumber'])).toEqual([1, 2, 3]);
  });
});

describe('push topics', () => {
  it.each([
    ['Product2', 'SELECT Id, Name FROM Product2', "'Product2' is not supported"],
    ['a relationship', 'SELECT Id, Account.Name FROM Contact', 'relationships are not supported'],
    ['ORDER BY', 'SELECT Id, Name FROM Account ORDER BY Name', "'ORDER BY' clause is not allowed"],
    ['LIMIT', 'SELECT Id, Name FROM Account LIMIT 1', "'LIMIT' is not allowed"],
  ])('refuse %s', async (_name, query, message) => {
    const row = { Name: 'Refused', Query: query, ApiVersion: 60 };
    const answer = await org.rest('POST', 'sobjects/PushTopic', row);
    expect(answer).toMatchObject({ status: 400, body: [{ errorCode: 'INVALID_FIELD', message }] });
  });

  it('notify of matching changes with the selected fields', async () => {
    const query = "SELECT Id, Name, Email, Company FROM Lead WHERE Company = 'Acme'";
    await org.rest('POST', 'sobjects/PushTopic', { Name: 'AcmeLeads', Query: query, ApiVersion: 60 });
    const probe = org.bayeux();
    const clientId = await probe.handshake();
    await probe.connect(clientId);
    expect(await probe.subscribe(clientId, '/topic/AcmeLeads?Name=Ann')).toMatchObject({ successful: true });
    expect(await probe.subscribe(clientId, '/topic/AcmeLeads?Fax=1')).toMatchObject({
      error: '400::Query fields Fax do not exist on the topic entity',
    });
    expect(await probe.subscribe(clientId, '/topic/AcmeLeads')).toMatchObject({ successful: true });
    const created = await org.rest('POST', 'sobjects/Lead', { LastName: 'Bob', Company: 'acme' });
    const { id } = created.body as { id: string };
    await org.rest('PATCH', `sobjects/Lead/${id}`, { Fax: '1' });
    await org.rest('PATCH', `sobjects/Lead/${id}`, { Email: 'b@example.org' });
    await org.rest('DELETE', `sobjects/Lead/${id}`);
    const messages = await collect(probe, clientId, 3);
    expect(messages).toMatchObject([
      {
        channel: '/topic/AcmeLeads',
        data: {
          event: { type: 'created', createdDate: expect.stringMatching(/Z$/) },
          sobject: { Id: id, Name: 'Bob', Email: null, Company: 'acme' },
        },
      },
      { data: { event: { type: 'updated' }, sobject: { Email: 'b@example.org' } } },
      { data: { event: { type: 'deleted' }, sobject: { Id: id } } },
    ]);
  });
});
