import { type Disposition, type ErrorCode, errorCodes } from './codes.ts';

/** Values that are safe to log: coordinates, names and codes, never a payload or a token. */
export type ErrorContext = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

interface BridgeErrorOptions {
  readonly context?: ErrorContext;
  readonly cause?: unknown;
  /** Milliseconds the caller should wait at least before it tries again. */
  readonly retryAfterMs?: number;
}

/** The one error class. Its disposition comes from the table in codes.ts, so the two cannot disagree. */
export class BridgeError extends Error {
  override readonly name = 'BridgeError';
  readonly code: ErrorCode;
  readonly disposition: Disposition;
  readonly context: ErrorContext;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: BridgeErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.disposition = errorCodes[code].disposition;
    this.context = options.context ?? {};
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Everything that reaches a decision is a BridgeError; what nobody classified is a bug, with the original as cause. */
export function asBridgeError(error: unknown): BridgeError {
  if (error instanceof BridgeError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new BridgeError('SKB_BUG', `Unclassified error: ${message}`, { cause: error });
}
