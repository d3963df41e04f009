import { request } from 'node:http';
import { get } from 'node:https';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startOrg } from '../../../local/org/org.ts';
import { startTestOrg, type TestOrg } from './support.ts';

let org: TestOrg;
beforeAll(async () => {
  org = await startTestOrg();
});
afterAll(() => org.close());

interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** A request as it is: no header added, no body unpacked. */
function raw(
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string | Buffer } = {},
) {
  return new Promise<RawAnswer>((done, failed) => {
    const { method = 'GET', headers = {}, body } = options;
    const authorization = `Bearer ${org.token}`;
    const sent = request(
      `${org.instanceUrl}${path}`,
      { method, headers: { authorization, ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          done({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
        );
      },
    );
    sent.on('error', failed);
    sent.end(body);
  });
}

const data = '/services/data/v66.0';

describe('headers', () => {
  it.each(['/services/data', `${data}/limits`, `${data}/nope`, '/services/oauth2/userinfo'])(
    'of %s are those of a real org',
    async (path) => {
      const { headers } = await raw(path);
      expect(headers).toMatchObject({
        'strict-transport-security': 'max-age=63072000; includeSubDomains',
        'x-content-type-options': 'nosniff',
        'x-xss-protection': '1; mode=block',
        'x-robots-tag': 'none',
        'cache-control': 'no-cache,must-revalidate,max-age=0,no-store,private',
        vary: 'Accept-Encoding',
      });
      expect(headers['date']).toBeDefined();
    },
  );
});

describe('compression', () => {
  it('packs answers for those who ask, and no others', async () => {
    const packed = await raw(`${data}/limits`, { headers: { 'accept-encoding': 'deflate, gzip' } });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(JSON.parse(gunzipSync(packed.body).toString())).toHaveProperty('DailyApiRequests');
    const plain = await raw(`${data}/limits`);
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(JSON.parse(plain.body.toString())).toHaveProperty('DailyApiRequests');
  });

  it('takes packed bodies', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const body = gzipSync(JSON.stringify({ Name: 'packed' }));
    expect((await raw(`${data}/sobjects/Account`, { method: 'POST', headers, body })).status).toBe(201);
    const broken = await raw(`${data}/sobjects/Account`, { method: 'POST', headers, body: 'no gzip' });
    expect(broken.status).toBe(400);
  });
});

describe('requests that are too large', () => {
  it.each([
    [
      'a URI',
      `${data}/query?q=${'x'.repeat(17_000)}`,
      {},
      414,
      '<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>',
    ],
    [
      'headers',
      `${data}/limits`,
      { 'x-large': 'x'.repeat(17_000) },
      431,
      '<h1>Bad Message 431</h1><pre>reason: Request Header Fields Too Large</pre>',
    ],
    ['a header block beyond reading', `${data}/limits`, { 'x-large': 'x'.repeat(70_000) }, 431, ''],
    [
      'a body',
      `${data}/sobjects/Account`,
      { 'content-type': 'application/json', 'content-length': String(60 * 1024 * 1024) },
      413,
      'REQUEST_ENTITY_TOO_LARGE',
    ],
  ])('%s', async (_name, path, headers, status, text) => {
    const method = status === 413 ? 'POST' : 'GET';
    const answer = await raw(path, { method, headers });
    expect(answer.status).toBe(status);
    expect(answer.body.toString()).toContain(text);
    expect((await org.rest('GET', 'limits')).status).toBe(200);
  });
});

describe('bodies that cannot be read', () => {
  const json = { 'content-type': 'application/json' };
  it.each([
    ['text/plain', 'x', { 'content-type': 'text/plain' }, 415, 'UNSUPPORTED_MEDIA_TYPE', 'not supported: text/plain'],
    ['a form', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'UNSUPPORTED_MEDIA_TYPE', 'urlenc'],
    ['an open object', '{"Name": ', json, 400, 'JSON_PARSER_ERROR', 'Unexpected end-of-input'],
    ['a stray word', '{\n"Name": nope}', json, 400, 'JSON_PARSER_ERROR', '[line:2, column:10]'],
    ['a stray comma', '{"Name":"a",}', json, 400, 'JSON_PARSER_ERROR', "('}' (code 125))"],
    ['nothing', '', json, 400, 'JSON_PARSER_ERROR', 'end of input'],
    ['an array', '[]', json, 400, 'JSON_PARSER_ERROR', 'JSON object'],
  ])('%s', async (_name, body, headers, status, errorCode, text) => {
    const answer = await raw(`${data}/sobjects/Account`, { method: 'POST', headers, body });
    expect(answer.status).toBe(status);
    const [error] = JSON.parse(answer.body.toString()) as [{ errorCode: string; message: string }];
    expect(error.errorCode).toBe(errorCode);
    expect(error.message).toContain(text);
  });

  it('a missing type and JSON with parameters are JSON', async () => {
    for (const headers of [{}, { 'content-type': 'application/json; charset=UTF-8' }]) {
      const answer = await raw(`${data}/sobjects/Account`, { method: 'POST', headers, body: '{"Name":"a"}' });
      expect(answer.status).toBe(201);
    }
  });
});

describe('methods and versions', () => {
  it('refuses a method with those that are allowed', async () => {
    const answer = await org.rest('PUT', 'sobjects/Account', { Name: 'x' });
    expect(answer).toMatchObject({
      status: 405,
      body: [{ errorCode: 'METHOD_NOT_ALLOWED', message: "HTTP Method 'PUT' not allowed. Allowed are GET,POST" }],
    });
    expect(answer.headers.get('allow')).toBe('GET,POST');
  });

  it.each(['limits', 'sobjects', 'sobjects/Account', 'sobjects/Account/describe', 'query'])(
    'serves %s with a slash at its end',
    async (path) => {
      const query = path === 'query' ? `?q=${encodeURIComponent('SELECT Id FROM Account')}` : '';
      const [bare, slashed] = [await org.rest('GET', `${path}${query}`), await org.rest('GET', `${path}/${query}`)];
      expect([bare.status, slashed.status]).toEqual([200, 200]);
    },
  );
});

describe('https', () => {
  it('serves with a certificate of its own authority, for the address and the name', async () => {
    const secure = await startOrg({ tls: true });
    try {
      expect(secure.instanceUrl).toMatch(/^https:\/\/localhost:\d+$/);
      const status = (url: string, ca: string | undefined) =>
        new Promise<number | string>((done) => {
          const options = ca === undefined ? {} : { ca };
          get(url, options, (response) => {
            response.resume();
            done(response.statusCode ?? 0);
          }).on('error', (error: NodeJS.ErrnoException) => done(error.code ?? ''));
        });
      const url = `${secure.instanceUrl}/services/data`;
      expect(await status(url, secure.ca)).toBe(200);
      expect(await status(url.replace('localhost', '127.0.0.1'), secure.ca)).toBe(200);
      expect(await status(url, undefined)).toMatch(/SELF_SIGNED_CERT|UNABLE_TO/);
    } finally {
      await secure.close();
    }
  });
});
