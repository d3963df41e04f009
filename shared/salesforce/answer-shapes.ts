import { BridgeError } from '../errors/bridge-error.ts';
import type { ObjectDescribe } from './describe.ts';

// What answers must look like before anything is read out of them: a page of maintenance may come with status 200, too, and
// kept as a describe it would stand in the way for a quarter of an hour.

export type QueriedRow = Readonly<Record<string, unknown>>;

export interface QueryPage {
  readonly done: boolean;
  readonly nextRecordsUrl?: string;
  readonly records: readonly QueriedRow[];
}

/** @throws BridgeError SKB_SALESFORCE_UNAVAILABLE when it is no page of a query. */
export function toPage(body: unknown): QueryPage {
  const { done, nextRecordsUrl, records } = (body ?? {}) as Partial<QueryPage>;
  const isWhole = Array.isArray(records) && (done === true || typeof nextRecordsUrl === 'string');
  if (!isWhole) throw answeredSomethingElse('a query');
  return body as QueryPage;
}

/** @throws BridgeError SKB_SALESFORCE_UNAVAILABLE when it is no describe of an object. */
export function toDescribe(body: unknown): ObjectDescribe {
  if (!Array.isArray((body as Partial<ObjectDescribe> | null)?.fields)) throw answeredSomethingElse('a describe');
  return body as ObjectDescribe;
}

/** The call was carried out, and its answer says nothing that is understood. */
export function answeredSomethingElse(what: string): BridgeError {
  return new BridgeError('SKB_SALESFORCE_UNAVAILABLE', `Salesforce answered ${what} with something else`, {
    context: { status: 200 },
  });
}
