/** Why one row was refused, as it stands in a result: collections say `statusCode`, top-level answers `errorCode`. */
export interface RowError {
  readonly statusCode: string;
  readonly message: string;
  readonly fields: readonly string[];
  /** What a duplicate rule found. */
  readonly duplicateResut?: unknown;
}

export function rowError(statusCode: string, message: string, fields: readonly string[] = []): RowError {
  return { statusCode, message, fields };
}

interface ApiErrorEntry {
  readonly message: string;
  readonly errorCode: string;
  readonly fields?: readonly string[];
  readonly duplicateResut?: unknown;
}

/** Refuses a whole request with an HTTP status and Salesforce's array of errors. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly body: readonly ApiErrorEntry[];

  constructor(
    status: number,
    errorCode: string,
    message: string,
    fields?: readonly string[],
    duplicateResut?: unknown,
  ) {
    super(message);
    this.status = status;
    const entry = fields === undefined ? { message, errorCode } : { message, errorCode, fields };
    this.body = [duplicateResut === undefined ? entry : { ...entry, duplicateResut }];
  }
}

export function notFound(message = 'The requested resource does not exist'): ApiError {
  return new ApiError(404, 'NOT_FOUND', message);
}

/** A JSON value of the wrong kind. Salesforce names the place in the body, which only the protocol layer knows. */
export class ValueMismatch extends Error {
  override readonly name = 'ValueMismatch';
  readonly field: string;
  readonly expected: string;
  readonly value: unknown;

  constructor(field: string, expected: string, value: unknown) {
    super(`Cannot deserialize instance of ${expected} from ${tokenOf(value)}`);
    this.field = field;
    this.expected = expected;
    this.value = value;
  }
}

function tokenOf(value: unknown): string {
  if (Array.isArray(value)) return 'START_ARRAY value [';
  if (typeof value === 'object' && value !== null) return 'START_OBJECT value {';
  if (typeof value === 'string') return `VALUE_STRING value ${value}`;
  if (typeof value === 'boolean') return `VALUE_${String(value).toUpperCase()} value ${value}`;
  return `${Number.isInteger(value) ? 'VALUE_NUMBER_INT' : 'VALUE_NUMBER_FLOAT'} value ${String(value)}`;
}
