import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EventMessage, eventSeed, openClient, withOrg } from './events-support.ts';
import { collect, startTestOrg, type TestOrg } from './support.ts';

let org: TestOrg;
beforeAll(async () => {
  org = await startTestOrg({ seed: eventSeed, settings: { streamingClients: 100 } });
});
afterAll(() => org.close());

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/;

describe('platform events', () => {
  it('are published by a single create and reach their channel and the custom one', async () => {
    const { probe, clientId } = await openClient(org);
    for (const channel of ['/event/Low_Ink__e', '/event/Printers__chn']) {
      expect(await probe.subscribe(clientId, channel)).toMatchObject({ successful: true });
    }
    const created = await org.rest('POST', 'sobjects/Low_Ink__e', { Serial_Number__c: '1001', Ink_Percentage__c: 0.1 });
    expect(created).toMatchObject({
      status: 201,
      body: {
        id: expect.stringMatching(/^e\w{17}$/),
        success: true,
        errors: [{ statusCode: 'OPERATION_ENQUEUED', message: expect.stringMatching(uuid), fields: [] }],
      },
    });
    const [own, custom] = (await collect(probe, clientId, 2)) as unknown as EventMessage[];
    expect(own).toMatchObject({
      channel: '/event/Low_Ink__e',
      data: {
        schema: expect.stringMatching(/^[\w-]{22}$/),
        payload: { CreatedById: expect.stringMatching(/^005/), Serial_Number__c: '1001', Ink_Percentage__c: 0.1 },
        event: { EventUuid: expect.stringMatching(uuid), replayId: expect.any(Number) },
      },
    });
    expect(custom?.channel).toBe('/event/Printers__chn');
    expect(custom?.data.event.EventUuid).toBe(own?.data.event.EventUuid);
    const { errors } = created.body as { errors: { message: string }[] };
    expect(own?.data.event.EventUuid).toBe(errors[0]?.message);
  });

  it('are published by a collections create, with empty fields as null', async () => {
    const { probe, clientId } = await openClient(org);
    await probe.subscribe(clientId, '/event/Low_Ink__e');
    const attributes = { type: 'Low_Ink__e' };
    const records = [{ attributes, Serial_Number__c: '1' }, { attributes }, { attributes, Serial_Number__c: '2' }];
    const { body } = await org.rest('POST', 'composite/sobjects', { records });
    expect(body).toMatchObject([
      { success: true, errors: [{ statusCode: 'OPERATION_ENQUEUED' }] },
      { success: false, errors: [{ statusCode: 'REQUIRED_FIELD_MISSING' }] },
      { success: true, errors: [{ statusCode: 'OPERATION_ENQUEUED' }] },
    ]);
    const messages = (await collect(probe, clientId, 2)) as unknown as EventMessage[];
    expect(messages.map(({ data }) => data.payload)).toMatchObject([
      { Serial_Number__c: '1', Ink_Percentage__c: null },
      { Serial_Number__c: '2' },
    ]);
  });

  it('go out with their transaction, or at once when so defined', async () => {
    const { probe, clientId } = await openClient(org);
    await probe.subscribe(clientId, '/event/Printers__chn');
    const records = [
      { attributes: { type: 'Low_Ink__e' }, Serial_Number__c: 'taken back' },
      { attributes: { type: 'Audit__e' }, Text__c: 'kept' },
      { attributes: { type: 'Low_Ink__e' } },
    ];
    await org.rest('POST', 'composite/sobjects', { allOrNone: true, records });
    await org.rest('POST', 'sobjects/Audit__e', { Text__c: 'last' });
    const messages = (await collect(probe, clientId, 2)) as unknown as EventMessage[];
    expect(messages.map(({ data }) => data.payload['Text__c'])).toEqual(['kept', 'last']);
  });

  it('are replayed, and are no rows', async () => {
    const { probe, clientId } = await openClient(org);
    await probe.subscribe(clientId, '/event/Audit__e', -2);
    const replayed = (await collect(probe, clientId, 2)) as unknown as EventMessage[];
    expect(replayed.map(({ data }) => data.payload['Text__c'])).toEqual(['kept', 'last']);
    expect(org.control.rows('Audit__e')).toEqual([]);
    expect((await org.rest('GET', 'sobjects/Audit__e/describe')).status).toBe(200);
  });

  it('have channels with exact names only', async () => {
    const { probe, clientId } = await openClient(org);
    for (const channel of ['/event/low_ink__e', '/event/Nope__e', '/event/Sales__chn', '/event/Account']) {
      const answer = await probe.subscribe(clientId, channel);
      expect(answer['error']).toBe(`400::The channel you requested to subscribe to doesn't exist {${channel}}`);
    }
  });

  it('are refused when their fields are wrong, or by an error on demand', async () => {
    const wrong = await org.rest('POST', 'sobjects/Low_Ink__e', { Nope__c: 1 });
    expect(wrong).toMatchObject({ status: 400, body: [{ errorCode: 'INVALID_FIELD' }] });
    const message = 'The hourly publishing limit is reached';
    org.control.addFault({
      kind: 'refuse-rows',
      object: 'Low_Ink__e',
      statusCode: 'LIMIT_EXCEEDED',
      message,
      times: 1,
    });
    const refused = await org.rest('POST', 'sobjects/Low_Ink__e', { Serial_Number__c: '1' });
    expect(refused).toMatchObject({ status: 400, body: [{ errorCode: 'LIMIT_EXCEEDED', message }] });
  });
});

describe('event schemas', () => {
  it('are found by the ID in an event and by the name of the event', async () => {
    const byName = await org.rest('GET', 'sobjects/Low_Ink__e/eventSchema?payloadFormat=COMPACT');
    expect(byName.body).toMatchObject({
      name: 'Low_Ink__e',
      namespace: 'com.sforce.eventbus',
      type: 'record',
      fields: expect.arrayContaining([expect.objectContaining({ name: 'Serial_Number__c' })]),
    });
    const { uuid: id } = byName.body as { uuid: string };
    expect((await org.rest('GET', `event/eventSchema/${id}?payloadFormat=COMPACT`)).body).toEqual(byName.body);
    expect((await org.rest('GET', `event/eventSchema/${id}`)).body).toMatchObject({
      type: 'expanded-record',
      uuid: id,
    });
    const change = await org.rest('GET', 'sobjects/AccountChangeEvent/eventSchema?payloadFormat=COMPACT');
    const { fields } = change.body as { fields: { name: string }[] };
    expect(fields.map(({ name }) => name)).toEqual(expect.arrayContaining(['ChangeEventHeader', 'BillingAddress']));
    for (const path of ['event/eventSchema/nope', 'sobjects/NopeChangeEvent/eventSchema']) {
      expect(await org.rest('GET', path)).toMatchObject({ status: 404, body: [{ errorCode: 'NOT_FOUND' }] });
    }
  });
});

describe('generic streaming', () => {
  const create = async (name: string) => {
    const { body } = await org.rest('POST', 'sobjects/StreamingChannel', { Name: name });
    return (body as { id: string }).id;
  };

  it('pushes payloads to all subscribers, with an unknown fan-out', async () => {
    const id = await create('/u/News');
    const { probe, clientId } = await openClient(org);
    expect(await probe.subscribe(clientId, '/u/News')).toMatchObject({ successful: true });
    const pushed = await org.rest('POST', `sobjects/StreamingChannel/${id}/push`, {
      pushEvents: [{ payload: 'one', userIds: [] }, { payload: 'two' }],
    });
    expect(pushed.body).toEqual([
      { fanoutCount: -1, userOnlineStatus: {} },
      { fanoutCount: -1, userOnlineStatus: {} },
    ]);
    const messages = await collect(probe, clientId, 2);
    expect(messages).toMatchObject([
      { channel: '/u/News', data: { payload: 'one', event: { createdDate: expect.stringMatching(/Z$/) } } },
      { data: { payload: 'two' } },
    ]);
  });

  it('pushes to named users and says who is online', async () => {
    const id = await create('/u/Named');
    const { probe, clientId } = await openClient(org);
    await probe.subscribe(clientId, '/u/Named');
    const online = await org.rest('GET', `sobjects/StreamingChannel/${id}/push`);
    const { OnlineUserIds: users } = online.body as { OnlineUserIds: string[] };
    const push = (userIds: readonly string[], payload: string) =>
      org.rest('POST', `sobjects/StreamingChannel/${id}/push`, { pushEvents: [{ payload, userIds }] });
    const stranger = '005000000000001AAA';
    expect((await push([stranger], 'not for us')).body).toEqual([
      { fanoutCount: 0, userOnlineStatus: { [stranger]: false } },
    ]);
    expect((await push(users, 'for us')).body).toMatchObject([{ fanoutCount: 1 }]);
    expect(await collect(probe, clientId, 1)).toMatchObject([{ data: { payload: 'for us' } }]);
  });

  it('has errors of its own', async () => {
    await create('/u/Case');
    const { probe, clientId } = await openClient(org);
    expect((await probe.subscribe(clientId, '/u/Nope'))['error']).toBe('404::Unknown channel');
    expect((await probe.subscribe(clientId, '/u/CASE'))['error']).toBe('404::channel names may not vary only by case');
    expect(await org.rest('POST', 'sobjects/StreamingChannel', { Name: 'Nope' })).toMatchObject({ status: 400 });
    expect(await org.rest('POST', 'sobjects/StreamingChannel/0M6000000000001AAA/push', {})).toMatchObject({
      status: 404,
    });
  });

  it('creates channels by subscribing when so set, up to a limit', async () => {
    await withOrg({ settings: { dynamicStreamingChannels: true, streamingChannels: 1 } }, async (other) => {
      const { probe, clientId } = await openClient(other);
      expect(await probe.subscribe(clientId, '/u/First')).toMatchObject({ successful: true });
      expect(other.control.rows('StreamingChannel')).toMatchObject([{ Name: '/u/First', IsDynamic: true }]);
      expect((await probe.subscribe(clientId, '/u/Second'))['error']).toBe(
        '403::Unable to create channel dynamically, maximum channel limit has been exceeded',
      );
    });
  });
});
