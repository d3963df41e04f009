import type { BridgeError } from '../errors/bridge-error.ts';
import { answeredSomethingElse } from './answer-shapes.ts';
import { isJsonObject } from './exact-json.ts';
import type { RestClient } from './rest-client.ts';

/** Rows per SObject Collections call: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections.htm */
export const maxRowsPerCall = 200;

export interface RowError {
  readonly statusCode: string;
  readonly message: string;
  readonly fields: readonly string[];
}

export type RowResult =
  | { readonly success: true; readonly id: string; readonly created: boolean }
  | { readonly success: false; readonly errors: readonly RowError[] };

/**
 * Upserts up to 200 rows by external ID in one call; answers one result per row, in the order of the rows.
 *
 * @throws BridgeError when the call as a whole failed; SKB_ROW_REJECTED then means that one row spoils it.
 */
export async function upsertRows(
  rest: RestClient,
  object: string,
  externalId: string,
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<readonly RowResult[]> {
  const answer = await rest.request({
    method: 'PATCH',
    path: `/composite/sobjects/${object}/${externalId}`,
    body: { allOrNone: false, records: rows.map((row) => ({ attributes: { type: object }, ...row })) },
  });
  return toRowResults(answer, rows.length);
}

/** @throws BridgeError when the body of an answer is not one result per row. */
export function toRowResults(answer: unknown, rows: number): readonly RowResult[] {
  if (!Array.isArray(answer) || answer.length !== rows) throw answeredSomethingElse(`${rows} rows`);
  return answer.map((each) => toResult(each) ?? raise(answeredSomethingElse(`${rows} rows`)));
}

/** `created` also stands on failed rows, so only `success` decides. Undefined for what is no result. */
function toResult(answer: unknown): RowResult | undefined {
  if (!isJsonObject(answer)) return undefined;
  const { success, id, created, errors = [] } = answer;
  if (success === true) return { success, id: String(id), created: created === true };
  if (success !== false || !Array.isArray(errors) || !errors.every(isJsonObject)) return undefined;
  return { success, errors: errors.map(toError) };
}

function toError({ statusCode, message, fields }: Readonly<Record<string, unknown>>): RowError {
  return {
    statusCode: String(statusCode),
    message: String(message),
    fields: Array.isArray(fields) ? fields.map(String) : [],
  };
}

function raise(error: BridgeError): never {
  throw error;
}
