import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { classifyRequestError } from '../../../shared/salesforce/classify-request-error.ts';
import { createHttpTransport, type HttpTimes } from '../../../shared/salesforce/http-transport.ts';

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** A server that answers each request in the same way, and what sends requests to it. */
async function serve(answer: Answer, times: Partial<HttpTimes> = {}) {
  const received: {
    readonly method: string | undefined;
    readonly length: string | undefined;
    readonly body: string;
  }[] = [];
  const connections = { opened: 0, closed: 0 };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    received.push({ method: request.method, length: request.headers['content-length'], body });
    answer(response, request);
  });
  server.keepAliveTimeout = 60_000;
  server.on('connection', (socket) => {
    connections.opened += 1;
    socket.on('close', () => {
      connections.closed += 1;
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/services?q=a`;
  const transport = createHttpTransport({ timeoutMs: 60_000, ...times });
  const send = async (body?: string) =>
    await transport.httpRequest({
      method: body === undefined ? 'GET' : 'PATCH',
      url,
      ...(body === undefined ? {} : { body }),
    });
  return { send, received, connections };
}

/** What the bridge makes of a request that ended without an answer. */
async function failureOf(sent: Promise<unknown>) {
  const error: unknown = await sent.then(
    () => new Error('it was answered'),
    (thrown: unknown) => thrown,
  );
  const { message, context } = classifyRequestError(error, undefined);
  return { message, sent: context['sent'] };
}

describe('a request to Salesforce', () => {
  it('goes out whole and with its length, and its answer is read to the end, packed or not', async () => {
    const text = JSON.stringify({ name: 'größer'.repeat(20_000) });
    const { send, received } = await serve((response, { method, headers }) => {
      response.setHeader('sforce-limit-info', 'api-usage=1/2').setHeader('set-cookie', ['a=1', 'b=2']);
      if (method === 'GET') return void response.end(text);
      const packed = headers['accept-encoding'] === 'gzip';
      response.setHeader('content-encoding', packed ? 'gzip' : 'identity').end(packed ? gzipSync(text) : 'unpacked');
    });
    const headers = { 'sforce-limit-info': 'api-usage=1/2', 'set-cookie': 'a=1,b=2' };
    expect(await send()).toMatchObject({ statusCode: 200, headers, body: text });
    expect(await send('{"ü":1}')).toMatchObject({ statusCode: 200, headers, body: text });
    expect(received).toEqual([
      { method: 'GET', length: undefined, body: '' },
      { method: 'PATCH', length: '8', body: '{"ü":1}' },
    ]);
  });

  it('has no body where there is nothing to say', async () => {
    const { send } = await serve((response) => response.writeHead(204, { 'content-encoding': 'gzip' }).end());
    expect(await send('{}')).toMatchObject({ statusCode: 204, body: '' });
  });

  it('is not led to the pages that Salesforce has for people', async () => {
    const { send, received } = await serve((response) => response.writeHead(302, { location: '/login' }).end());
    expect(await send()).toMatchObject({ statusCode: 302 });
    expect(received).toHaveLength(1);
  });

  it('takes the connection of the one before, unless that was idle too long', async () => {
    const { send, connections } = await serve((response) => response.end('{}'), { idleMs: 500 });
    await send();
    await send('{}');
    expect(connections).toEqual({ opened: 1, closed: 0 });
    await vi.waitFor(() => expect(connections.closed).toBe(1), 30_000);
    await send();
    expect(connections.opened).toBe(2);
  });

  it('is waited for much longer than a connection may be idle', async () => {
    const { send, connections } = await serve((response) => setTimeout(() => response.end('{}'), 500), { idleMs: 100 });
    expect(await send('{}')).toMatchObject({ statusCode: 200, body: '{}' });
    expect(connections.opened).toBe(1);
  });

  it('may have been carried out when the connection breaks before the answer or in the middle of it', async () => {
    const before = await serve((response) => response.destroy());
    expect(await failureOf(before.send('{}'))).toMatchObject({ sent: 'perhaps' });
    const within = await serve((response) => {
      response.writeHead(200, { 'content-length': 100 }).write('half');
      setImmediate(() => response.destroy());
    });
    expect(await failureOf(within.send('{}'))).toMatchObject({ sent: 'perhaps' });
  });

  it('may have been carried out when its answer is not through in time, begun or not', async () => {
    const message = 'No answer from Salesforce: not through within 300 ms';
    const silent = await serve(() => undefined, { timeoutMs: 300 });
    expect(await failureOf(silent.send('{}'))).toEqual({ message, sent: 'perhaps' });
    const halting = await serve((response) => response.writeHead(200).write('half'), { timeoutMs: 300 });
    expect(await failureOf(halting.send('{}'))).toEqual({ message, sent: 'perhaps' });
  });

  it('was not carried out when there was no connection for it', async () => {
    const transport = createHttpTransport({ timeoutMs: 60_000, connectMs: 100 });
    const silent = createTcpServer((socket) => socket.resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const send = (scheme: string) =>
      failureOf((async () => await transport.httpRequest({ method: 'GET', url: `${scheme}://127.0.0.1:${port}/` }))());
    // Its handshake is never answered.
    expect(await send('https')).toEqual({
      message: 'No answer from Salesforce: no connection within 100 ms',
      sent: 'no',
    });
    await new Promise((resolve) => silent.close(resolve));
    expect(await send('http')).toMatchObject({ sent: 'no' });
  });
});
