import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClock } from '../../../local/org/clock.ts';
import { call, startTestOrg, type TestOrg } from './support.ts';

const app = { client_id: 'key', client_secret: 'secret' };
let org: TestOrg;

beforeAll(async () => {
  org = await startTestOrg({
    clock: createClock({ manual: true }),
    seed: {
      apps: [
        { name: 'erp', clientId: 'key', clientSecret: 'secret', runAs: 'erp@example.org' },
        { name: 'nobody', clientId: 'key2', clientSecret: 'secret2' },
      ],
      users: [{ username: 'erp@example.org', password: 'pass', securityToken: 'TOKEN' }],
    },
  });
});
afterAll(() => org.close());

async function token(form: Record<string, string>, headers: Record<string, string> = {}) {
  const url = `${org.instanceUrl}/services/oauth2/token`;
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form), headers });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

describe('token endpoint', () => {
  it('grants client credentials in the body or by Basic, with a token of the known form', async () => {
    const inBody = await token({ grant_type: 'client_credentials', ...app });
    expect(inBody.status).toBe(200);
    expect(inBody.body['access_token']).toMatch(/^00D\w{12}!.{90,}$/);
    expect(Object.keys(inBody.body)).toEqual(
      expect.arrayContaining(['access_token', 'signature', 'scope', 'instance_url', 'id', 'token_type', 'issued_at']),
    );
    const authorization = `Basic ${Buffer.from('key:secret').toString('base64')}`;
    const basic = await token({ grant_type: 'client_credentials' }, { authorization });
    expect(basic.status).toBe(200);
  });

  it('grants the password flow with the security token behind the password', async () => {
    const form = { grant_type: 'password', username: 'erp@example.org', password: 'passTOKEN', ...app };
    const granted = await token(form);
    expect(granted.status).toBe(200);
    expect(granted.body).not.toHaveProperty('scope');
  });

  it('sends a client that came by address on to the address, since cookie stores part it from the name', async () => {
    const base = org.instanceUrl.replace('localhost', '127.0.0.1');
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...app });
    const response = await fetch(`${base}/services/oauth2/token`, { method: 'POST', body });
    expect(await response.json()).toMatchObject({ instance_url: base, api_instance_url: base });
    expect((await token({ grant_type: 'client_credentials', ...app })).body['instance_url']).toBe(org.instanceUrl);
  });

  it.each([
    ['unknown grant', { grant_type: 'foo', ...app }, 'unsupported_grant_type', 'grant type not supported'],
    [
      'unknown key',
      { grant_type: 'client_credentials', client_id: 'x', client_secret: 'y' },
      'invalid_client_id',
      'client identifier invalid',
    ],
    [
      'wrong secret',
      { grant_type: 'client_credentials', client_id: 'key', client_secret: 'y' },
      'invalid_client',
      'invalid client credentials',
    ],
    [
      'no run-as user',
      { grant_type: 'client_credentials', client_id: 'key2', client_secret: 'secret2' },
      'invalid_grant',
      'no client credentials user enabled',
    ],
    [
      'no security token',
      { grant_type: 'password', username: 'erp@example.org', password: 'pass', ...app },
      'invalid_grant',
      'authentication failure',
    ],
  ])('refuses: %s', async (_name, form, error, description) => {
    expect(await token(form)).toEqual({ status: 400, body: { error, error_description: description } });
  });
});

describe('sessions', () => {
  it('serves userinfo and the identity URL, and refuses a revoked token', async () => {
    const { body } = await token({ grant_type: 'client_credentials', ...app });
    const authorization = `OAuth ${body['access_token']}`;
    const info = await call(`${org.instanceUrl}/services/oauth2/userinfo`, 'GET', undefined, { authorization });
    expect(info.body).toMatchObject({ preferred_username: 'erp@example.org', active: true });
    const identity = await call(body['id'] ?? '', 'GET', undefined, { authorization });
    expect(identity.body).toMatchObject({ username: 'erp@example.org' });
    const limits = `${org.instanceUrl}/services/data/v66.0/limits`;
    expect((await call(limits, 'GET', undefined, { authorization })).status).toBe(200);
    const form = new URLSearchParams({ token: body['access_token'] ?? '' });
    expect((await fetch(`${org.instanceUrl}/services/oauth2/revoke`, { method: 'POST', body: form })).status).toBe(200);
    const refused = await call(limits, 'GET', undefined, { authorization });
    expect(refused.status).toBe(401);
    expect(refused.body).toEqual([{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }]);
  });

  it('ends a session two hours after its last use', async () => {
    const hour = 3_600_000;
    org.control.advanceClock(1.5 * hour);
    expect((await org.rest('GET', 'limits')).status).toBe(200);
    org.control.advanceClock(1.5 * hour);
    expect((await org.rest('GET', 'limits')).status).toBe(200);
    org.control.advanceClock(2 * hour);
    expect((await org.rest('GET', 'limits')).status).toBe(401);
  });
});
