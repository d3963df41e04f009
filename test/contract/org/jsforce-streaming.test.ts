import { Connection } from 'jsforce';
import { StreamingExtension } from 'jsforce/lib/api/streaming.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestOrg, type TestOrg } from './support.ts';

let org: TestOrg;
let connection: Connection;
beforeAll(async () => {
  org = await startTestOrg({ settings: { streamingClients: 100 } });
  connection = new Connection({ instanceUrl: org.instanceUrl, accessToken: org.token, version: '66.0' });
});
afterAll(() => org.close());

const create = (name: string) => connection.sobject('Account').create({ Name: name });

/** Settles with the first `count` messages of a channel. */
function receive(channel: string, replayId: number, count: number) {
  const client = connection.streaming.createClient([new StreamingExtension.Replay(channel, replayId)]);
  const messages: Record<string, unknown>[] = [];
  const { promise, resolve } = Promise.withResolvers<readonly Record<string, unknown>[]>();
  const subscription = client.subscribe(channel, (message: Record<string, unknown>) => {
    messages.push(message);
    if (messages.length === count) resolve(messages);
  });
  // The types of jsforce leave out what faye's client has.
  const received = promise.finally(() => (client as unknown as { disconnect(): void }).disconnect());
  return { subscribed: Promise.resolve(subscription), received };
}

describe('jsforce streaming', () => {
  it('notifies of a PushTopic and replays it', async () => {
    const query = 'SELECT Id, Name FROM Account';
    await connection.sobject('PushTopic').create({ Name: 'JsAccounts', Query: query, ApiVersion: '60.0' });
    const live = receive('/topic/JsAccounts', -1, 1);
    await live.subscribed;
    await create('first');
    const [message] = await live.received;
    expect(message).toMatchObject({ event: { type: 'created' }, sobject: { Name: 'first' } });
    await create('second');
    const replayed = await receive('/topic/JsAccounts', -2, 2).received;
    expect(replayed).toMatchObject([{ sobject: { Name: 'first' } }, { sobject: { Name: 'second' } }]);
    const { event } = message as { event: { replayId: number } };
    expect(await receive('/topic/JsAccounts', event.replayId, 1).received).toMatchObject([
      { sobject: { Name: 'second' } },
    ]);
  });

  it('replays change events', async () => {
    await create('third');
    const messages = await receive('/data/AccountChangeEvent', -2, 3).received;
    expect(messages.map(({ payload }) => (payload as { Name: string }).Name)).toEqual(['first', 'second', 'third']);
  });

  it('pushes to a generic channel', async () => {
    await connection.sobject('StreamingChannel').create({ Name: '/u/Js' });
    const live = receive('/u/Js', -1, 1);
    await live.subscribed;
    const result = await connection.streaming.channel('/u/Js').push({ payload: 'hi', userIds: [] });
    expect(result).toEqual({ fanoutCount: -1, userOnlineStatus: {} });
    expect(await live.received).toMatchObject([{ payload: 'hi' }]);
  });
});
