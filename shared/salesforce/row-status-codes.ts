/**
 * What a status code of one row means for that row:
 * - `reject`: it can never be written as it is.
 * - `lock`: somebody else holds the row or its parent; again with jitter, in smaller calls.
 * - `passing`: a service of Salesforce is in trouble; again with jitter, for as long as it takes.
 * - `collateral`: the row is innocent, another one in its call was not; again at once.
 * - `alone`: it does not go together with another row of its call; again in a call of its own.
 * - `race`: two calls created the same row; the second try updates it. Again once, then it is rejected.
 * - `parent`: a row it refers to is not there, and may come; again until a deadline, then it is rejected.
 * - `puzzle`: not understood, or for an operator to mend; again, but attempts count, and at their end it is rejected.
 * - `done`: the row is already as it should be.
 */
export type RowDisposition =
  | 'reject'
  | 'lock'
  | 'passing'
  | 'collateral'
  | 'alone'
  | 'race'
  | 'parent'
  | 'puzzle'
  | 'done';

interface RowStatusRow {
  readonly disposition: RowDisposition;
  /** Messages for which something else holds; the first that matches decides. */
  readonly except?: readonly (readonly [message: RegExp, disposition: RowDisposition])[];
  /** When the row was to be deleted. */
  readonly onDelete?: RowDisposition;
}

/**
 * Status codes of single rows in results of SObject Collections and bulk jobs:
 * https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_concepts_core_data_objects.htm
 */
export const rowStatusCodes = {
  REQUIRED_FIELD_MISSING: { disposition: 'reject' },
  STRING_TOO_LONG: { disposition: 'reject' },
  // Recorded from real orgs: "Foreign key external ID: 1580 not found for field Codigo__c in entity User"
  INVALID_FIELD: { disposition: 'reject', except: [[/^Foreign key external ID: .* not found for field/i, 'parent']] },
  INVALID_FIELD_FOR_INSERT_UPDATE: { disposition: 'reject' },
  INVALID_TYPE_ON_FIELD_IN_RECORD: { disposition: 'reject' },
  INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST: { disposition: 'reject' },
  NUMBER_OUTSIDE_VALID_RANGE: { disposition: 'reject' },
  INVALID_EMAIL_ADDRESS: { disposition: 'reject' },
  JSON_PARSER_ERROR: { disposition: 'reject' },
  MALFORMED_ID: { disposition: 'reject' },
  INVALID_CROSS_REFERENCE_KEY: { disposition: 'reject', onDelete: 'done' },
  INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY: { disposition: 'reject' },
  INSUFFICIENT_ACCESS_OR_READONLY: { disposition: 'reject' },
  ENTITY_IS_DELETED: { disposition: 'reject', onDelete: 'done' },
  NOT_FOUND: { disposition: 'reject', onDelete: 'done' },
  DUPLICATE_VALUE: {
    disposition: 'race',
    except: [[/^(Duplicate external id specified|Maximum number of duplicate updates)/i, 'alone']],
  },
  DUPLICATE_EXTERNAL_ID: { disposition: 'reject' },
  DUPLICATES_DETECTED: { disposition: 'reject' },
  FIELD_CUSTOM_VALIDATION_EXCEPTION: { disposition: 'reject' },
  FIELD_INTEGRITY_EXCEPTION: { disposition: 'reject' },
  FIELD_FILTER_VALIDATION_EXCEPTION: { disposition: 'reject' },
  // A price of a book needs one in the standard book first, which may be on its way.
  STANDARD_PRICE_NOT_DEFINED: { disposition: 'parent' },
  // A trigger's own failure repeats; one around a lock or a limit does not.
  CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY: {
    disposition: 'reject',
    except: [
      [/UNABLE_TO_LOCK_ROW/, 'lock'],
      [/LIMIT_EXCEEDED|Too many|Apex CPU time limit/i, 'lock'],
    ],
  },
  DELETE_FAILED: { disposition: 'reject' },
  UNDELETE_FAILED: { disposition: 'reject' },
  MISSING_ARGUMENT: { disposition: 'reject' },
  INVALID_TYPE: { disposition: 'reject' },
  MIXED_DML_OPERATION: { disposition: 'alone' },
  API_DISABLED_FOR_ORG: { disposition: 'passing' },
  FUNCTIONALITY_NOT_ENABLED: { disposition: 'reject' },
  INACTIVE_OWNER_OR_USER: { disposition: 'puzzle' },
  ENTITY_IS_LOCKED: { disposition: 'puzzle' },
  STORAGE_LIMIT_EXCEEDED: { disposition: 'passing' },
  UNABLE_TO_LOCK_ROW: { disposition: 'lock' },
  QUERY_TIMEOUT: { disposition: 'lock' },
  REQUEST_RUNNING_TOO_LONG: { disposition: 'lock' },
  ALL_OR_NONE_OPERATION_ROLLED_BACK: { disposition: 'collateral' },
  PROCESSING_HALTED: { disposition: 'collateral' },
  REQUEST_LIMIT_EXCEEDED: { disposition: 'passing' },
  LIMIT_EXCEEDED: { disposition: 'passing' },
  SERVER_UNAVAILABLE: { disposition: 'passing' },
  API_CURRENTLY_DISABLED: { disposition: 'passing' },
  INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE: { disposition: 'passing' },
  PLATFORM_EVENT_PUBLISHING_UNAVAILABLE: { disposition: 'passing' },
  PLATFORM_EVENT_PUBLISH_FAILED: { disposition: 'passing' },
  UNKNOWN_EXCEPTION: { disposition: 'puzzle' },
} as const satisfies Record<string, RowStatusRow>;

const rows: Readonly<Record<string, RowStatusRow>> = rowStatusCodes;

/** A code that is not listed is a puzzle: what we do not understand we do not throw away. */
export function rowDisposition(statusCode: string, message: string, isDelete = false): RowDisposition {
  const row = rows[statusCode];
  if (row === undefined) return 'puzzle';
  if (isDelete && row.onDelete !== undefined) return row.onDelete;
  return row.except?.find(([text]) => text.test(message))?.[1] ?? row.disposition;
}
