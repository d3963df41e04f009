import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, startTestOrg, type TestOrg } from './support.ts';

let org: TestOrg;
beforeAll(async () => {
  org = await startTestOrg({
    seed: {
      users: [
        { username: 'soap@example.org', password: 'p<&>', securityToken: 'T' },
        { username: 'old@example.org', password: 'p', securityToken: '', passwordExpired: true },
      ],
    },
  });
});
afterAll(() => org.close());

function envelope(body: string, header = '', prefix = 'soapenv'): string {
  return `<?xml version="1.0"?><${prefix}:Envelope xmlns:${prefix}="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="urn:partner.soap.sforce.com"><${prefix}:Header>${header}</${prefix}:Header><${prefix}:Body>${body}</${prefix}:Body></${prefix}:Envelope>`;
}

async function soap(path: string, body: string) {
  const headers = { 'content-type': 'text/xml; charset=UTF-8', SOAPAction: '""' };
  const response = await fetch(`${org.instanceUrl}/services/Soap/${path}`, { method: 'POST', headers, body });
  return { status: response.status, text: await response.text() };
}

const login = (user: string, password: string): string =>
  `<urn:login><urn:username>${user}</urn:username><urn:password>${password}</urn:password></urn:login>`;
const good = login('SOAP@example.org', 'p&lt;&amp;&gt;T');

function element(text: string, name: string): string {
  return new RegExp(`<(?:sf:)?${name}>([^<]*)</`).exec(text)?.[1] ?? '';
}

describe('SOAP login', () => {
  it.each(['u/31.0', 'u/42.0/', 'u/44.0', 'c/60.0', 'u/60.0/', 'u/64.0'])('works at %s', async (path) => {
    const { status, text } = await soap(path, envelope(good));
    expect(status).toBe(200);
    const [dialect, version] = path.split('/');
    const names = { u: 'urn:partner.soap.sforce.com', c: 'urn:enterprise.soap.sforce.com' };
    expect(text).toContain(names[dialect as 'u' | 'c']);
    expect(element(text, 'serverUrl')).toMatch(
      new RegExp(`^${org.instanceUrl}/services/Soap/${dialect}/${version}/00D\\w{12}$`),
    );
    expect(element(text, 'passwordExpired')).toBe('false');
    expect(element(text, 'sessionSecondsValid')).toBe('7200');
    const authorization = `Bearer ${element(text, 'sessionId')}`;
    const limits = await call(`${org.instanceUrl}/services/data/v60.0/limits`, 'GET', undefined, { authorization });
    expect(limits.status).toBe(200);
  });

  it('lets an expired password in and says so', async () => {
    const { status, text } = await soap('u/60.0', envelope(login('old@example.org', 'p'), '', 'x'));
    expect(status).toBe(200);
    expect(element(text, 'passwordExpired')).toBe('true');
    const authorization = `Bearer ${element(text, 'sessionId')}`;
    const limits = await call(`${org.instanceUrl}/services/data/v60.0/limits`, 'GET', undefined, { authorization });
    expect(limits).toMatchObject({ status: 403, body: [{ errorCode: 'INVALID_OPERATION_WITH_EXPIRED_PASSWORD' }] });
  });

  it.each([
    ['bad credentials', 'u/60.0', login('soap@example.org', 'x'), 'INVALID_LOGIN'],
    ['an unknown user', 'u/60.0', login('x@example.org', 'x'), 'INVALID_LOGIN'],
    ['version 65', 'u/65.0', good, 'INVALID_OPERATION'],
    ['a retired version', 'u/30.0', good, 'UNSUPPORTED_API_VERSION'],
    ['no session', 'u/60.0', '<urn:getUserInfo/>', 'INVALID_SESSION_ID'],
    ['a dead session', 'u/60.0/00D', '<urn:logout/>', 'INVALID_SESSION_ID'],
    ['nonsense', 'u/60.0', '<', 'UNKNOWN_EXCEPTION'],
  ])('refuses %s', async (_name, path, body, code) => {
    const { status, text } = await soap(path, envelope(body));
    expect(status).toBe(500);
    expect(element(text, 'exceptionCode')).toBe(code);
    expect(element(text, 'faultstring')).toMatch(new RegExp(`^${code}: .`));
  });

  it('serves the calls of a session until it logs out', async () => {
    const session = element((await soap('u/60.0', envelope(good))).text, 'sessionId');
    const header = `<urn:SessionHeader><urn:sessionId>${session}</urn:sessionId></urn:SessionHeader>`;
    const info = await soap('u/60.0/00D000000000001', envelope('<urn:getUserInfo/>', header));
    expect(element(info.text, 'userName')).toBe('soap@example.org');
    expect((await soap('u/60.0', envelope('<urn:getServerTimestamp/>', header))).status).toBe(200);
    expect((await soap('u/60.0', envelope('<urn:query/>', header))).text).toContain('No operation available');
    expect((await soap('u/60.0', envelope('<urn:logout/>', header))).status).toBe(200);
    expect((await soap('u/60.0', envelope('<urn:getUserInfo/>', header))).status).toBe(500);
  });

  it('brings rows back from the recycle bin, each with its result', async () => {
    const session = element((await soap('u/60.0', envelope(good))).text, 'sessionId');
    const header = `<urn:SessionHeader><urn:sessionId>${session}</urn:sessionId></urn:SessionHeader>`;
    const undelete = (ids: readonly string[]) =>
      soap(
        'u/60.0',
        envelope(`<urn:undelete>${ids.map((id) => `<urn:ids>${id}</urn:ids>`).join('')}</urn:undelete>`, header),
      );
    const [parent] = org.control.changeRows({ create: [{ attributes: { type: 'Account' }, Name: 'P' }] }).create;
    const parentId = String(parent?.id);
    org.control.changeRows({ delete: [parentId] });
    const { status, text } = await undelete([parentId.slice(0, 15), parentId, '001000000000999AAA', 'nonsense']);
    expect(status).toBe(200);
    expect(text).toContain('<limitInfo><current>');
    expect(
      text.match(/<result>.*?<\/result>/g)?.map((each) => [element(each, 'success'), element(each, 'statusCode')]),
    ).toEqual([
      ['true', ''],
      ['false', 'UNDELETE_FAILED'],
      ['false', 'INVALID_ID_FIELD'],
      ['false', 'MALFORMED_ID'],
    ]);
    expect(org.control.rows('Account').some(({ Id }) => Id === parentId)).toBe(true);
    expect((await undelete(Array.from({ length: 201 }, () => parentId))).text).toContain('EXCEEDED_ID_LIMIT');
  });
});
