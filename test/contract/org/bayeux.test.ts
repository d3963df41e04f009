import { describe, expect, it } from 'vitest';
import { createClock } from '../../../local/org/clock.ts';
import { openClient, withOrg } from './events-support.ts';
import { collect, type TestOrg, tokenFor } from './support.ts';

const connect = (clientId: string) => ({ channel: '/meta/connect', clientId, connectionType: 'long-polling', id: '9' });
const handshake = { channel: '/meta/handshake', version: '1.0', supportedConnectionTypes: ['long-polling'], id: '1' };
const topic = (name: string, query: string) => ({ Name: name, Query: query, ApiVersion: 60 });
const createAccounts = (org: TestOrg, names: readonly string[]) =>
  org.control.changeRows({ create: names.map((Name) => ({ attributes: { type: 'Account' }, Name })) });

describe('sessions', () => {
  it('of one browser take turns: one holds a connect, the others pause', async () => {
    await withOrg({}, async (org) => {
      const { probe, clientId } = await openClient(org);
      const [second] = await probe.send([handshake]);
      const other = String(second?.['clientId']);
      await probe.send([connect(other)]);
      const held = probe.send([connect(clientId)]);
      await probe.subscribe(clientId, '/data/ChangeEvents');
      expect(await probe.send([connect(other)])).toMatchObject([
        {
          advice: { interval: 2000, timeout: 110_000, reconnect: 'retry', 'multiple-clients': true },
          successful: true,
        },
      ]);
      await probe.send([{ channel: '/meta/disconnect', clientId, id: '2' }]);
      await held;
      const resumed = probe.send([connect(other)]);
      await probe.subscribe(other, '/data/ChangeEvents');
      createAccounts(org, ['a']);
      expect((await resumed).at(-1)).toMatchObject({ advice: { interval: 0, reconnect: 'retry' } });
    });
  });

  it('notice by the clock that their token expired while a connect is held', async () => {
    const clock = createClock({ manual: true });
    await withOrg({ clock, settings: { sessionTimeoutMs: 60_000 } }, async (org) => {
      const { probe, clientId } = await openClient(org);
      const held = probe.send([connect(clientId)]);
      await probe.subscribe(clientId, '/data/ChangeEvents');
      clock.advance(61_000);
      expect(await held).toEqual([
        {
          clientId,
          advice: { interval: 0, reconnect: 'none' },
          channel: '/meta/connect',
          id: '9',
          error: '401::Authentication invalid',
          successful: false,
        },
      ]);
      expect(await probe.send([connect(clientId)])).toMatchObject([{ error: '403::Unknown client' }]);
    });
  });

  it.each(['by the clock', 'by a fault'])(
    'are unknown to the next node once the sfdc-stream cookie is gone %s',
    async (how) => {
      const clock = createClock({ manual: true });
      await withOrg({ clock, settings: { stickyCookieMs: 10_000 } }, async (org) => {
        const { probe, clientId } = await openClient(org);
        const before = probe.cookies.get('sfdc-stream');
        if (how === 'by a fault') expect(org.control.addFault({ kind: 'lose-cookies' })).toEqual({ affected: 1 });
        else clock.advance(10_000);
        expect(await probe.send([connect(clientId)])).toMatchObject([
          { error: '403::Unknown client', advice: { reconnect: 'handshake' } },
        ]);
        expect(probe.cookies.get('sfdc-stream')).not.toBe(before);
      });
    },
  );

  it.each(['', '/', '/handshake', '/connect', '/meta/handshake'])(
    'open on the path with %j behind it',
    async (suffix) => {
      await withOrg({}, async (org) => {
        const [answer] = await org
          .bayeux()
          .send({ ...handshake, ext: { replay: true, ack: true } }, { path: `/cometd/60.0${suffix}` });
        expect(answer).toMatchObject({ successful: true, supportedConnectionTypes: ['long-polling'] });
      });
    },
  );

  it('survive a flood of handshakes and a look with GET', async () => {
    await withOrg({}, async (org) => {
      const answers = await Promise.all(Array.from({ length: 300 }, () => org.bayeux().send([handshake])));
      const successful = answers.filter(([answer]) => answer?.['successful'] === true);
      expect(successful).toHaveLength(20);
      const { status } = await fetch(`${org.instanceUrl}/cometd/60.0`);
      expect(status).toBe(400);
      expect((await org.rest('GET', 'limits')).body).toMatchObject({
        StreamingApiConcurrentClients: { Max: 20, Remaining: 0 },
      });
    });
  });
});

describe('delivery', () => {
  it('puts no more in one answer than set', async () => {
    await withOrg({ settings: { eventsPerAnswer: 3 } }, async (org) => {
      const { probe, clientId } = await openClient(org);
      createAccounts(org, ['a', 'b', 'c', 'd', 'e']);
      createAccounts(org, ['last']);
      await probe.subscribe(clientId, '/data/AccountChangeEvent');
      await collectAll(org);
      await probe.subscribe(clientId, '/data/AccountChangeEvent', -2);
      const sizes = [(await probe.send([connect(clientId)])).length, (await probe.send([connect(clientId)])).length];
      expect(sizes).toEqual([4, 4]);
    });
  });

  it.each([
    ['PushTopic', 'dailyTopicEvents', '/topic/All', 'DailyStreamingApiEvents'],
    ['change', 'dailyPlatformEvents', '/data/AccountChangeEvent', 'DailyDeliveredPlatformEvents'],
  ])('of %s events ends at the daily limit and resumes a day later', async (_kind, setting, channel, limit) => {
    const clock = createClock({ manual: true });
    await withOrg({ clock, settings: { [setting]: 2, sessionTimeoutMs: 1e12, stickyCookieMs: 1e12 } }, async (org) => {
      await org.rest('POST', 'sobjects/PushTopic', topic('All', 'SELECT Id, Name FROM Account'));
      const { probe, clientId } = await openClient(org);
      await probe.subscribe(clientId, channel);
      createAccounts(org, ['a', 'b']);
      clock.advance(5);
      await collect(probe, clientId, 2);
      const error = '403::Organization total events daily limit exceeded';
      expect(await probe.send([connect(clientId)])).toMatchObject([{ error, successful: false }]);
      expect(await probe.subscribe(clientId, channel)).toMatchObject({ error, successful: false });
      expect((await org.rest('GET', 'limits')).body).toMatchObject({ [limit]: { Max: 2, Remaining: 0 } });
      clock.advance(25 * 3_600_000);
      const later = await openClient(org);
      expect(await later.probe.subscribe(later.clientId, channel)).toMatchObject({ successful: true });
    });
  });
});

/** Waits until everything that was published so far can be replayed. */
async function collectAll(org: TestOrg): Promise<void> {
  const { probe, clientId } = await openClient(org);
  await probe.subscribe(clientId, '/data/AccountChangeEvent', -2);
  await collect(probe, clientId, 6);
  await probe.send([{ channel: '/meta/disconnect', clientId, id: '2' }]);
}

describe('subscribe errors', () => {
  it.each([
    ['', '400::Channel name not specified'],
    ['topic/x', "400::Channel subscriptions must start with a leading '/'"],
    ['/meta/connect', '403::Restricted channel'],
    ['/topic/*', '403::Cannot create channel {/topic/*}'],
    ['/topic/Nope', "400::The channel you requested to subscribe to doesn't exist {/topic/Nope}"],
    ['/topic/Leads', '403::Subscriber does not have access to the entity in this topic'],
    [
      '/topic/Filtered',
      '403::Subscriber does not have access to all fields referenced in the where clause of the PushTopic',
    ],
    ['/data/LeadChangeEvent', '403::User not allowed to subscribe CDC without View All Data permissions'],
    ['/topic/All?Nope=1', '400::Query fields Nope do not exist on the topic entity'],
  ])('%s: %s', async (channel, error) => {
    const restrictedUsers = { 'integration@example.org': { noRead: ['Lead', 'Account.Phone'] } };
    await withOrg({ settings: { restrictedUsers, changeEventRefusal: 'View All Data' } }, async (org) => {
      await org.rest('POST', 'sobjects/PushTopic', topic('All', 'SELECT Id, Name FROM Account'));
      await org.rest('POST', 'sobjects/PushTopic', topic('Leads', 'SELECT Id, Name FROM Lead'));
      const filtered = topic('Filtered', "SELECT Id, Name FROM Account WHERE Phone = '1'");
      await org.rest('POST', 'sobjects/PushTopic', filtered);
      const { probe, clientId } = await openClient(org);
      expect(await probe.subscribe(clientId, channel)).toMatchObject({ error, successful: false });
      // A refused subscribe does not end the session.
      expect(await probe.subscribe(clientId, '/data/AccountChangeEvent')).toMatchObject({ successful: true });
    });
  });

  it('more subscriptions than a channel takes', async () => {
    await withOrg({ settings: { subscribersPerChannel: 1 } }, async (org) => {
      const first = await openClient(org);
      await first.probe.subscribe(first.clientId, '/data/ChangeEvents');
      const second = await openClient(org);
      expect((await second.probe.subscribe(second.clientId, '/data/ChangeEvents'))['error']).toBe(
        '403::Subscription limit exceeded for this topic',
      );
    });
  });

  it('a token of another user', async () => {
    const app = { name: 'second', clientId: 'second', clientSecret: 's', runAs: 'other@example.org' };
    const user = { username: 'other@example.org', password: 'p', securityToken: 't' };
    await withOrg({ seed: { apps: [app], users: [user] } }, async (org) => {
      const { probe, clientId } = await openClient(org);
      const credentials = { ...org.credentials, clientId: '3MVG9_local_org_bridge_consumer_key' };
      const clientSecret = 'A1B2C3D4E5F60718293A4B5C6D7E8F90A1B2C3D4E5F60718293A4B5C6D7E8F90';
      const token = await tokenFor({ ...org, credentials: { ...credentials, clientSecret } });
      const [answer] = await probe.send([connect(clientId)], { token });
      expect(answer?.['error']).toBe("400::Authenticated user id does not match the session's user id");
    });
  });

  it('a user who may not stream', async () => {
    const restrictedUsers = { 'integration@example.org': { noStreaming: true } };
    await withOrg({ settings: { restrictedUsers } }, async (org) => {
      expect(await org.bayeux().send([handshake])).toMatchObject([
        { ext: { sfdc: { failureReason: '403::User not enabled for streaming' } }, error: '403::Handshake denied' },
      ]);
    });
  });
});
