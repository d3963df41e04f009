import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it } from 'vitest';
import { connectCheck } from '../../../cli/commands/connect-check.ts';
import { parseEnvironment } from '../../../infra/read-environment.ts';
import { type StartedOrg, startOrg } from '../../../local/org/org.ts';
import { defineBridge, parseBridge } from '../../../shared/bridge/define-bridge.ts';
import { upsert } from '../../../shared/bridge/targets.ts';

const secrets = mockClient(SecretsManagerClient);
let org: StartedOrg | undefined;
afterEach(async () => {
  secrets.reset();
  await org?.close();
});

const bridge = parseBridge(
  defineBridge({
    name: 'shop',
    orgs: { main: {} },
    sinks: { prices: { topic: 'prices', write: upsert('PricebookEntry', { externalId: 'Key__c' }) } },
  }),
);
const environment = parseEnvironment('dev', { network: { kind: 'create' }, cluster: { kind: 'create' } });
const connections = connectCheck({ bridge, environment }, undefined);
const [main = expect.fail('no org')] = bridge.orgs;

describe('the connections of bridge check', () => {
  it('log in to an org with what its secret holds', async () => {
    org = await startOrg({ port: 0, controlPort: 0, seed: {} });
    const { clientId: consumerKey, clientSecret: consumerSecret } = org.credentials;
    const credentials = { consumerKey, consumerSecret, baseUri: org.instanceUrl };
    secrets
      .on(GetSecretValueCommand, { SecretId: 'shop/main/dev' })
      .resolves({ SecretString: JSON.stringify(credentials) });
    await expect(connections.logIn(main, 'shop/main/dev')).resolves.toBeUndefined();
    secrets
      .on(GetSecretValueCommand)
      .resolves({ SecretString: JSON.stringify({ ...credentials, consumerSecret: 'other' }) });
    const again = connectCheck({ bridge, environment }, undefined);
    await expect(again.logIn(main, 'shop/main/dev')).rejects.toMatchObject({ code: 'SKB_AUTH_REJECTED' });
  });

  it('say that a secret has no value yet', async () => {
    secrets.on(GetSecretValueCommand).resolves({});
    await expect(connections.logIn(main, 'shop/main/dev')).rejects.toThrow('The Salesforce secret has no value yet');
  });

  it('say why a secret could not be read', async () => {
    secrets.on(GetSecretValueCommand).rejects(new Error('Region is missing'));
    await expect(connections.logIn(main, 'shop/main/dev')).rejects.toThrow('could not be read: Region is missing');
  });

  it('ask for the brokers of a cluster that the stack made', async () => {
    await expect(connections.kafka()).rejects.toThrow('--brokers: must name the brokers');
  });

  it('refuse brokers that are none', async () => {
    for (const brokers of ['', 'b-1', 'b-1:98000', 'b-1:9098,,']) {
      const wrong = connectCheck({ bridge, environment }, brokers);
      await expect(wrong.kafka()).rejects.toThrow('--brokers: must be host:port pairs');
    }
  });
});
