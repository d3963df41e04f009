import { BridgeError } from '../errors/bridge-error.ts';
import type { ErrorCode } from '../errors/codes.ts';
import { connectTimeout } from './http-exchange.ts';

// Codes whose meaning does not follow from the HTTP status alone.
// https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm
const codeByErrorCode: Readonly<Record<string, ErrorCode>> = {
  REQUEST_LIMIT_EXCEEDED: 'SKB_SALESFORCE_LIMIT',
  SERVER_UNAVAILABLE: 'SKB_SALESFORCE_UNAVAILABLE',
  QUERY_TIMEOUT: 'SKB_SALESFORCE_UNAVAILABLE',
  REQUEST_RUNNING_TOO_LONG: 'SKB_SALESFORCE_UNAVAILABLE',
  API_CURRENTLY_DISABLED: 'SKB_SALESFORCE_UNAVAILABLE',
  INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE: 'SKB_SALESFORCE_UNAVAILABLE',
  UNABLE_TO_LOCK_ROW: 'SKB_ROW_LOCKED',
  API_DISABLED_FOR_ORG: 'SKB_AUTH_REJECTED',
  INVALID_OPERATION_WITH_EXPIRED_PASSWORD: 'SKB_AUTH_REJECTED',
  // Collateral of another sub-request or row of the same call.
  PROCESSING_HALTED: 'SKB_SALESFORCE_UNAVAILABLE',
  ALL_OR_NONE_OPERATION_ROLLED_BACK: 'SKB_SALESFORCE_UNAVAILABLE',
};

// A new token does not help against these, although the status is 401.
const hopelessTexts = ['This session is not valid for use with the REST API', 'Connected app is not attached to Agent'];

const dailyLimitRetryMs = 5 * 60_000;

/**
 * Turns what a REST call threw into a BridgeError.
 *
 * @param status HTTP status, absent when no answer came.
 */
export function classifyRequestError(error: unknown, status: number | undefined): BridgeError {
  const message = error instanceof Error ? error.message : String(error);
  if (status === undefined) {
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : message;
    return new BridgeError('SKB_SALESFORCE_UNAVAILABLE', `No answer from Salesforce: ${reason}`, {
      cause: error,
      context: { sent: neverSent(error) ? 'no' : 'perhaps' },
    });
  }
  const errorCode = errorCodeOf(error);
  const code = codeFor(status, errorCode, message);
  return new BridgeError(code, `Salesforce answered ${status} ${errorCode}: ${firstLine(message)}`, {
    cause: error,
    context: { status, salesforceCode: errorCode },
    ...(code === 'SKB_SALESFORCE_LIMIT' && message.includes('TotalRequests')
      ? { retryAfterMs: dailyLimitRetryMs }
      : {}),
  });
}

// Failures of the connection before a byte of the request went out, in Node's words, our own and undici's.
const beforeSending = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENETDOWN',
  connectTimeout,
  'UND_ERR_CONNECT_TIMEOUT',
]);

function neverSent(error: unknown): boolean {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = String((cause as { code?: unknown } | null)?.code);
  // A certificate that is refused ends the connection before the request too.
  return beforeSending.has(code) || /^(CERT_|ERR_TLS_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/.test(code);
}

/**
 * Whether a write that ended with this error may have been carried out, now or in a while: it was sent and no answer came,
 * or a gateway lost the answer.
 */
export function isOutcomeUnknown(error: BridgeError): boolean {
  const { sent, status } = error.context;
  return sent === 'perhaps' || status === 502 || status === 504 || (typeof status === 'number' && status < 300);
}

function codeFor(status: number, errorCode: string, message: string): ErrorCode {
  if (status === 401) {
    return hopelessTexts.some((text) => message.includes(text)) ? 'SKB_AUTH_REJECTED' : 'SKB_AUTH_EXPIRED';
  }
  const known = codeByErrorCode[errorCode];
  if (known !== undefined) return known;
  // 420 and 429 come from the edge, before the org was reached; an HTML page says the same with any status.
  if (status >= 500 || status === 420 || status === 429 || errorCode.startsWith('ERROR_HTTP_')) {
    return 'SKB_SALESFORCE_UNAVAILABLE';
  }
  return 'SKB_ROW_REJECTED';
}

function errorCodeOf(error: unknown): string {
  const code = (error as { errorCode?: unknown } | null)?.errorCode;
  return typeof code === 'string' ? code : 'without an error code';
}

function firstLine(text: string): string {
  return (
    text
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.slice(0, 300) ?? ''
  );
}
