import { describe, expect, it } from 'vitest';
import { createTokenProvider } from '../../../shared/salesforce/auth/token-provider.ts';
import { createBayeuxClient, type ReplayFrom } from '../../../shared/salesforce/bayeux-client.ts';
import type { ReplayId } from '../../../shared/state/channel-store.ts';
import {
  answerOf,
  type Script,
  type ScriptedAnswer,
  type SeenRequest,
  startScriptedServer,
} from './scripted-bayeux-server.ts';

const channel = '/data/Product2ChangeEvent';
const unknownClient = {
  body: [
    { channel: '/meta/connect', successful: false, error: '403::Unknown client', advice: { reconnect: 'handshake' } },
  ],
};
const authInvalid = {
  body: [
    {
      channel: '/meta/connect',
      successful: false,
      error: '401::Authentication invalid',
      advice: { reconnect: 'none' },
    },
  ],
};

/** A client whose tokens are `token-1`, `token-2`, … in the order of the logins. */
async function startClient(script: Script, options: { connectMarginMs?: number } = {}) {
  const server = await startScriptedServer(script);
  let logins = 0;
  const tokens = createTokenProvider({
    now: () => 0,
    login: async () => ({ value: `token-${++logins}`, instanceUrl: server.url, orgId: '00D000000000001AAA' }),
  });
  const client = createBayeuxClient({ tokens, apiVersion: '66.0', ...options });
  return { server, client, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** A healthy server that answers connects from a list, then holds them. */
function connects(...answers: ScriptedAnswer[]): Script {
  const left = [...answers];
  return (request) => {
    return request.messages[0]?.['channel'] === '/meta/connect' ? (left.shift() ?? { hold: true }) : answerOf(request);
  };
}

function refuse(metaChannel: string, refusal: object): Script {
  return (request) => {
    const { channel: asked, id, subscription } = request.messages[0] ?? {};
    if (asked !== metaChannel) return answerOf(request);
    return { body: [{ channel: asked, id, subscription, successful: false, ...refusal }] };
  };
}

describe('the Bayeux client speaks to the streaming endpoint', () => {
  it('handshake with the replay extension, subscribe with a replay map, connect, disconnect', async () => {
    await using started = await startClient(answerOf);
    const session = await started.client.handshake();
    const from = new Map<string, ReplayFrom>([
      [channel, '9007199254740993' as ReplayId],
      ['/topic/New', 'latest'],
      ['/topic/All', 'earliest'],
    ]);
    await session.subscribe(from);
    await session.connect();
    await session.disconnect();

    const { requests } = started.server;
    expect(requests.map((request) => request.path)).toEqual(Array(4).fill('/cometd/66.0'));
    expect(requests[0]?.messages).toMatchObject([
      { channel: '/meta/handshake', version: '1.0', supportedConnectionTypes: ['long-polling'], ext: { replay: true } },
    ]);
    expect(requests[1]?.messages).toMatchObject([
      { channel: '/meta/subscribe', subscription: channel, clientId: '41kdiuvgig2tfxdh9weakuiwyh' },
      { subscription: '/topic/New', ext: { replay: { '/topic/New': -1 } } },
      { subscription: '/topic/All', ext: { replay: { '/topic/All': -2 } } },
    ]);
    // A double would have made …992 of it.
    expect(requests[1]?.text).toContain(`{"replay":{"${channel}":9007199254740993}}`);
    expect(requests[2]?.messages).toMatchObject([{ channel: '/meta/connect', connectionType: 'long-polling' }]);
    expect(requests[3]?.messages).toMatchObject([{ channel: '/meta/disconnect' }]);
    const ids = requests.flatMap((request) => request.messages.map((message) => message['id']));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('gives back the cookies, secure ones too, and not those of other hosts', async () => {
    const cookies = [
      'BAYEUX_BROWSER=abc; Path=/cometd/; Secure; HttpOnly',
      'sfdc-stream=!xyz; path=/; SameSite=None; Secure',
      'BrowserId=1; Path=/; Domain=.salesforce.com',
    ];
    await using started = await startClient((request) => ({
      ...answerOf(request),
      headers: { 'set-cookie': cookies },
    }));
    await (await started.client.handshake()).connect();
    expect(started.server.requests.map((request) => request.headers.cookie)).toEqual([
      undefined,
      'BAYEUX_BROWSER=abc; sfdc-stream=!xyz',
    ]);
  });

  it('takes a new cookie in place of the old one', async () => {
    let answers = 0;
    await using started = await startClient((request) => ({
      ...answerOf(request),
      headers: { 'set-cookie': `sfdc-stream=!node${++answers}; path=/; SameSite=None; Secure` },
    }));
    const session = await started.client.handshake();
    await session.connect();
    await session.connect();
    expect(started.server.requests.map((request) => request.headers.cookie)).toEqual([
      undefined,
      'sfdc-stream=!node1',
      'sfdc-stream=!node2',
    ]);
  });

  it('delivers events in the order of the answer, with exact replay IDs and the text as it arrived', async () => {
    const event = (id: string) => `{"data":{"event":{"replayId":${id}},"payload":{"N":1.50}},"channel":"${channel}"}`;
    const last = '{"channel":"/meta/connect","successful":true}';
    await using started = await startClient(
      connects({ body: `[${event('9007199254740993')},\n ${event('9007199254740995')},${last}]` }),
    );
    const { events, ended } = await (await started.client.handshake()).connect();
    expect(ended).toBeUndefined();
    expect(events.map(({ replayId, text }) => [replayId, text])).toEqual([
      ['9007199254740993', event('9007199254740993')],
      ['9007199254740995', event('9007199254740995')],
    ]);
  });

  it('takes an answer of many megabytes whole', async () => {
    const text = 'x'.repeat(1000);
    const events = Array.from({ length: 8000 }, (_, n) => ({
      channel,
      data: { event: { replayId: n + 1 }, payload: { text } },
    }));
    const last = { channel: '/meta/connect', successful: true };
    await using started = await startClient(connects({ body: [...events, last] }));
    const session = await started.client.handshake();
    await session.subscribe(new Map([[channel, 'earliest']]));
    const answer = await session.connect();
    expect(answer.ended).toBeUndefined();
    expect(answer.events.map(({ replayId }) => Number(replayId))).toEqual(
      events.map(({ data }) => data.event.replayId),
    );
  });

  it('takes the answer to a subscribe wherever it arrives, and events wherever they ride', async () => {
    const subscribed = { channel: '/meta/subscribe', subscription: channel, successful: true };
    const event = { channel, data: { event: { replayId: 7 } } };
    let first = true;
    await using started = await startClient((request) => {
      const asked = request.messages[0]?.['channel'];
      if (asked === '/meta/subscribe') return { body: first ? [] : [event, subscribed] };
      if (asked === '/meta/connect' && first) {
        first = false;
        return { body: [subscribed, { channel: '/meta/connect', successful: true }] };
      }
      return answerOf(request);
    });
    const session = await started.client.handshake();
    const ask = () => session.subscribe(new Map([[channel, 'latest']]));
    expect(await ask()).toMatchObject({ events: [], subscriptions: [] });
    expect(await session.connect()).toMatchObject({ events: [], subscriptions: [{ channel }] });
    expect(await ask()).toMatchObject({ events: [{ channel, replayId: '7' }], subscriptions: [{ channel }] });
  });

  it('waits between connects as long as Salesforce advises', async () => {
    const advice = { interval: 2000, timeout: 110_000, reconnect: 'retry', 'multiple-clients': true };
    await using started = await startClient(
      connects({ body: [{ channel: '/meta/connect', successful: true, advice }] }),
    );
    const session = await started.client.handshake();
    await session.connect();
    expect(session.intervalMs).toBe(2000);
  });
});

describe('a session ends', () => {
  const end = async (...answers: ScriptedAnswer[]) => {
    await using started = await startClient(connects(...answers));
    const session = await started.client.handshake();
    return (await session.connect()).ended;
  };

  it('as lost when Salesforce does not know the client', async () => {
    expect(await end(unknownClient)).toMatchObject({ code: 'SKB_SUBSCRIPTION_LOST' });
  });

  it('as lost on a disconnect that nobody asked for, after the events before it', async () => {
    const event = { channel, data: { event: { replayId: 7 } } };
    await using started = await startClient(connects({ body: [event, { channel: '/meta/disconnect' }] }));
    const answer = await (await started.client.handshake()).connect();
    expect(answer).toMatchObject({ events: [{ replayId: '7' }], ended: { code: 'SKB_SUBSCRIPTION_LOST' } });
  });

  it('as expired when the disconnect is followed by the reason', async () => {
    expect(await end({ body: [{ channel: '/meta/disconnect' }, ...authInvalid.body] })).toMatchObject({
      code: 'SKB_AUTH_EXPIRED',
    });
  });

  it.each(['none', 'handshake'])(
    'as lost on the advice %s after a good connect: a service never stops',
    async (reconnect) => {
      expect(
        await end({ body: [{ channel: '/meta/connect', successful: true, advice: { reconnect } }] }),
      ).toMatchObject({
        code: 'SKB_SUBSCRIPTION_LOST',
      });
    },
  );

  it('when a subscribe is refused for the session, but not when it is refused for the channel', async () => {
    const refused = async (error: string) => {
      await using started = await startClient(refuse('/meta/subscribe', { error }));
      return await (await started.client.handshake()).subscribe(new Map([[channel, 'latest']]));
    };
    expect(await refused('403::Unknown client')).toMatchObject({ ended: { code: 'SKB_SUBSCRIPTION_LOST' } });
    const forChannel = await refused('403::Subscriber does not have access to the entity in this topic');
    expect(forChannel.ended).toBeUndefined();
    expect(forChannel.subscriptions).toMatchObject([{ channel, refused: { code: 'SKB_SUBSCRIPTION_REFUSED' } }]);
  });

  it.each<[string, ScriptedAnswer, string]>([
    ['a maintenance page', { status: 200, body: '<html>maintenance</html>' }, 'SKB_SALESFORCE_UNAVAILABLE'],
    ['a 503 page', { status: 503, body: '<html></html>' }, 'SKB_SALESFORCE_UNAVAILABLE'],
    [
      'a redirect',
      { status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' },
      'SKB_SALESFORCE_UNAVAILABLE',
    ],
    ['half an answer', { body: '[{"channel":"/meta/connect"' }, 'SKB_SALESFORCE_UNAVAILABLE'],
    ['a broken connection', { hangUp: true }, 'SKB_SALESFORCE_UNAVAILABLE'],
    ['HTTP 401', { status: 401, body: '[{"errorCode":"INVALID_SESSION_ID"}]' }, 'SKB_AUTH_EXPIRED'],
  ])('as an error on %s', async (_, answer, code) => {
    await expect(end(answer)).rejects.toMatchObject({ code });
  });

  it('rather than follow a redirect, which could take the token anywhere', async () => {
    const headers = { location: '/elsewhere' };
    await using started = await startClient((request) => ({ ...answerOf(request), status: 307, headers, body: '' }));
    await expect(started.client.handshake()).rejects.toMatchObject({ code: 'SKB_SALESFORCE_UNAVAILABLE' });
    expect(started.server.requests.map((request) => request.path)).toEqual(['/cometd/66.0']);
  });

  it('as unavailable when the answer to the connect is missing', async () => {
    expect(await end({ body: [] })).toMatchObject({ code: 'SKB_SALESFORCE_UNAVAILABLE' });
  });

  it('when nothing comes for longer than the advised timeout and a margin', async () => {
    const advice = { timeout: 20, interval: 0, reconnect: 'retry' };
    const first = { body: [{ channel: '/meta/connect', successful: true, advice }] };
    await using started = await startClient(connects(first), { connectMarginMs: 20 });
    const session = await started.client.handshake();
    await session.connect();
    await expect(session.connect()).rejects.toMatchObject({
      code: 'SKB_SALESFORCE_UNAVAILABLE',
      message: expect.stringContaining('within 40 ms'),
    });
  });

  it('for the caller at once when it aborts a held connect', async () => {
    await using started = await startClient(connects());
    const session = await started.client.handshake();
    const drain = new AbortController();
    const held = session.connect(drain.signal);
    await started.server.seen(2);
    drain.abort(new Error('draining'));
    await expect(held).rejects.toThrow('draining');
  });
});

describe('authorization', () => {
  const tokensSeen = (requests: readonly SeenRequest[]) => {
    return requests.map((request) => request.headers.authorization);
  };

  it('renews a token that was refused on a connect with the next handshake', async () => {
    await using started = await startClient(connects(authInvalid));
    expect((await (await started.client.handshake()).connect()).ended).toMatchObject({ code: 'SKB_AUTH_EXPIRED' });
    await started.client.handshake();
    expect(tokensSeen(started.server.requests)).toEqual(['Bearer token-1', 'Bearer token-1', 'Bearer token-2']);
  });

  const denied = {
    error: '403::Handshake denied',
    ext: { sfdc: { failureReason: '401::Authentication invalid' }, replay: true },
    advice: { reconnect: 'none' },
  };

  it('renews once when a handshake is denied for the token', async () => {
    let handshakes = 0;
    await using started = await startClient((request) => {
      handshakes += 1;
      return handshakes === 1 ? refuse('/meta/handshake', denied)(request) : answerOf(request);
    });
    await started.client.handshake();
    expect(tokensSeen(started.server.requests)).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  it('counts as rejected when a fresh token is refused as well', async () => {
    await using started = await startClient(refuse('/meta/handshake', denied));
    await expect(started.client.handshake()).rejects.toMatchObject({ code: 'SKB_AUTH_REJECTED' });
    expect(started.server.requests).toHaveLength(2);
  });

  it('never shows a token in an error', async () => {
    await using started = await startClient(() => ({ status: 500, body: 'Bearer token-1' }));
    const error = await started.client.handshake().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'SKB_SALESFORCE_UNAVAILABLE' });
    expect(String(error)).not.toContain('token-1');
  });
});
