import type { RowOperation } from '../../shared/bridge/row-operation.ts';
import type { BridgeError } from '../../shared/errors/bridge-error.ts';
import type { RowError, RowResult } from '../../shared/salesforce/collections.ts';
import { type RowDisposition, rowDisposition } from '../../shared/salesforce/row-status-codes.ts';

/** What one try of a write came to. */
export type WriteOutcome =
  | { readonly kind: 'written'; readonly id: string | undefined; readonly created: boolean }
  /** Salesforce looked at the row and did not take it. */
  | { readonly kind: 'refused'; readonly disposition: Exclude<RowDisposition, 'done'>; readonly error: RowError }
  /** The call as a whole came to nothing, which says nothing of the row. */
  | { readonly kind: 'notSent'; readonly error: BridgeError }
  /** Refused together with its call; its object changed since the row was prepared by it. */
  | { readonly kind: 'outdated' }
  /** The call was sent and not answered: the row may be written, or be written later. */
  | { readonly kind: 'inDoubt'; readonly error: BridgeError };

export function toOutcome(result: RowResult | undefined, operation: RowOperation): WriteOutcome {
  if (result?.success === true) return { kind: 'written', id: result.id, created: result.created };
  // The first error stands for the row; where there are several, the others name further fields.
  const error = result?.errors[0] ?? unexplained;
  const disposition = rowDisposition(error.statusCode, error.message, operation === 'delete');
  if (disposition === 'done') return { kind: 'written', id: undefined, created: false };
  return { kind: 'refused', disposition, error };
}

const unexplained: RowError = {
  statusCode: 'UNEXPLAINED',
  message: 'Salesforce refused the row without saying why',
  fields: [],
};
