import type { BridgeError } from '../errors/bridge-error.ts';
import type { RowResult } from './collections.ts';

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
