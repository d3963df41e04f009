import type { BridgeError } from '../errors/bridge-error.ts';
import type { RowFields } from '../transform/step.ts';

export interface NormaliseSettings {
  /** What a null in a record does: clears the field, or leaves it alone. */
  readonly nulls: 'clear' | 'keep';
  /** What an unknown field does: rejects its record, is dropped and counted, or fails the batch. */
  readonly unknownFields: 'reject' | 'drop' | 'fail';
  /** Fields that are left out, by name or compound's name, whatever they hold. */
  readonly ignoredFields: readonly string[];
  /** References (lookup fields or relationships) that are left out. */
  readonly ignoredReferences: readonly string[];
}

/** One row in the form Salesforce takes: canonical names, values of the field's type, parents nested by external ID. */
export type NormalisedRow =
  | {
      readonly kind: 'row';
      readonly fields: RowFields;
      /** Unknown fields that were left out. */
      readonly dropped: readonly string[];
    }
  /** This record can never be written as it is; `error.context.fields` names the places. */
  | { readonly kind: 'rejected'; readonly error: BridgeError }
  /** Some fields are unknown and settings say `fail`, or may be known after a fresh describe. */
  | { readonly kind: 'unknown'; readonly fields: readonly string[] };

/** Pure: the same row, describe and operation give the same answer. */
export type NormaliseRow = (
  fields: Readonly<Record<string, unknown>>,
  operation: 'create' | 'update' | 'upsert' | 'delete' | 'publish',
) => NormalisedRow;
