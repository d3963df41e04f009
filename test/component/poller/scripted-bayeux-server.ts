import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the server saw it. */
export interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly messages: readonly Record<string, unknown>[];
  readonly text: string;
}

/** What the server answers to one request: messages (text as it is, objects as JSON), or any HTTP answer. */
export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | readonly object[];
  /** Breaks the connection without an answer. */
  readonly hangUp?: boolean;
  /** Keeps the request open until the client gives up. */
  readonly hold?: boolean;
}

export type Script = (request: SeenRequest) => ScriptedAnswer;

/** A Bayeux endpoint on loopback that says what a test tells it to, for answers that a well-behaved org rarely gives. */
export async function startScriptedServer(script: Script) {
  const requests: SeenRequest[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const seen = { path: request.url ?? '', headers: request.headers, messages: JSON.parse(text), text };
    requests.push(seen);
    for (const wake of waiting.splice(0)) wake();
    const { status = 200, headers = {}, body = [], hangUp = false, hold = false } = script(seen);
    if (hold) return;
    if (hangUp) {
      request.socket.destroy();
      return;
    }
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    /** Resolves when the server has seen this many requests. */
    async seen(count: number) {
      while (requests.length < count) await new Promise<void>((wake) => waiting.push(wake));
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What a healthy server answers. */
export function answerOf({ messages: [message = {}] }: SeenRequest): ScriptedAnswer {
  const { channel, id, subscription } = message;
  const good = { channel, id, clientId: '41kdiuvgig2tfxdh9weakuiwyh', successful: true };
  if (channel === '/meta/handshake') {
    const ext = { replay: true, 'payload.format': true };
    return { body: [{ ...good, ext, version: '1.0', supportedConnectionTypes: ['long-polling'] }] };
  }
  if (channel === '/meta/connect') {
    return { body: [{ ...good, advice: { interval: 0, timeout: 110_000, reconnect: 'retry' } }] };
  }
  return { body: [channel === '/meta/subscribe' ? { ...good, subscription } : good] };
}
