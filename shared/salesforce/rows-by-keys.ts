import { BridgeError } from '../errors/bridge-error.ts';
import type { LookupKey, SalesforceQuery } from '../transform/lookups.ts';
import type { QueriedRow } from './answer-shapes.ts';
import type { RestClient } from './rest-client.ts';
import { soqlLiteral } from './soql.ts';

/** Salesforce refuses a URI of more than 16,384 bytes with 414; the query stands in it percent-encoded. */
const longestQuery = 15_000;
/** https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_composite.htm */
const queriesPerComposite = 5;

interface QueryPage {
  readonly done: boolean;
  readonly nextRecordsUrl?: string;
  readonly records: readonly QueriedRow[];
}

interface CompositeAnswer {
  readonly compositeResponse: readonly { readonly httpStatusCode: number; readonly body: unknown }[];
}

/** Rows whose field is one of the keys, in as few API calls as the length of a query allows: five queries a call. */
export async function rowsByKeys(
  rest: Pick<RestClient, 'query' | 'request'>,
  apiVersion: string,
  { object, by, fields, keys }: SalesforceQuery,
): Promise<readonly QueriedRow[]> {
  const queries = cutQueries(`SELECT ${fields.join(',')} FROM ${object} WHERE ${by} IN (`, keys);
  const rows: QueriedRow[] = [];
  for (let start = 0; start < queries.length; start += queriesPerComposite) {
    const [only, ...more] = queries.slice(start, start + queriesPerComposite);
    if (only === undefined) break;
    if (more.length === 0) rows.push(...(await rest.query(only)));
    else rows.push(...(await together(rest, apiVersion, [only, ...more], object)));
  }
  return rows;
}

async function together(
  rest: Pick<RestClient, 'query' | 'request'>,
  apiVersion: string,
  queries: readonly string[],
  object: string,
): Promise<readonly QueriedRow[]> {
  const root = `/services/data/v${apiVersion}/query?q=`;
  const answer = (await rest.request({
    method: 'POST',
    path: '/composite',
    body: {
      allOrNone: false,
      compositeRequest: queries.map((query, index) => ({
        method: 'GET',
        url: root + encodeURIComponent(query),
        referenceId: `query${index}`,
      })),
    },
  })) as CompositeAnswer;
  const rows: QueriedRow[] = [];
  for (const { httpStatusCode, body } of answer.compositeResponse) {
    if (httpStatusCode !== 200) throw refused(object, body);
    let page = body as QueryPage;
    rows.push(...page.records);
    while (!page.done && page.nextRecordsUrl !== undefined) {
      page = (await rest.request({ method: 'GET', path: page.nextRecordsUrl })) as QueryPage;
      rows.push(...page.records);
    }
  }
  return rows;
}

function refused(object: string, body: unknown): BridgeError {
  const [first] = Array.isArray(body) ? (body as { errorCode?: unknown; message?: unknown }[]) : [];
  return new BridgeError(
    'SKB_LOOKUP_FAILED',
    `Salesforce refused a look-up of ${object}: ${String(first?.errorCode)}`,
    {
      context: { object },
    },
  );
}

function cutQueries(head: string, keys: readonly LookupKey[]): string[] {
  const queries: string[] = [];
  const headLength = encodeURIComponent(head).length + 1;
  let literals: string[] = [];
  let length = headLength;
  for (const key of keys) {
    const literal = keyLiteral(key);
    const added = encodeURIComponent(literal).length + encodeURIComponent(',').length;
    if (literals.length > 0 && length + added > longestQuery) {
      queries.push(`${head}${literals.join(',')})`);
      literals = [];
      length = headLength;
    }
    literals.push(literal);
    length += added;
  }
  if (literals.length > 0) queries.push(`${head}${literals.join(',')})`);
  return queries;
}

function keyLiteral(key: LookupKey): string {
  if (typeof key === 'string') return soqlLiteral(key);
  if (Number.isFinite(key)) return String(key);
  throw new BridgeError('SKB_TRANSFORM_FAILED', 'A look-up key is not a finite number');
}
