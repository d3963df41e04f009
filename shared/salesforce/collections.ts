import { BridgeError } from '../errors/bridge-error.ts';
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
  if (Array.isArray(answer) && answer.length === rows) return answer.map(toResult);
  throw new BridgeError('SKB_SALESFORCE_UNAVAILABLE', `Salesforce answered ${rows} rows with something else`, {
    context: { status: 200 },
  });
}

/** `created` also stands on failed rows, so only `success` decides. */
function toResult(answer: {
  success?: unknown;
  id?: unknown;
  created?: unknown;
  errors?: readonly { statusCode?: unknown; message?: unknown; fields?: readonly string[] }[];
}): RowResult {
  if (answer.success === true) return { success: true, id: String(answer.id), created: answer.created === true };
  return {
    success: false,
    errors: (answer.errors ?? []).map((error) => ({
      statusCode: String(error.statusCode),
      message: String(error.message),
      fields: error.fields ?? [],
    })),
  };
}
