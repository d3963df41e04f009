import { setTimeout as delay } from 'node:timers/promises';
import { BridgeError } from '../errors/bridge-error.ts';
import { type CsvRow, rowsOf } from './bulk2.ts';
import type { OrgClient } from './rest-client.ts';

interface BulkQueryOptions {
  /** Deleted and archived rows too. @default false */
  readonly includeDeleted?: boolean;
  /** Rows of one page. @default Salesforce's own */
  readonly pageRows?: number;
  /** Ends the job and the reading. */
  readonly signal?: AbortSignal;
  /** @default real time */
  readonly wait?: (milliseconds: number) => Promise<unknown>;
}

/**
 * All rows of a query through a Bulk API 2.0 job, page after page as they come in, with every value as text; an empty text is
 * null. For amounts of rows that ordinary queries would need too many calls for.
 * https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/queries.htm
 *
 * @throws BridgeError when the query is refused, or the job ends otherwise than complete.
 */
export async function* bulkQuery(
  rest: Pick<OrgClient, 'request' | 'open'>,
  soql: string,
  { includeDeleted = false, pageRows, signal, wait = delay }: BulkQueryOptions = {},
): AsyncGenerator<CsvRow> {
  const { id } = (await rest.request({
    method: 'POST',
    path: '/jobs/query',
    body: { operation: includeDeleted ? 'queryAll' : 'query', query: soql, contentType: 'CSV' },
  })) as { readonly id: string };
  const path = `/jobs/query/${id}`;
  let over = false;
  try {
    await complete(rest, path, wait, signal);
    over = true;
    let locator = '';
    do {
      signal?.throwIfAborted();
      const parameters = new URLSearchParams({
        ...(pageRows === undefined ? {} : { maxRecords: String(pageRows) }),
        ...(locator === '' ? {} : { locator }),
      });
      const page = await rest.open({ method: 'GET', path: `${path}/results?${parameters}` });
      yield* rowsOf(page);
      locator = page.headers.get('sforce-locator') ?? 'null';
    } while (locator !== 'null');
  } finally {
    // A job that nobody waits for any more still costs the org work; results of one that is over go by themselves.
    if (!over) await rest.request({ method: 'PATCH', path, body: { state: 'Aborted' } }).catch(() => undefined);
  }
}

async function complete(
  rest: Pick<OrgClient, 'request'>,
  path: string,
  wait: (milliseconds: number) => Promise<unknown>,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let pauseMs = 500; ; pauseMs = Math.min(pauseMs * 1.6, 20_000)) {
    signal?.throwIfAborted();
    const { state, errorMessage } = (await rest.request({ method: 'GET', path })) as {
      readonly state: string;
      readonly errorMessage?: string;
    };
    if (state === 'JobComplete') return;
    if (state === 'Failed' || state === 'Aborted') {
      throw new BridgeError('SKB_SALESFORCE_UNAVAILABLE', `Bulk query ended as ${state}`, {
        context: { path, state, reason: errorMessage?.slice(0, 300) },
      });
    }
    await wait(pauseMs);
  }
}
