import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHttpExchange } from '../../../shared/salesforce/http-exchange.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Sends to a server that answers each request in the same way. */
async function serve(answer: (response: ServerResponse) => void) {
  const state = { requests: 0, broken: 0 };
  const server = createServer((request, response) => {
    state.requests += 1;
    response.on('close', () => {
      if (!response.writableFinished) state.broken += 1;
    });
    request.resume().on('end', () => answer(response));
  });
  ends.push(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const exchange = createHttpExchange();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cometd`;
  const send = (signal?: AbortSignal) => exchange({ method: 'POST', url, body: '[]', timeoutMs: 60_000, signal });
  return { send, state };
}

describe('an exchange over HTTP', () => {
  it('gives every cookie by itself', async () => {
    const { send } = await serve((response) => response.setHeader('set-cookie', ['a=1; Path=/', 'b=2']).end('{}'));
    expect(await send()).toMatchObject({ setCookies: ['a=1; Path=/', 'b=2'], body: '{}' });
    const { send: sendForNone } = await serve((response) => response.end());
    expect((await sendForNone()).setCookies).toEqual([]);
  });

  it.each([
    ['before anything came', () => undefined],
    ['in the middle of its answer', (response: ServerResponse) => void response.writeHead(200).write('half')],
  ])('is broken off for good %s, with the reason of who did it', async (_when, answer) => {
    const { send, state } = await serve(answer);
    const stop = new AbortController();
    const sent = send(stop.signal);
    sent.catch(() => undefined);
    await vi.waitFor(() => expect(state.requests).toBe(1), 30_000);
    const reason = new Error('the drain began');
    stop.abort(reason);
    await expect(sent).rejects.toBe(reason);
    // The server hears of it, too, and need not hold the connect any longer.
    await vi.waitFor(() => expect(state.broken).toBe(1), 30_000);
  });

  it('is not begun by who is told to stop already', async () => {
    const { send, state } = await serve((response) => response.end());
    const reason = new Error('the drain began');
    await expect(send(AbortSignal.abort(reason))).rejects.toBe(reason);
    await send();
    expect(state.requests).toBe(1);
  });

  it('fails when what came cannot be unpacked', async () => {
    const { send } = await serve((response) => response.setHeader('content-encoding', 'gzip').end('not packed'));
    await expect(send()).rejects.toThrow('incorrect header check');
  });
});
