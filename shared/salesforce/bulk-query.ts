import { setTimeout as delay } from 'node:timers/promises';
import { BridgeError } from '../errors/bridge-error.ts';
import { type CsvRow, rowsOf } from './bulk2.ts';
import type { OrgClient } from './rest-client.ts';

// Query jobs of the Bulk API 2.0, for amounts of rows that ordinary queries would need too many calls for.
// https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/queries.htm

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

export interface QueryJob {
  readonly id: string;
  /** Salesforce's time, ISO 8601. */
  readonly createdDate: string;
}

export interface QueryJobState {
  readonly state: 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Failed' | 'Aborted';
  readonly errorMessage?: string;
}

export interface QueryJobPage {
  /** As they come in, with every value as text; an empty text is null. */
  readonly rows: AsyncGenerator<CsvRow>;
  /** Where the next page begins; undefined after the last one. */
  readonly locator: string | undefined;
}

/** @throws BridgeError when the query is refused. */
export async function createQueryJob(
  rest: Pick<OrgClient, 'request'>,
  soql: string,
  { includeDeleted = false } = {},
): Promise<QueryJob> {
  const operation = includeDeleted ? 'queryAll' : 'query';
  const body = { operation, query: soql, contentType: 'CSV' };
  const { id, createdDate } = (await rest.request({ method: 'POST', path: '/jobs/query', body })) as QueryJob;
  return { id, createdDate: new Date(createdDate).toISOString() };
}

export async function queryJobState(rest: Pick<OrgClient, 'request'>, id: string): Promise<QueryJobState> {
  return (await rest.request({ method: 'GET', path: `/jobs/query/${id}` })) as QueryJobState;
}

/** A page of a complete job's results, which Salesforce keeps for seven days. */
export async function queryJobPage(
  rest: Pick<OrgClient, 'open'>,
  id: string,
  { locator, pageRows }: { readonly locator?: string | undefined; readonly pageRows?: number | undefined },
): Promise<QueryJobPage> {
  const parameters = new URLSearchParams({
    ...(pageRows === undefined ? {} : { maxRecords: String(pageRows) }),
    ...(locator === undefined ? {} : { locator }),
  });
  const page = await rest.open({ method: 'GET', path: `/jobs/query/${id}/results?${parameters}` });
  const next = page.headers.get('sforce-locator') ?? 'null';
  return { rows: rowsOf(page), locator: next === 'null' ? undefined : next };
}

/**
 * All rows of a query, page after page.
 *
 * @throws BridgeError when the query is refused, or the job ends otherwise than complete.
 */
export async function* bulkQuery(
  rest: Pick<OrgClient, 'request' | 'open'>,
  soql: string,
  { includeDeleted = false, pageRows, signal, wait = delay }: BulkQueryOptions = {},
): AsyncGenerator<CsvRow> {
  const { id } = await createQueryJob(rest, soql, { includeDeleted });
  let over = false;
  try {
    await complete(rest, id, wait, signal);
    over = true;
    let locator: string | undefined;
    do {
      signal?.throwIfAborted();
      const page = await queryJobPage(rest, id, { locator, pageRows });
      yield* page.rows;
      locator = page.locator;
    } while (locator !== undefined);
  } finally {
    // A job that nobody waits for any more still costs the org work; results of one that is over go by themselves.
    const path = `/jobs/query/${id}`;
    if (!over) await rest.request({ method: 'PATCH', path, body: { state: 'Aborted' } }).catch(() => undefined);
  }
}

async function complete(
  rest: Pick<OrgClient, 'request'>,
  id: string,
  wait: (milliseconds: number) => Promise<unknown>,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let pauseMs = 500; ; pauseMs = Math.min(pauseMs * 1.6, 20_000)) {
    signal?.throwIfAborted();
    const { state, errorMessage } = await queryJobState(rest, id);
    if (state === 'JobComplete') return;
    if (state === 'Failed' || state === 'Aborted') {
      throw new BridgeError('SKB_SALESFORCE_UNAVAILABLE', `Bulk query ended as ${state}`, {
        context: { jobId: id, state, reason: errorMessage?.slice(0, 300) },
      });
    }
    await wait(pauseMs);
  }
}
