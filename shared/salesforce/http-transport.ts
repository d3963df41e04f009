import { PassThrough } from 'node:stream';
import type { Transport } from 'jsforce/lib/transport.js';
import { StreamPromise } from 'jsforce/lib/util/promise.js';
import { createHttpExchange, type HttpConnections } from './http-exchange.ts';

export interface HttpTimes extends HttpConnections {
  /** From the request to the last byte of its answer. */
  readonly timeoutMs: number;
}

/**
 * Sends jsforce's requests. jsforce's own transport stops its clock when the head of an answer is there and ends the process
 * when the connection breaks after that (an `error` event nobody hears); here the clock runs to the last byte, and every
 * way to fail rejects.
 */
export function createHttpTransport({ timeoutMs, ...connections }: HttpTimes): Pick<Transport, 'httpRequest'> {
  const exchange = createHttpExchange(connections);
  return {
    httpRequest: ({ method, url, headers, body }) =>
      StreamPromise.create(() => ({
        stream: new PassThrough(),
        promise: exchange({ method, url, headers, body: typeof body === 'string' ? body : undefined, timeoutMs }),
      })),
  };
}
