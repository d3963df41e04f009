/** What a status code of one row means for that row. */
export type RowDisposition = 'retry' | 'reject';

interface RowStatusRow {
  readonly disposition: RowDisposition;
  /** Message texts for which the opposite holds. */
  readonly unless?: RegExp;
}

/**
 * Status codes of single rows in SObject Collections results. A code that is not listed is retried: what we do not
 * understand we do not throw away.
 * https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_concepts_core_data_objects.htm
 */
const rowStatusCodes: Readonly<Record<string, RowStatusRow>> = {
  REQUIRED_FIELD_MISSING: { disposition: 'reject' },
  STRING_TOO_LONG: { disposition: 'reject' },
  INVALID_FIELD: { disposition: 'reject' },
  INVALID_FIELD_FOR_INSERT_UPDATE: { disposition: 'reject' },
  INVALID_TYPE_ON_FIELD_IN_RECORD: { disposition: 'reject' },
  INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST: { disposition: 'reject' },
  NUMBER_OUTSIDE_VALID_RANGE: { disposition: 'reject' },
  INVALID_EMAIL_ADDRESS: { disposition: 'reject' },
  JSON_PARSER_ERROR: { disposition: 'reject' },
  MALFORMED_ID: { disposition: 'reject' },
  INVALID_CROSS_REFERENCE_KEY: { disposition: 'reject' },
  INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY: { disposition: 'reject' },
  INSUFFICIENT_ACCESS_OR_READONLY: { disposition: 'reject' },
  ENTITY_IS_DELETED: { disposition: 'reject' },
  NOT_FOUND: { disposition: 'reject' },
  DUPLICATE_VALUE: { disposition: 'reject' },
  DUPLICATE_EXTERNAL_ID: { disposition: 'reject' },
  DUPLICATES_DETECTED: { disposition: 'reject' },
  FIELD_CUSTOM_VALIDATION_EXCEPTION: { disposition: 'reject' },
  FIELD_INTEGRITY_EXCEPTION: { disposition: 'reject' },
  FIELD_FILTER_VALIDATION_EXCEPTION: { disposition: 'reject' },
  STANDARD_PRICE_NOT_DEFINED: { disposition: 'reject' },
  DELETE_FAILED: { disposition: 'reject' },
  MISSING_ARGUMENT: { disposition: 'reject' },
  INVALID_TYPE: { disposition: 'reject' },
  // A trigger's own failure repeats; the same code around a lock or a limit does not.
  CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY: { disposition: 'reject', unless: /UNABLE_TO_LOCK_ROW|LIMIT_EXCEEDED|Too many/ },
  UNABLE_TO_LOCK_ROW: { disposition: 'retry' },
  ALL_OR_NONE_OPERATION_ROLLED_BACK: { disposition: 'retry' },
  PROCESSING_HALTED: { disposition: 'retry' },
  SERVER_UNAVAILABLE: { disposition: 'retry' },
  UNKNOWN_EXCEPTION: { disposition: 'retry' },
};

export function rowDisposition(statusCode: string, message: string): RowDisposition {
  const row = rowStatusCodes[statusCode];
  if (row === undefined) return 'retry';
  if (row.unless?.test(message)) return row.disposition === 'reject' ? 'retry' : 'reject';
  return row.disposition;
}
