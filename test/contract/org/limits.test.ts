import { describe, expect, it } from 'vitest';
import { createClock } from '../../../local/org/clock.ts';
import { type EventMessage, eventSeed, openClient, withOrg } from './events-support.ts';
import { collect, type TestOrg } from './support.ts';

const hour = 3_600_000;

async function topic(org: TestOrg, name: string, active = true) {
  const row = { Name: name, Query: 'SELECT Id, Name FROM Account', ApiVersion: 60, IsActive: active };
  return await org.rest('POST', 'sobjects/PushTopic', row);
}

describe("an app's share of the daily requests", () => {
  it('stands beside the usage of the org', async () => {
    const app = { name: 'erp', clientId: 'erp', clientSecret: 's', runAs: 'integration@example.org' };
    await withOrg({ seed: { apps: [{ ...app, dailyApiRequests: 250 }] } }, async (org) => {
      await org.rest('GET', 'sobjects');
      const { headers, body } = await org.rest('GET', 'limits');
      expect(headers.get('sforce-limit-info')).toBe('api-usage=2/100000; per-app-api-usage=2/250(appName=erp)');
      expect(body).toMatchObject({
        DailyApiRequests: { Max: 100_000, Remaining: 99_998, erp: { Max: 250, Remaining: 248 } },
      });
    });
  });
});

describe('logins of a user', () => {
  it('are refused above the rate of an hour, and allowed again after it', async () => {
    const clock = createClock({ manual: true });
    await withOrg({ clock, settings: { hourlyLogins: 2 } }, async (org) => {
      const { clientId, clientSecret } = org.credentials;
      const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
      const login = async () => {
        const url = `${org.instanceUrl}/services/oauth2/token`;
        const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form) });
        return { status: response.status, body: (await response.json()) as Record<string, unknown> };
      };
      // The org's own test token was the first login.
      expect((await login()).status).toBe(200);
      expect(await login()).toMatchObject({ status: 400, body: { error: 'rate_limit_exceeded' } });
      clock.advance(hour);
      expect((await login()).status).toBe(200);
    });
  });
});

describe('PushTopics of an org', () => {
  it('are limited while active', async () => {
    await withOrg({ settings: { pushTopics: 1 } }, async (org) => {
      const first = await topic(org, 'First');
      expect(first.status).toBe(201);
      expect(await topic(org, 'Second')).toMatchObject({ status: 400, body: [{ errorCode: 'LIMIT_EXCEEDED' }] });
      expect((await topic(org, 'Second', false)).status).toBe(201);
      const { id } = first.body as { id: string };
      expect((await org.rest('PATCH', `sobjects/PushTopic/${id}`, { Description: 'still one' })).status).toBe(204);
      await org.rest('DELETE', `sobjects/PushTopic/${id}`);
      expect((await topic(org, 'Third')).status).toBe(201);
    });
  });
});

describe('platform events', () => {
  it('are refused above the number of an hour', async () => {
    const clock = createClock({ manual: true });
    await withOrg({ clock, seed: eventSeed, settings: { hourlyPublishedEvents: 2 } }, async (org) => {
      const event = { attributes: { type: 'Low_Ink__e' }, Serial_Number__c: '1' };
      const publish = () => org.rest('POST', 'composite/sobjects', { records: [event, event, event] });
      expect((await publish()).body).toMatchObject([
        { success: true },
        { success: true },
        { success: false, errors: [{ statusCode: 'LIMIT_EXCEEDED' }] },
      ]);
      const single = await org.rest('POST', 'sobjects/Low_Ink__e', { Serial_Number__c: '1' });
      expect(single).toMatchObject({ status: 400, body: [{ errorCode: 'LIMIT_EXCEEDED' }] });
      expect((await org.rest('GET', 'limits')).body).toMatchObject({
        HourlyPublishedPlatformEvents: { Max: 2, Remaining: 0 },
      });
      clock.advance(hour);
      expect((await publish()).body).toMatchObject([{ success: true }, { success: true }, { success: false }]);
    });
  });

  it.each([
    ['/event/Low_Ink__e', 72],
    ['/topic/Watched', 24],
    ['/u/Notes', 24],
  ])('and others: events of %s are kept for %d hours', async (channel, hours) => {
    const clock = createClock({ manual: true });
    await withOrg({ clock, seed: eventSeed, settings: { sessionTimeoutMs: 1e12 } }, async (org) => {
      await topic(org, 'Watched');
      const { body } = await org.rest('POST', 'sobjects/StreamingChannel', { Name: '/u/Notes' });
      const { id } = body as { id: string };
      const { probe, clientId } = await openClient(org);
      await probe.subscribe(clientId, channel);
      await org.rest('POST', 'sobjects/Low_Ink__e', { Serial_Number__c: '1' });
      await org.rest('POST', 'sobjects/Account', { Name: 'a' });
      await org.rest('POST', `sobjects/StreamingChannel/${id}/push`, { pushEvents: [{ payload: 'x' }] });
      clock.advance(100);
      const [event] = (await collect(probe, clientId, 1)) as unknown as EventMessage[];
      const replayId = event?.data.event.replayId ?? 0;
      const subscribeAgain = async () => {
        const again = await openClient(org);
        return (await again.probe.subscribe(again.clientId, channel, replayId))['successful'];
      };
      clock.advance(hours * hour - 200);
      expect(await subscribeAgain()).toBe(true);
      clock.advance(200);
      expect(await subscribeAgain()).toBe(false);
    });
  });
});

describe('a PushTopic', () => {
  it('leaves out the fields that field-level security hides from the subscriber', async () => {
    const settings = { restrictedUsers: { 'integration@example.org': { noRead: ['Account.Name'] } } };
    await withOrg({ settings }, async (org) => {
      await topic(org, 'Hidden');
      const { probe, clientId } = await openClient(org);
      await probe.subscribe(clientId, '/topic/Hidden');
      await org.rest('POST', 'sobjects/Account', { Name: 'secret' });
      const [event] = await collect(probe, clientId, 1);
      expect(event).toMatchObject({ data: { sobject: { Id: expect.stringMatching(/^001/) } } });
      expect(JSON.stringify(event)).not.toContain('secret');
    });
  });
});
