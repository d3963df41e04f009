import { measureOrg } from './measure-org.ts';
import type { OrgProcess } from './org-process.ts';

const collectionRows = 40_000;
const rowsPerCall = 200;
const bulkRows = 100_000;
const queriedRows = 100_000;

interface Client {
  rest(method: string, path: string, body?: unknown, type?: string): Promise<Response>;
  json<T>(method: string, path: string, body?: unknown): Promise<T>;
}

/** Rows a second that one org process, and so one core, takes in and gives out. */
export async function benchOrg(print: (line: string) => void): Promise<void> {
  await measureOrg({ bulkDelayMs: 0 }, 'rows', print, async (org, measure) => {
    const client = clientOf(org);
    await measure('collections upsert, new rows', collectionRows, () => upsertCollections(client, 'new'));
    await measure('collections upsert, known rows', collectionRows, () => upsertCollections(client, 'known'));
    await measure('Bulk 2.0 upsert, new rows', bulkRows, () => bulkUpsert(client, 'new'));
    await measure('Bulk 2.0 upsert, known rows', bulkRows, () => bulkUpsert(client, 'known'));
    await measure('query, pages of 2,000', queriedRows, () => queryPages(client));
    await measure('query by external ID, one row each', 2000, () => queryByKey(client));
    await measure('Bulk 2.0 query', queriedRows, () => bulkQuery(client));
  });
}

function clientOf({ instanceUrl, token }: OrgProcess): Client {
  const rest: Client['rest'] = async (method, path, body, type = 'application/json') => {
    const url = path.startsWith('/') ? path : `/services/data/v66.0/${path}`;
    const response = await fetch(`${instanceUrl}${url}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': type },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  return { rest, json: async <T>(...call: Parameters<Client['json']>) => (await (await rest(...call)).json()) as T };
}

/** Four calls at a time, as a sink that keeps the org busy would make them. */
async function upsertCollections(client: Client, round: string): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < collectionRows) {
      const from = next;
      next += rowsPerCall;
      const records = Array.from({ length: rowsPerCall }, (_unused, index) => ({
        attributes: { type: 'Account' },
        External_Id__c: `C-${from + index}`,
        Name: `Account ${from + index} ${round}`,
        Phone: '+49 30 1234567',
        BillingCity: 'Berlin',
        AnnualRevenue: from + index,
      }));
      await client.json('PATCH', 'composite/sobjects/Account/External_Id__c', { allOrNone: false, records });
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
}

async function bulkUpsert(client: Client, round: string): Promise<void> {
  const lines = Array.from(
    { length: bulkRows },
    (_unused, index) => `B-${index},Product ${index} ${round},P${index},true,A description of some length\n`,
  );
  const job = { object: 'Product2', operation: 'upsert', externalIdFieldName: 'External_Id__c' };
  const { id } = await client.json<{ id: string }>('POST', 'jobs/ingest', job);
  const csv = `External_Id__c,Name,ProductCode,IsActive,Description\n${lines.join('')}`;
  await client.rest('PUT', `jobs/ingest/${id}/batches`, csv, 'text/csv');
  await client.json('PATCH', `jobs/ingest/${id}`, { state: 'UploadComplete' });
  const info = await completed(client, `jobs/ingest/${id}`);
  if (info.numberRecordsFailed !== 0) throw new Error(`${info.numberRecordsFailed} rows failed`);
}

async function completed(client: Client, path: string): Promise<{ state: string; numberRecordsFailed?: number }> {
  for (;;) {
    const info = await client.json<{ state: string; numberRecordsFailed?: number }>('GET', path);
    if (info.state === 'JobComplete') return info;
    if (info.state === 'Failed') throw new Error(JSON.stringify(info));
    await new Promise((due) => setTimeout(due, 20));
  }
}

async function queryPages(client: Client): Promise<void> {
  const q = 'SELECT Id, Name, ProductCode, External_Id__c, LastModifiedDate FROM Product2 LIMIT 100000';
  let path: string | undefined = `query?q=${encodeURIComponent(q)}`;
  let rows = 0;
  while (path !== undefined) {
    const page: { records: unknown[]; nextRecordsUrl?: string } = await client.json('GET', path);
    rows += page.records.length;
    path = page.nextRecordsUrl;
  }
  if (rows !== queriedRows) throw new Error(`${rows} rows came`);
}

async function queryByKey(client: Client): Promise<void> {
  for (let index = 0; index < 2000; index += 1) {
    const q = `SELECT Id, Name FROM Product2 WHERE External_Id__c = 'B-${index * 7}'`;
    const { totalSize } = await client.json<{ totalSize: number }>('GET', `query?q=${encodeURIComponent(q)}`);
    if (totalSize !== 1) throw new Error(`${q}: ${totalSize} rows`);
  }
}

async function bulkQuery(client: Client): Promise<void> {
  const query = 'SELECT Id, Name, ProductCode, External_Id__c, LastModifiedDate FROM Product2 LIMIT 100000';
  const { id } = await client.json<{ id: string }>('POST', 'jobs/query', { operation: 'query', query });
  await completed(client, `jobs/query/${id}`);
  let locator: string | null = null;
  do {
    const page: Response = await client.rest(
      'GET',
      `jobs/query/${id}/results${locator === null ? '' : `?locator=${locator}`}`,
    );
    await page.text();
    locator = page.headers.get('sforce-locator');
  } while (locator !== null && locator !== 'null');
}
