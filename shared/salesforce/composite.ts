import { asBridgeError, BridgeError } from '../errors/bridge-error.ts';
import { classifyRequestError, isOutcomeUnknown } from './classify-request-error.ts';
import { type RowResult, toRowResults } from './collections.ts';
import type { RestClient, RestRequest } from './rest-client.ts';

// SObject Collections calls, alone or up to five in one composite request, which counts as one API call:
// https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_composite_post.htm

/** One SObject Collections call: up to 200 rows. */
export interface CollectionsCall {
  readonly operation: 'create' | 'update' | 'upsert' | 'delete';
  /** For create, update and delete the object of rows that do not say theirs in `attributes.type`. */
  readonly object: string;
  /** The key field of an upsert. */
  readonly externalId?: string;
  /** As they are sent; an update's and a delete's rows have their `Id`. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

export type CallAnswer =
  /** One result per row, in the order of the rows. */
  | { readonly kind: 'rows'; readonly results: readonly RowResult[] }
  /** Nothing of it was written. SKB_ROW_REJECTED: one row spoils the call. */
  | { readonly kind: 'refused'; readonly error: BridgeError }
  /** It was sent and nobody knows what became of it; it may still be carried out. */
  | { readonly kind: 'ambiguous'; readonly error: BridgeError };

export const maxCallsPerRequest = 5;

interface SendOptions {
  readonly apiVersion: string;
  /** Assignment and duplicate rules, see `writeHeaders`. @default none */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Sends up to five calls in one request and answers each of them. Never throws for what Salesforce or the network did.
 * Independent calls only: each is carried out or refused by itself, in order.
 */
export async function sendCalls(
  rest: Pick<RestClient, 'request'>,
  calls: readonly CollectionsCall[],
  { apiVersion, headers = {} }: SendOptions,
): Promise<readonly CallAnswer[]> {
  const [only] = calls;
  if (only === undefined) return [];
  if (calls.length > maxCallsPerRequest) {
    throw new BridgeError('SKB_BUG', `${calls.length} calls do not fit into one composite request`);
  }
  try {
    if (calls.length === 1) {
      const body = await rest.request({ ...toRequest(only), ...(hasAny(headers) ? { headers } : {}) });
      return [{ kind: 'rows', results: toRowResults(body, only.rows.length) }];
    }
    const root = `/services/data/v${apiVersion}`;
    const answer = await rest.request({
      method: 'POST',
      path: '/composite',
      body: {
        allOrNone: false,
        // The default lets the platform reorder and join sub-requests.
        collateSubrequests: false,
        compositeRequest: calls.map((call, index) => {
          const { method, path, body } = toRequest(call);
          return {
            method,
            url: root + path,
            referenceId: `call${index}`,
            ...(body === undefined ? {} : { body }),
            // Sub-requests do not get the headers of the request around them.
            ...(hasAny(headers) ? { httpHeaders: headers } : {}),
          };
        }),
      },
    });
    return calls.map((call, index) => toCallAnswer(call, subanswer(answer, index)));
  } catch (thrown) {
    const answer = failedAnswer(asBridgeError(thrown));
    return calls.map(() => answer);
  }
}

/** What a call came to that threw: refused, or nobody knows. @throws an error that is our own. */
export function failedAnswer(error: BridgeError): CallAnswer {
  if (error.code === 'SKB_BUG') throw error;
  return isOutcomeUnknown(error) ? { kind: 'ambiguous', error } : { kind: 'refused', error };
}

function toRequest({ operation, object, externalId, rows }: CollectionsCall): RestRequest {
  if (operation === 'delete') {
    const ids = rows.map((row) => encodeURIComponent(String(row['Id'] ?? row['id'] ?? '')));
    return { method: 'DELETE', path: `/composite/sobjects?ids=${ids.join(',')}&allOrNone=false` };
  }
  const attributes = { type: object };
  const records = rows.map((row) => ({ attributes, ...row }));
  const body = { allOrNone: false, records };
  if (operation === 'create') return { method: 'POST', path: '/composite/sobjects', body };
  if (operation === 'update') return { method: 'PATCH', path: '/composite/sobjects', body };
  return { method: 'PATCH', path: `/composite/sobjects/${object}/${externalId ?? 'Id'}`, body };
}

interface Subanswer {
  readonly httpStatusCode?: unknown;
  readonly body?: unknown;
}

function subanswer(answer: unknown, index: number): Subanswer | undefined {
  const answers = (answer as { compositeResponse?: unknown } | null)?.compositeResponse;
  if (!Array.isArray(answers)) return undefined;
  const found = answers.find((each: { referenceId?: unknown } | null) => each?.referenceId === `call${index}`);
  return found as Subanswer | undefined;
}

function toCallAnswer({ rows }: CollectionsCall, answer: Subanswer | undefined): CallAnswer {
  try {
    const status = Number(answer?.httpStatusCode ?? 200);
    if (status < 300 || Number.isNaN(status)) return { kind: 'rows', results: toRowResults(answer?.body, rows.length) };
    const [first] = (Array.isArray(answer?.body) ? answer.body : []) as (Readonly<Record<string, unknown>> | null)[];
    const error = Object.assign(new Error(String(first?.['message'] ?? '')), {
      errorCode: String(first?.['errorCode'] ?? `ERROR_HTTP_${status}`),
    });
    return failedAnswer(classifyRequestError(error, status));
  } catch (thrown) {
    return failedAnswer(asBridgeError(thrown));
  }
}

function hasAny(headers: Readonly<Record<string, string>>): boolean {
  return Object.keys(headers).length > 0;
}
