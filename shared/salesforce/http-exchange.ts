import http from 'node:http';
import https from 'node:https';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  /** From the request to the last byte of its answer. */
  readonly timeoutMs: number;
  /** Breaks the request off; then the signal's reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly statusCode: number;
  /** By name in lower case; what came several times is joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly setCookies: readonly string[];
  readonly body: string;
}

/**
 * Sends a request over a connection that is kept alive. A redirect is not followed: a login page is no answer, and the
 * authorization must not travel to wherever it points.
 *
 * @throws the error of Node's `http`, or one that says what was not done in time; with code {@link connectTimeout} when no
 *   byte of the request has gone out.
 */
export type HttpExchange = (request: HttpRequest) => Promise<HttpAnswer>;

export interface HttpConnections {
  /** Until a new connection takes a request. @default 10000 */
  readonly connectMs?: number;
  /** A connection that was idle so long is closed; servers and gateways drop idle ones without a word. @default 4000 */
  readonly idleMs?: number;
}

/** Ends a request of which no byte has gone out. */
export const connectTimeout = 'CONNECT_TIMEOUT';

/**
 * Node's own fetch would do, but reads an answer through web streams, and unpacks it in many small parts, which takes
 * processor time that a small function does not have.
 */
export function createHttpExchange({ connectMs = 10_000, idleMs = 4_000 }: HttpConnections = {}): HttpExchange {
  const kept = { keepAlive: true, timeout: idleMs };
  const plain = new http.Agent(kept);
  const secure = new https.Agent(kept);

  function open(url: URL, options: http.RequestOptions): http.ClientRequest {
    if (url.protocol !== 'https:') return http.request(url, { ...options, agent: plain });
    return https.request(url, { ...options, agent: secure });
  }

  return async ({ method, url, headers, body, timeoutMs, signal }) => {
    signal?.throwIfAborted();
    const target = new URL(url);
    const request = open(target, { method, headers: { ...headers, 'accept-encoding': 'gzip' } });
    let answer: http.IncomingMessage | undefined;
    const breakOff = (reason: Error) => (answer ?? request).destroy(reason);
    const late = setTimeout(() => breakOff(new Error(`not through within ${timeoutMs} ms`)), timeoutMs);
    const abort = () => breakOff(new Error('aborted'));
    signal?.addEventListener('abort', abort, { once: true });
    limitConnecting(request, target.protocol === 'https:' ? 'secureConnect' : 'connect', connectMs);
    try {
      const answered = answerOf(request);
      // In one piece, so that Node knows the length and sends it.
      request.end(body);
      answer = await answered;
      return await readAnswer(answer);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      clearTimeout(late);
      signal?.removeEventListener('abort', abort);
    }
  };
}

function answerOf(request: http.ClientRequest): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve);
    // Stays, since the connection may break later, too; the answer's reader hears of that by itself.
    request.on('error', reject);
  });
}

function limitConnecting(request: http.ClientRequest, connected: 'connect' | 'secureConnect', connectMs: number): void {
  request.once('socket', (socket) => {
    if (!socket.connecting) return;
    const error = Object.assign(new Error(`no connection within ${connectMs} ms`), { code: connectTimeout });
    const late = setTimeout(() => request.destroy(error), connectMs);
    socket.once(connected, () => clearTimeout(late));
    request.once('close', () => clearTimeout(late));
  });
}

async function readAnswer(answer: http.IncomingMessage): Promise<HttpAnswer> {
  const bytes = await buffer(answer);
  const isPacked = answer.headers['content-encoding'] === 'gzip' && bytes.length > 0;
  const headers = Object.entries(answer.headers).map(([name, value]) => [name, String(value)] as const);
  return {
    statusCode: answer.statusCode ?? 0,
    headers: Object.fromEntries(headers),
    setCookies: answer.headers['set-cookie'] ?? [],
    body: (isPacked ? gunzipSync(bytes) : bytes).toString('utf8'),
  };
}
