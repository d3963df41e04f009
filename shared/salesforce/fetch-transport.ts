import { PassThrough } from 'node:stream';
import type { Transport } from 'jsforce/lib/transport.js';
import { StreamPromise } from 'jsforce/lib/util/promise.js';

type HttpRequest = Parameters<Transport['httpRequest']>[0];
type HttpResponse = Awaited<ReturnType<Transport['httpRequest']>>;

/**
 * Sends jsforce's requests with Node's own fetch, which keeps connections alive. jsforce's transport stops its clock when
 * the head of an answer is there and ends the process when the connection breaks after that (an `error` event nobody
 * hears); here the clock runs to the last byte, and every way to fail rejects.
 */
export function createFetchTransport(timeoutMs: number): Pick<Transport, 'httpRequest'> {
  async function send({ method, url, headers, body }: HttpRequest): Promise<HttpResponse> {
    const response = await fetch(url, {
      method,
      headers: headers ?? {},
      // Salesforce redirects to pages for people only.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      ...(typeof body === 'string' ? { body } : {}),
    });
    const text = await response.text();
    return { statusCode: response.status, headers: Object.fromEntries(response.headers), body: text };
  }

  return {
    httpRequest: (request) => StreamPromise.create(() => ({ stream: new PassThrough(), promise: send(request) })),
  };
}
