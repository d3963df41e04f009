import type { ErrorContext } from '../errors/bridge-error.ts';
import { BridgeError } from '../errors/bridge-error.ts';

/** What the bridge's code asks of a logger; Powertools' Logger satisfies it. */
export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** The loggable part of an error: code, message and context, and the chain of causes by message; never a payload. */
export function errorFields(error: unknown): { code: string; reason: string; context?: ErrorContext; cause?: string } {
  if (!(error instanceof BridgeError)) {
    return { code: 'SKB_BUG', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  const cause = error.cause instanceof Error ? error.cause.message : undefined;
  return { code: error.code, reason: error.message, context: error.context, ...(cause === undefined ? {} : { cause }) };
}
