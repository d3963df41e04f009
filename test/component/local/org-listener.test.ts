import { expect, it } from 'vitest';
import { listenToChannel } from '../../../local/dev/org-listener.ts';
import { startOrg } from '../../../local/org/org.ts';
import { login } from '../../../shared/salesforce/auth/login.ts';
import { createTokenProvider } from '../../../shared/salesforce/auth/token-provider.ts';
import { eventSeed } from '../../contract/org/events-support.ts';
import { apiVersion } from '../../fixtures/org-client.ts';
import { until } from '../../unit/functions/poller/in-memory.ts';
import { create } from '../poller/harness.ts';

async function setUp() {
  const org = await startOrg({ port: 0, controlPort: 0, seed: eventSeed });
  const { clientId, clientSecret } = org.credentials;
  const credentials = { consumerKey: clientId, consumerSecret: clientSecret, baseUri: org.instanceUrl };
  const tokens = createTokenProvider({
    now: () => performance.now(),
    login: () => login('clientCredentials', credentials),
  });
  return {
    org,
    listen: (channel: string) => listenToChannel({ tokens, apiVersion }, channel),
    publish: (serial: string) => create(org, 'Low_Ink__e', { Serial_Number__c: serial }),
    [Symbol.asyncDispose]: () => org.close(),
  };
}

it('hears every event once and in order, also across a lost session', async () => {
  await using all = await setUp();
  const listener = await all.listen('/event/Low_Ink__e');
  all.publish('1');
  await until(() => listener.heard.length === 1);
  all.org.control.addFault({ kind: 'forget-clients' });
  all.publish('2');
  all.publish('3');
  await until(() => listener.heard.length === 3);
  await listener.stop();
  expect(listener.heard.map((event) => event['Serial_Number__c'])).toEqual(['1', '2', '3']);
});

it('says why a channel cannot be subscribed', async () => {
  await using all = await setUp();
  await expect(all.listen('/event/Nothing__e')).rejects.toMatchObject({
    message: expect.stringContaining('Nothing__e'),
  });
});
