import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from 'jsforce/lib/connection.js';
import { HttpApi } from 'jsforce/lib/http-api.js';
import { BridgeError } from '../errors/bridge-error.ts';
import { type QueriedRow, toDescribe, toPage } from './answer-shapes.ts';
import type { AccessToken, TokenProvider } from './auth/token-provider.ts';
import { classifyRequestError } from './classify-request-error.ts';
import type { ObjectDescribe } from './describe.ts';
import { createDescribeCache, type DescribeCache } from './describe-cache.ts';
import { createHttpTransport } from './http-transport.ts';
import type { QuotaGuard } from './quota-guard.ts';
import { readSoapAnswer, soapEnvelope, type XmlNode } from './soap.ts';

export interface RestRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Below the version root, such as `/composite/sobjects`, or from the host's root when it starts with `/services/`. */
  readonly path: string;
  /** JSON, unless it is a text; a text names its type in the headers. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer below 400. Header names are in lower case; the body is parsed when it is JSON, and a text otherwise. */
export interface RestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** One org's REST API. Every call may throw a BridgeError; nothing is sent twice except once after an expired token. */
export interface RestClient {
  request(request: RestRequest): Promise<unknown>;
  /** All rows of a query, page after page. */
  query(soql: string): Promise<readonly QueriedRow[]>;
  /** Creates one row and answers its Id. */
  create(object: string, fields: Readonly<Record<string, unknown>>): Promise<string>;
  describe(object: string): Promise<ObjectDescribe>;
  orgId(): Promise<string>;
}

/** What some callers need besides: the head of an answer, an answer piece by piece, describes asked for again, SOAP. */
export interface OrgClient extends RestClient {
  readonly describes: DescribeCache;
  /** All rows of a query, those in the recycle bin included. */
  queryAll(soql: string): Promise<readonly QueriedRow[]>;
  /** A SOAP operation with the client's token; answers what stands in `<operation>Response`. */
  soap(content: string): Promise<XmlNode>;
  exchange(request: RestRequest): Promise<RestAnswer>;
  /** The answer of a GET as it comes in, for results that may be larger than the memory. */
  open(request: Omit<RestRequest, 'body'>): Promise<Response>;
}

interface RestClientParts {
  readonly tokens: TokenProvider;
  readonly apiVersion: string;
  /** Shows up in the `changeOrigin` of the change events that our own writes cause. */
  readonly clientName: string;
  /** Salesforce ends a request after 10 minutes itself. @default 120000 */
  readonly timeoutMs?: number;
  /** Is asked before each request and told of each answer. @default none */
  readonly quota?: QuotaGuard;
  /** Milliseconds, monotonic. @default performance.now */
  readonly now?: () => number;
}

export function createRestClient(parts: RestClientParts): OrgClient {
  const { tokens, apiVersion, clientName, timeoutMs = 120_000, quota, now = () => performance.now() } = parts;
  const versionRoot = `/services/data/v${apiVersion}`;
  const transport = createHttpTransport({ timeoutMs });
  const urlOf = (token: AccessToken, path: string) =>
    token.instanceUrl + (path.startsWith('/services/') ? path : versionRoot + path);

  async function send(token: AccessToken, request: RestRequest): Promise<RestAnswer> {
    const { method, path, body } = request;
    // Of a Connection jsforce's HttpApi reads the token and the call options only. A whole one would bring a second HTTP
    // client and three quarters of a megabyte into each function; and given a refresh function jsforce repeats refused
    // logins for ever (jsforce issues 39 and 1411), so it gets none.
    const connection = { accessToken: token.value, _callOptions: { client: clientName } } as unknown as Connection;
    const api = new HttpApi(connection, { transport });
    let answered: { statusCode: number; headers: Record<string, string> } | undefined;
    api.on('response', (response: typeof answered) => {
      answered = response;
      quota?.observe(response?.headers['sforce-limit-info']);
    });
    try {
      const parsed: unknown = await api.request({
        method,
        url: urlOf(token, path),
        headers: { ...(isJson(body) ? { 'content-type': 'application/json' } : {}), ...request.headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      return { status: answered?.statusCode ?? 0, headers: answered?.headers ?? {}, body: parsed };
    } catch (error) {
      throw classifyRequestError(error, answered?.statusCode);
    }
  }

  async function open(token: AccessToken, { method, path, headers }: Omit<RestRequest, 'body'>): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(urlOf(token, path), {
        method,
        headers: { authorization: `Bearer ${token.value}`, 'sforce-call-options': `client=${clientName}`, ...headers },
        redirect: 'manual',
      });
    } catch (error) {
      throw classifyRequestError(error, undefined);
    }
    quota?.observe(response.headers.get('sforce-limit-info') ?? undefined);
    if (response.status < 300) return response;
    throw classifyRequestError(await errorIn(response), response.status);
  }

  async function callSoap(token: AccessToken, content: string): Promise<XmlNode> {
    let status: number;
    let text: string;
    try {
      const response = await fetch(`${token.instanceUrl}/services/Soap/u/${apiVersion}`, {
        method: 'POST',
        headers: { 'content-type': 'text/xml; charset=UTF-8', soapaction: '""' },
        body: soapEnvelope({ sessionId: token.value, client: clientName, content }),
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      status = response.status;
      text = await response.text();
    } catch (error) {
      throw classifyRequestError(error, undefined);
    }
    const { response, fault, limitInfo } = readSoapAnswer(text);
    quota?.observe(limitInfo);
    if (fault !== undefined) throw classifyRequestError(fault.error, fault.status);
    if (response !== undefined) return response;
    const unreadable = Object.assign(new Error(text.slice(0, 300)), { errorCode: `ERROR_HTTP_${status}` });
    throw classifyRequestError(unreadable, status);
  }

  async function withToken<Answer>(call: (token: AccessToken) => Promise<Answer>): Promise<Answer> {
    const admission = quota?.admit() ?? { waitMs: 0 };
    if ('stopped' in admission) throw admission.stopped;
    if (admission.waitMs > 0) await delay(admission.waitMs);
    const token = await tokens.current();
    try {
      return await call(token);
    } catch (error) {
      if (!isExpired(error)) throw error;
      return callAgain(await tokens.renew(token), call, error);
    }
  }

  async function request(what: RestRequest): Promise<unknown> {
    return (await withToken((token) => send(token, what))).body;
  }

  async function allPages(resource: 'query' | 'queryAll', soql: string): Promise<readonly QueriedRow[]> {
    const rows: QueriedRow[] = [];
    let path: string | undefined = `/${resource}?q=${encodeURIComponent(soql)}`;
    while (path !== undefined) {
      const page = toPage(await request({ method: 'GET', path }));
      rows.push(...page.records);
      path = page.done ? undefined : page.nextRecordsUrl;
    }
    return rows;
  }

  const describes = createDescribeCache({
    now,
    async fetch(object, knownFrom) {
      const { status, headers, body } = await withToken((token) =>
        send(token, {
          method: 'GET',
          path: `/sobjects/${object}/describe`,
          ...(knownFrom === undefined ? {} : { headers: { 'if-modified-since': knownFrom } }),
        }),
      );
      if (status === 304) return undefined;
      return { describe: toDescribe(body), lastModified: headers['last-modified'] };
    },
  });

  return {
    request,
    exchange: (what) => withToken((token) => send(token, what)),
    open: (what) => withToken((token) => open(token, what)),
    query: (soql) => allPages('query', soql),
    queryAll: (soql) => allPages('queryAll', soql),
    soap: (content) => withToken((token) => callSoap(token, content)),
    async create(object, fields) {
      const answer = (await request({ method: 'POST', path: `/sobjects/${object}`, body: fields })) as { id: string };
      return answer.id;
    },
    describe: (object) => describes.get(object),
    describes,
    async orgId() {
      return (await tokens.current()).orgId;
    },
  };
}

async function callAgain<Answer>(
  token: AccessToken,
  call: (token: AccessToken) => Promise<Answer>,
  first: BridgeError,
): Promise<Answer> {
  try {
    return await call(token);
  } catch (error) {
    if (!isExpired(error)) throw error;
    throw new BridgeError('SKB_AUTH_REJECTED', `Salesforce refused a fresh token too: ${first.message}`, {
      cause: error,
    });
  }
}

function isExpired(error: unknown): error is BridgeError {
  return error instanceof BridgeError && error.code === 'SKB_AUTH_EXPIRED';
}

function isJson(body: unknown): boolean {
  return body !== undefined && typeof body !== 'string';
}

/** The first error of an answer's body, in the form that jsforce throws. */
async function errorIn(response: Response): Promise<Error> {
  const text = await response.text().catch(() => '');
  try {
    const [first] = JSON.parse(text) as { errorCode?: unknown; message?: unknown }[];
    return Object.assign(new Error(String(first?.message)), { errorCode: String(first?.errorCode) });
  } catch {
    return Object.assign(new Error(text.slice(0, 300)), { errorCode: `ERROR_HTTP_${response.status}` });
  }
}
