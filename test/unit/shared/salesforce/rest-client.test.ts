import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { login } from '../../../../shared/salesforce/auth/login.ts';
import { createTokenProvider } from '../../../../shared/salesforce/auth/token-provider.ts';
import { createRestClient } from '../../../../shared/salesforce/rest-client.ts';

type Answer = { readonly status: number; readonly body: unknown; readonly type?: string };

let close: (() => void) | undefined;
afterEach(() => close?.());

/** A server that answers every request by the script, and a client of it. */
async function serve(script: (request: IncomingMessage, number: number) => Answer) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    requests.push(request);
    const { status, body, type = 'application/json;charset=UTF-8' } = script(request, requests.length);
    response.writeHead(status, { 'content-type': type });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () => server.close();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let logins = 0;
  const tokens = createTokenProvider({
    now: () => 0,
    login: async () => {
      logins += 1;
      return { value: `token-${logins}`, instanceUrl: url, orgId: '' };
    },
  });
  const rest = createRestClient({ tokens, apiVersion: '66.0', clientName: 'test-client' });
  return { rest, requests, url, logins: () => logins };
}

const expired = { status: 401, body: [{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }] };

describe('the REST client', () => {
  it('sends token, client name and JSON, and follows a query to its end', async () => {
    const { rest, requests } = await serve((request) =>
      request.url?.includes('q=')
        ? {
            status: 200,
            body: { done: false, nextRecordsUrl: '/services/data/v66.0/query/0r8-2000', records: [{ Id: 1 }] },
          }
        : { status: 200, body: { done: true, records: [{ Id: 2 }] } },
    );
    expect(await rest.query("SELECT Id FROM Account WHERE Name = 'a&b'")).toEqual([{ Id: 1 }, { Id: 2 }]);
    expect(requests[0]?.headers).toMatchObject({
      authorization: 'Bearer token-1',
      'sforce-call-options': 'client=test-client',
    });
    expect(requests.map((request) => request.url)).toEqual([
      '/services/data/v66.0/query?q=SELECT%20Id%20FROM%20Account%20WHERE%20Name%20%3D%20%27a%26b%27',
      '/services/data/v66.0/query/0r8-2000',
    ]);
  });

  it('renews an expired token once and sends the request again', async () => {
    const { rest, requests, logins } = await serve((_, number) => (number === 1 ? expired : { status: 200, body: {} }));
    await rest.request({ method: 'POST', path: '/composite', body: { a: 1 } });
    expect(requests.map((request) => request.headers.authorization)).toEqual(['Bearer token-1', 'Bearer token-2']);
    expect(logins()).toBe(2);
  });

  it('asks for later pages with a new token when the first one dies in between', async () => {
    const { rest, requests } = await serve((request, number) => {
      if (number === 1) {
        const nextRecordsUrl = '/services/data/v66.0/query/0r8-2000';
        return { status: 200, body: { done: false, nextRecordsUrl, records: [{ Id: 1 }] } };
      }
      const isDead = request.headers.authorization === 'Bearer token-1';
      return isDead ? expired : { status: 200, body: { done: true, records: [{ Id: 2 }] } };
    });
    expect(await rest.query('SELECT Id FROM Account')).toEqual([{ Id: 1 }, { Id: 2 }]);
    expect(requests.map((request) => request.headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-1',
      'Bearer token-2',
    ]);
  });

  it('gives up when a fresh token is refused too, instead of logging in for ever', async () => {
    const { rest, logins } = await serve(() => expired);
    await expect(rest.describe('Account')).rejects.toMatchObject({ code: 'SKB_AUTH_REJECTED' });
    expect(logins()).toBe(2);
  });

  it.each<[string, Answer, string]>([
    [
      'a daily limit',
      { status: 403, body: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }] },
      'SKB_SALESFORCE_LIMIT',
    ],
    [
      'maintenance',
      { status: 503, body: [{ errorCode: 'SERVER_UNAVAILABLE', message: 'Server Unavailable' }] },
      'SKB_SALESFORCE_UNAVAILABLE',
    ],
    [
      'a page of HTML',
      { status: 200 + 303, body: '<html>busy</html>', type: 'text/html' },
      'SKB_SALESFORCE_UNAVAILABLE',
    ],
    ['no routing yet', { status: 420, body: '' }, 'SKB_SALESFORCE_UNAVAILABLE'],
    [
      'a wrong column',
      { status: 400, body: [{ errorCode: 'INVALID_FIELD', message: 'No such column' }] },
      'SKB_ROW_REJECTED',
    ],
    [
      'a disabled org',
      { status: 403, body: [{ errorCode: 'API_DISABLED_FOR_ORG', message: 'x' }] },
      'SKB_AUTH_REJECTED',
    ],
  ])('classifies %s, without repeating the call', async (_, answer, code) => {
    const { rest, requests } = await serve(() => answer);
    await expect(rest.request({ method: 'GET', path: '/limits' })).rejects.toMatchObject({ code });
    expect(requests).toHaveLength(1);
  });

  it.each<[string, Answer]>([
    ['a page of HTML', { status: 200, body: '<html>busy</html>', type: 'text/html' }],
    ['JSON of another kind', { status: 200, body: { error: 'none of your business' } }],
    ['an empty body', { status: 200, body: '' }],
  ])('takes %s for no rows and for no describe, and asks again', async (_, answer) => {
    let isStrange = true;
    const described = { name: 'Account', fields: [] };
    const { rest } = await serve((request) => {
      if (isStrange) return answer;
      return { status: 200, body: request.url?.includes('q=') ? { done: true, records: [] } : described };
    });
    await expect(rest.query('SELECT Id FROM Account')).rejects.toMatchObject({ code: 'SKB_SALESFORCE_UNAVAILABLE' });
    await expect(rest.describe('Account')).rejects.toMatchObject({ code: 'SKB_SALESFORCE_UNAVAILABLE' });
    isStrange = false;
    expect([await rest.query('SELECT Id FROM Account'), await rest.describe('Account')]).toEqual([[], described]);
  });

  it('rejects when the connection breaks in the middle of an answer, and the process lives on', async () => {
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('[1,', () => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    close = () => server.close();
    const instanceUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const tokens = createTokenProvider({ now: () => 0, login: async () => ({ value: 'x', instanceUrl, orgId: '' }) });
    const broken = createRestClient({ tokens, apiVersion: '66.0', clientName: 'test-client' });
    await expect(broken.request({ method: 'POST', path: '/composite', body: {} })).rejects.toMatchObject({
      code: 'SKB_SALESFORCE_UNAVAILABLE',
      context: { sent: 'perhaps' },
    });
  });

  it('says when nobody answers', async () => {
    const { rest } = await serve(() => ({ status: 200, body: {} }));
    close?.();
    await expect(rest.describe('Account')).rejects.toMatchObject({ code: 'SKB_SALESFORCE_UNAVAILABLE' });
  });

  it('asks for a describe once', async () => {
    const { rest, requests } = await serve(() => ({ status: 200, body: { name: 'Account', fields: [] } }));
    await Promise.all([rest.describe('Account'), rest.describe('Account')]);
    expect(requests).toHaveLength(1);
  });
});

describe('login', () => {
  const credentials = {
    consumerKey: 'key',
    consumerSecret: 'secret',
    username: 'u',
    password: 'p',
    securityToken: 't',
  };

  it('reads token, instance and org from the answer', async () => {
    const { url } = await serve(() => ({
      status: 200,
      body: {
        access_token: '00Dx!y',
        instance_url: 'https://my.example/',
        id: 'https://login.example/id/00D000000000001AAA/005000000000001AAA',
      },
    }));
    expect(await login('clientCredentials', { baseUri: url, ...credentials })).toEqual({
      value: '00Dx!y',
      instanceUrl: 'https://my.example',
      orgId: '00D000000000001AAA',
    });
  });

  it.each<[string, Answer, string]>([
    [
      'a refusal',
      { status: 400, body: { error: 'invalid_client', error_description: 'invalid client credentials' } },
      'SKB_AUTH_REJECTED',
    ],
    ['a server error', { status: 500, body: { error: 'unknown_error' } }, 'SKB_SALESFORCE_UNAVAILABLE'],
    ['a login page', { status: 200, body: '<html></html>', type: 'text/html' }, 'SKB_SALESFORCE_UNAVAILABLE'],
  ])('tells %s apart', async (_, answer, code) => {
    const { url } = await serve(() => answer);
    const refused = login('password', { baseUri: url, ...credentials });
    await expect(refused).rejects.toMatchObject({ code });
    await expect(refused).rejects.toThrow(expect.not.stringContaining('secret'));
  });
});
