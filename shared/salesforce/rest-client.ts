import { Connection } from 'jsforce/lib/core.js';
import { HttpApi } from 'jsforce/lib/http-api.js';
import { BridgeError } from '../errors/bridge-error.ts';
import type { AccessToken, TokenProvider } from './auth/token-provider.ts';
import { classifyRequestError } from './classify-request-error.ts';
import type { ObjectDescribe } from './describe.ts';

export interface RestRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the version root, such as `/composite/sobjects`, or from the host's root when it starts with `/services/`. */
  readonly path: string;
  readonly body?: unknown;
}

export type QueriedRow = Readonly<Record<string, unknown>>;

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

interface RestClientParts {
  readonly tokens: TokenProvider;
  readonly apiVersion: string;
  /** Shows up in the `changeOrigin` of the change events that our own writes cause. */
  readonly clientName: string;
  /** Salesforce ends a request after 10 minutes itself. @default 120000 */
  readonly timeoutMs?: number;
}

export function createRestClient({ tokens, apiVersion, clientName, timeoutMs = 120_000 }: RestClientParts): RestClient {
  const versionRoot = `/services/data/v${apiVersion}`;
  const describes = new Map<string, Promise<ObjectDescribe>>();

  async function send(token: AccessToken, request: RestRequest): Promise<unknown> {
    const connection = new Connection({
      instanceUrl: token.instanceUrl,
      accessToken: token.value,
      version: apiVersion,
      callOptions: { client: clientName },
    });
    // jsforce repeats GET and DELETE by itself without jitter and, given a refresh function, repeats refused logins for
    // ever (jsforce issues 39 and 1411). Both decisions are ours, so it gets neither.
    const api = new HttpApi(connection, { timeout: timeoutMs, retry: { methods: [] } });
    let status: number | undefined;
    api.on('response', (response: { statusCode: number }) => {
      status = response.statusCode;
    });
    try {
      return await api.request({
        method: request.method,
        url: token.instanceUrl + (request.path.startsWith('/services/') ? request.path : versionRoot + request.path),
        ...(request.body === undefined
          ? {}
          : { body: JSON.stringify(request.body), headers: { 'content-type': 'application/json' } }),
      });
    } catch (error) {
      throw classifyRequestError(error, status);
    }
  }

  async function request(what: RestRequest): Promise<unknown> {
    const token = await tokens.current();
    try {
      return await send(token, what);
    } catch (error) {
      if (!(error instanceof BridgeError && error.code === 'SKB_AUTH_EXPIRED')) throw error;
      return sendAgain(await tokens.renew(token), what, error);
    }
  }

  async function sendAgain(token: AccessToken, what: RestRequest, first: BridgeError): Promise<unknown> {
    try {
      return await send(token, what);
    } catch (error) {
      if (!(error instanceof BridgeError && error.code === 'SKB_AUTH_EXPIRED')) throw error;
      throw new BridgeError('SKB_AUTH_REJECTED', `Salesforce refused a fresh token too: ${first.message}`, {
        cause: error,
      });
    }
  }

  return {
    request,
    async query(soql) {
      const rows: QueriedRow[] = [];
      let page = (await request({ method: 'GET', path: `/query?q=${encodeURIComponent(soql)}` })) as QueryPage;
      rows.push(...page.records);
      while (!page.done) {
        page = (await request({ method: 'GET', path: page.nextRecordsUrl })) as QueryPage;
        rows.push(...page.records);
      }
      return rows;
    },
    async create(object, fields) {
      const answer = (await request({ method: 'POST', path: `/sobjects/${object}`, body: fields })) as { id: string };
      return answer.id;
    },
    describe(object) {
      const cached = describes.get(object);
      if (cached !== undefined) return cached;
      const asked = request({ method: 'GET', path: `/sobjects/${object}/describe` }) as Promise<ObjectDescribe>;
      describes.set(object, asked);
      // A failed look-up must not be remembered.
      asked.catch(() => describes.delete(object));
      return asked;
    },
    async orgId() {
      return (await tokens.current()).orgId;
    },
  };
}

interface QueryPage {
  readonly done: boolean;
  readonly nextRecordsUrl: string;
  readonly records: readonly QueriedRow[];
}
