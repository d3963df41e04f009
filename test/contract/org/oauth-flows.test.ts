import { generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClock } from '../../../local/org/clock.ts';
import { call, startTestOrg, type TestOrg } from './support.ts';

const startAt = Date.parse('2026-05-13T10:00:00Z');
const now = startAt / 1000;
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const certificate = String(publicKey.export({ type: 'spki', format: 'pem' }));
const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
let org: TestOrg;

beforeAll(async () => {
  const clientSecret = 's';
  const runAs = 'a@example.org';
  org = await startTestOrg({
    clock: createClock({ manual: true, startAt }),
    seed: {
      apps: [
        { name: 'erp', clientId: 'erp', clientSecret, runAs, certificate },
        { name: 'rotating', clientId: 'rotating', clientSecret, runAs, rotateRefreshTokens: true },
        { name: 'jwt', clientId: 'jwt', clientSecret, runAs, accessTokens: 'jwt', scopes: ['api', 'openid'] },
        { name: 'off', clientId: 'off', clientSecret, runAs, flows: ['jwt_bearer'], certificate },
        { name: 'admin', clientId: 'admin', clientSecret, runAs, access: 'approved-by-admin' },
        { name: 'own', clientId: 'own', clientSecret, certificate, access: 'approved-by-user' },
        { name: 'eca', clientId: 'eca', clientSecret, runAs, installed: false },
      ],
      users: [
        { username: 'a@example.org', password: 'p', securityToken: 'T', fields: { FirstName: 'Ada', LastName: 'A' } },
        { username: 'gone@example.org', password: 'p', securityToken: 'T', active: false },
      ],
      refreshTokens: [
        { token: 'refresh-1', app: 'erp' },
        { token: 'refresh-2', app: 'rotating' },
        { token: 'refresh-3', app: 'erp' },
      ],
    },
  });
});
afterAll(() => org.close());

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function assertion(claims: object, key = privateKey, alg = 'RS256'): string {
  const usual = { iss: 'erp', sub: 'a@example.org', aud: 'https://login.salesforce.com', exp: now + 180 };
  const text = `${encode({ alg })}.${encode({ ...usual, ...claims })}`;
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

async function post(path: string, form: Record<string, string>, headers: Record<string, string> = {}) {
  const url = `${org.instanceUrl}/services/oauth2/${path}`;
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form), headers });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, string> };
}

async function limitsStatus(token: string | undefined): Promise<number> {
  const url = `${org.instanceUrl}/services/data/v66.0/limits`;
  return (await call(url, 'GET', undefined, { authorization: `Bearer ${token}` })).status;
}

describe('JWT bearer', () => {
  it.each([
    ['the usual claims', {}],
    ['the historic name of the subject', { sub: undefined, prn: 'A@example.org' }],
    ['the sandbox audience', { aud: 'https://test.salesforce.com' }],
    ['several audiences', { aud: ['x', 'https://login.salesforce.com/'] }],
    ['an expiry as text', { exp: String(now + 180) }],
  ])('takes %s', async (_name, claims) => {
    const { status, body } = await post('token', { grant_type: jwtBearer, assertion: assertion(claims) });
    expect(status).toBe(200);
    expect(Object.keys(body).sort()).toEqual(
      ['access_token', 'api_instance_url', 'id', 'instance_url', 'scope', 'token_type'].sort(),
    );
    expect(await limitsStatus(body['access_token'])).toBe(200);
  });

  it.each([
    ['no JWT', () => 'x.y', 'invalid_grant', 'invalid assertion'],
    ['an empty assertion', () => '', 'invalid_grant', 'invalid assertion'],
    ["a stranger's key", () => assertion({}, stranger), 'invalid_grant', 'invalid assertion'],
    ['another algorithm', () => assertion({}, privateKey, 'none'), 'invalid_grant', 'invalid assertion'],
    ['an app without a certificate', () => assertion({ iss: 'admin' }), 'invalid_grant', 'invalid assertion'],
    [
      'a wrong audience',
      () => assertion({ aud: 'https://example.org', exp: 1 }),
      'invalid_grant',
      'audience is invalid',
    ],
    ['an old one', () => assertion({ exp: now - 1, sub: 'x' }), 'invalid_grant', 'expired authorization code'],
    ['no expiry', () => assertion({ exp: undefined }), 'invalid_grant', 'expired authorization code'],
    ['an unknown issuer', () => assertion({ iss: 'x' }), 'invalid_client_id', 'client identifier invalid'],
    [
      'an unknown user',
      () => assertion({ sub: 'x@example.org' }),
      'invalid_grant',
      "user hasn't approved this consumer",
    ],
    ['no approval', () => assertion({ iss: 'own' }), 'invalid_grant', "user hasn't approved this consumer"],
    ['an inactive user', () => assertion({ sub: 'gone@example.org' }), 'inactive_user', 'user is inactive'],
  ])('refuses %s', async (_name, make, error, description) => {
    const answer = await post('token', { grant_type: jwtBearer, assertion: make() });
    expect(answer).toEqual({ status: 400, body: { error, error_description: description } });
  });
});

describe('the error table', () => {
  const credentials = (id: string) => ({ grant_type: 'client_credentials', client_id: id, client_secret: 's' });
  it.each([
    ['the flow is off', credentials('off'), {}, 'invalid_grant', 'client credentials flow not enabled'],
    [
      'no admin approval',
      credentials('admin'),
      {},
      'invalid_app_access',
      'user is not admin approved to access this app',
    ],
    ['not installed', credentials('eca'), {}, 'invalid_client', 'External client app is not installed in this org'],
    [
      'an inactive user',
      { ...credentials('erp'), grant_type: 'password', username: 'gone@example.org', password: 'pT' },
      {},
      'invalid_grant',
      'authentication failure',
    ],
    [
      'a flow that is switched off',
      { ...credentials('off'), grant_type: 'password', username: 'a@example.org', password: 'pT' },
      {},
      'unsupported_grant_type',
      'grant type not supported',
    ],
    [
      'an unknown refresh token',
      { ...credentials('erp'), grant_type: 'refresh_token', refresh_token: 'x' },
      {},
      'invalid_grant',
      'expired access/refresh token',
    ],
    [
      'the refresh token of another app',
      { ...credentials('jwt'), grant_type: 'refresh_token', refresh_token: 'refresh-1' },
      {},
      'invalid_grant',
      'expired access/refresh token',
    ],
  ])('refuses: %s', async (_name, form, headers, error, description) => {
    expect(await post('token', form, headers)).toEqual({
      status: 400,
      body: { error, error_description: description },
    });
  });

  it('knows no GET for tokens', async () => {
    const answer = await call(`${org.instanceUrl}/services/oauth2/token`, 'GET');
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });
});

describe('refresh tokens', () => {
  it('give sessions again and again, without a secret too, and end them when revoked', async () => {
    const form = { grant_type: 'refresh_token', refresh_token: 'refresh-1', client_id: 'erp' };
    const first = await post('token', form);
    expect(first.status).toBe(200);
    expect(Object.keys(first.body)).not.toContain('refresh_token');
    expect(first.body).toMatchObject({ token_type: 'Bearer', scope: 'api' });
    const second = await post('token', { ...form, client_secret: 's' });
    expect(await limitsStatus(second.body['access_token'])).toBe(200);
    expect((await post('revoke', { token: 'refresh-1' })).status).toBe(200);
    expect(await limitsStatus(second.body['access_token'])).toBe(401);
    expect((await post('token', form)).body).toMatchObject({ error_description: 'expired access/refresh token' });
  });

  it('change with every use when the app rotates them', async () => {
    const form = { grant_type: 'refresh_token', refresh_token: 'refresh-2', client_id: 'rotating', client_secret: 's' };
    const first = await post('token', form);
    const next = first.body['refresh_token'] ?? '';
    expect(next).toMatch(/^5Aep/);
    expect((await post('token', form)).status).toBe(400);
    expect((await post('token', { ...form, refresh_token: next })).status).toBe(200);
  });

  it('are introspected like access tokens', async () => {
    const app = { client_id: 'erp', client_secret: 's' };
    const refresh = await post('introspect', { token: 'refresh-3', ...app });
    expect(refresh.body).toMatchObject({ active: true, token_type: 'refresh_token', username: 'a@example.org' });
    const { body } = await post('token', { grant_type: 'client_credentials', ...app });
    const token = body['access_token'] ?? '';
    const authorization = `Basic ${Buffer.from('erp:s').toString('base64')}`;
    expect((await post('introspect', { token }, { authorization })).body).toEqual({
      active: true,
      scope: 'api',
      client_id: 'erp',
      username: 'a@example.org',
      sub: body['id'],
      token_type: 'access_token',
      exp: now + 7200,
      iat: now,
      nbf: now,
    });
    const url = `${org.instanceUrl}/services/oauth2/revoke?token=${encodeURIComponent(token)}`;
    expect((await fetch(url)).status).toBe(200);
    expect((await post('introspect', { token, ...app })).body).toEqual({ active: false });
    expect((await post('introspect', { token })).body).toMatchObject({ error: 'invalid_client_id' });
  });
});

describe('tokens in JWT form', () => {
  it('are signed, open the API and end for good at their expiry', async () => {
    const { body } = await post('token', { grant_type: 'client_credentials', client_id: 'jwt', client_secret: 's' });
    const token = body['access_token'] ?? '';
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as object;
    expect(claims).toMatchObject({ client_id: 'jwt', iss: org.instanceUrl, exp: now + 7200, scp: 'api openid' });
    expect(body['id_token']?.split('.')).toHaveLength(3);
    expect(await limitsStatus(token)).toBe(200);
    const forged = await call(`${org.instanceUrl}/services/data/v66.0/limits`, 'GET', undefined, {
      authorization: `Bearer ${token.slice(0, -4)}AAAA`,
    });
    expect(forged).toMatchObject({
      status: 401,
      body: [{ message: 'INVALID_JWT_FORMAT', errorCode: 'INVALID_AUTH_HEADER' }],
    });
    const keys = await call(`${org.instanceUrl}/id/keys`, 'GET');
    expect(keys.body).toMatchObject({ keys: [{ kty: 'RSA', alg: 'RS256' }] });
  });
});

describe('who am I', () => {
  it('answers by header, by parameter, in JSON and in XML', async () => {
    const { body } = await post('token', { grant_type: 'client_credentials', client_id: 'erp', client_secret: 's' });
    const token = encodeURIComponent(body['access_token'] ?? '');
    const id = body['id'] ?? '';
    const json = await call(`${id}?format=json&oauth_token=${token}&version=latest`, 'GET');
    expect(json.body).toMatchObject({ username: 'a@example.org', first_name: 'Ada', display_name: 'Ada A' });
    const { urls } = json.body as { urls: Record<string, string> };
    expect(urls['rest']).toBe(`${org.instanceUrl}/services/data/v66.0/`);
    const xml = await call(`${id}?format=xml&oauth_token=${token}`, 'GET');
    expect(xml.body).toContain('<username>a@example.org</username>');
    const info = await call(`${org.instanceUrl}/services/oauth2/userinfo?access_token=${token}`, 'GET');
    expect(info.body).toMatchObject({ sub: id, given_name: 'Ada', organization_id: id.split('/').at(-2) });
  });

  it.each([
    ['no token', '', 403, 'Missing_OAuth_Token'],
    ['a dead token', '?oauth_token=x', 403, 'Bad_OAuth_Token'],
    ['another org', '00DHn0000000099', 403, 'Wrong_Org'],
    ['an unknown user', '005Hn0000000099', 404, 'Bad_Id'],
    ['no ID', 'x', 404, 'Bad_Id'],
  ])('refuses %s', async (_name, part, status, text) => {
    const { body } = await post('token', { grant_type: 'client_credentials', client_id: 'erp', client_secret: 's' });
    const [user = '', orgId = ''] = (body['id'] ?? '').split('/').reverse();
    const authorization = `Bearer ${body['access_token']}`;
    const headers = { ...(part === '' || part.startsWith('?') ? {} : { authorization }) };
    const path = part.startsWith('00D') ? `${part}/${user}` : /^(?:005|x)/.test(part) ? `${orgId}/${part}` : undefined;
    const url = `${org.instanceUrl}/id/${path ?? `${orgId}/${user}${part}`}`;
    expect(await call(url, 'GET', undefined, headers)).toMatchObject({ status, body: text });
  });

  it('is found through the discovery documents', async () => {
    const openId = await call(`${org.instanceUrl}/.well-known/openid-configuration`, 'GET');
    expect(openId.body).toMatchObject({
      issuer: org.instanceUrl,
      introspection_endpoint: `${org.instanceUrl}/services/oauth2/introspect`,
      id_token_signing_alg_values_supported: ['RS256'],
    });
    const auth = await call(`${org.instanceUrl}/.well-known/auth-configuration`, 'GET');
    expect(auth.body).toMatchObject({ Url: org.instanceUrl, SamlProviders: [] });
  });
});
