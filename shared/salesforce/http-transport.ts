import http from 'node:http';
import https from 'node:https';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import type { Transport } from 'jsforce/lib/transport.js';
import { StreamPromise } from 'jsforce/lib/util/promise.js';

type HttpRequest = Parameters<Transport['httpRequest']>[0];
type HttpResponse = Awaited<ReturnType<Transport['httpRequest']>>;

export interface HttpTimes {
  /** From the request to the last byte of its answer. */
  readonly timeoutMs: number;
  /** Until a new connection takes a request. @default 10000 */
  readonly connectMs?: number;
  /** A connection that was idle so long is closed; servers and gateways drop idle ones without a word. @default 4000 */
  readonly idleMs?: number;
}

/** Ends a request of which no byte has gone out. */
export const connectTimeout = 'CONNECT_TIMEOUT';

/**
 * Sends jsforce's requests over connections that are kept alive. jsforce's transport stops its clock when the head of an
 * answer is there and ends the process when the connection breaks after that (an `error` event nobody hears); here the clock
 * runs to the last byte, and every way to fail rejects. Node's own fetch would do, but reads an answer through web streams,
 * which take processor time that a small function does not have.
 */
export function createHttpTransport({
  timeoutMs,
  connectMs = 10_000,
  idleMs = 4_000,
}: HttpTimes): Pick<Transport, 'httpRequest'> {
  const kept = { keepAlive: true, timeout: idleMs };
  const plain = new http.Agent(kept);
  const secure = new https.Agent(kept);

  function open(url: URL, options: http.RequestOptions): http.ClientRequest {
    if (url.protocol !== 'https:') return http.request(url, { ...options, agent: plain });
    return https.request(url, { ...options, agent: secure });
  }

  async function send({ method, url, headers, body }: HttpRequest): Promise<HttpResponse> {
    const target = new URL(url);
    const request = open(target, { method, headers: { ...headers, 'accept-encoding': 'gzip' } });
    let answer: http.IncomingMessage | undefined;
    const late = setTimeout(
      () => (answer ?? request).destroy(new Error(`not through within ${timeoutMs} ms`)),
      timeoutMs,
    );
    limitConnecting(request, target.protocol === 'https:' ? 'secureConnect' : 'connect', connectMs);
    try {
      const answered = answerOf(request);
      // In one piece, so that Node knows the length and sends it.
      request.end(typeof body === 'string' ? body : undefined);
      answer = await answered;
      return await readAnswer(answer);
    } finally {
      clearTimeout(late);
    }
  }

  return {
    httpRequest: (request) => StreamPromise.create(() => ({ stream: new PassThrough(), promise: send(request) })),
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

async function readAnswer(answer: http.IncomingMessage): Promise<HttpResponse> {
  const bytes = await buffer(answer);
  const isPacked = answer.headers['content-encoding'] === 'gzip' && bytes.length > 0;
  const headers = Object.entries(answer.headers).map(([name, value]) => [name, String(value)] as const);
  return {
    statusCode: answer.statusCode ?? 0,
    headers: Object.fromEntries(headers),
    body: (isPacked ? gunzipSync(bytes) : bytes).toString('utf8'),
  };
}
