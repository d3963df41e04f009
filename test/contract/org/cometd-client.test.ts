import { CometD } from 'cometd';
import { adapt } from 'cometd-nodejs-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestOrg, type TestOrg } from './support.ts';

// The CometD project's own client, with the replay extension that Salesforce's samples give it.

let org: TestOrg;
beforeAll(async () => {
  adapt();
  org = await startTestOrg({ settings: { streamingClients: 100 } });
});
afterAll(() => org.close());

interface Received {
  readonly channel: string;
  readonly data: {
    readonly payload: Readonly<Record<string, unknown>>;
    readonly event: { readonly replayId: number };
  };
}

/** A connected client; `replay` maps channels to where each begins. */
async function open(replay: Readonly<Record<string, number>>): Promise<CometD> {
  const client = new CometD();
  client.configure({
    url: `${org.instanceUrl}/cometd/66.0/`,
    requestHeaders: { Authorization: `Bearer ${org.token}` },
    appendMessageTypeToURL: false,
  });
  client.websocketEnabled = false;
  client.registerExtension('replay', {
    outgoing: (message) => {
      if (message.channel === '/meta/handshake') message.ext = { ...message.ext, replay: true };
      if (message.channel === '/meta/subscribe') message.ext = { ...message.ext, replay };
      return message;
    },
  });
  await new Promise<void>((done, failed) => {
    client.handshake((reply) => (reply.successful === true ? done() : failed(new Error(JSON.stringify(reply)))));
  });
  return client;
}

/** Subscribes and settles with the first `count` events. */
function receive(client: CometD, channel: string, count: number) {
  const events: Received[] = [];
  const complete = Promise.withResolvers<readonly Received[]>();
  const subscribed = new Promise<void>((done, failed) => {
    client.subscribe(
      channel,
      (message) => {
        events.push(message as unknown as Received);
        if (events.length === count) complete.resolve(events);
      },
      (reply) => (reply.successful === true ? done() : failed(new Error(reply.error))),
    );
  });
  return { subscribed, received: complete.promise };
}

const close = (client: CometD) => new Promise<void>((done) => client.disconnect(() => done()));
const create = (name: string) => org.control.changeRows({ create: [{ attributes: { type: 'Account' }, Name: name }] });

describe('the cometd client', () => {
  it('receives changes as they happen and replays those after the last one it saw', async () => {
    const channel = '/data/AccountChangeEvent';
    const first = await open({ [channel]: -1 });
    const live = receive(first, channel, 1);
    await live.subscribed;
    create('one');
    const [seen] = await live.received;
    expect(seen?.data.payload['Name']).toBe('one');
    await close(first);
    create('two');
    create('three');
    const second = await open({ [channel]: seen?.data.event.replayId ?? 0 });
    const replayed = receive(second, channel, 2);
    const names = (await replayed.received).map(({ data }) => data.payload['Name']);
    expect(names).toEqual(['two', 'three']);
    await close(second);
  });

  it('is told why a subscription is refused', async () => {
    const channel = '/data/AccountChangeEvent';
    const client = await open({ [channel]: 99_999_999 });
    await expect(receive(client, channel, 1).subscribed).rejects.toThrow(
      '400::The replayId {99999999} you provided was invalid.  Please provide a valid ID, -2 to replay all events, or -1 to replay only new events.',
    );
    await close(client);
  });

  it('comes back by itself after the org forgot it', async () => {
    const channel = '/data/LeadChangeEvent';
    const client = await open({ [channel]: -2 });
    let handshakes = 0;
    const again = Promise.withResolvers<void>();
    client.addListener('/meta/handshake', ({ successful }) => {
      if (successful === true) handshakes += 1;
      if (handshakes === 1) again.resolve();
    });
    const waiting = receive(client, channel, 1);
    await waiting.subscribed;
    org.control.addFault({ kind: 'forget-clients' });
    await again.promise;
    const resubscribed = receive(client, channel, 1);
    await resubscribed.subscribed;
    org.control.changeRows({ create: [{ attributes: { type: 'Lead' }, LastName: 'l', Company: 'c' }] });
    expect(await resubscribed.received).toMatchObject([{ channel, data: { payload: { Company: 'c' } } }]);
    await close(client);
  });
});
