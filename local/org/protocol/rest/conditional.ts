import { createHash } from 'node:crypto';
import type { Row } from '../../store/definitions.ts';
import { ApiError } from '../../store/errors.ts';
import type { RestAnswer, RestCall } from './rest-call.ts';

interface State {
  readonly etag: string;
  /** Epoch milliseconds, whole seconds. */
  readonly modified: number;
}

function stateOf(row: Row): State {
  const stamp = String(row['SystemModstamp'] ?? '');
  const digest = createHash('sha256')
    .update(`${row.Id} ${JSON.stringify(row)}`)
    .digest('base64');
  return { etag: `"${digest.slice(0, 24)}"`, modified: Date.parse(stamp) || 0 };
}

/** Headers that let a client ask again on a condition. */
export function validators(row: Row): Readonly<Record<string, string>> {
  const { etag, modified } = stateOf(row);
  return { ETag: etag, 'Last-Modified': new Date(modified).toUTCString() };
}

/**
 * The answer a conditional request on a record gets instead of its own: 304 for a read of what is known already, 412 when the
 * record is not in the state the client wants (REST guide, `headers_conditional_requests.htm`).
 */
export function conditionalAnswer(call: RestCall, row: Row): RestAnswer | undefined {
  const { etag, modified } = stateOf(row);
  const { headers } = call;
  const match = headers['if-match'];
  if (match !== undefined ? !names(match, etag) : after(modified, headers['if-unmodified-since'])) throw failed();
  const noneMatch = headers['if-none-match'];
  const reading = call.method === 'GET' || call.method === 'HEAD';
  if (noneMatch !== undefined) {
    if (!names(noneMatch, etag)) return undefined;
    if (!reading) throw failed();
    return { status: 304, headers: validators(row) };
  }
  return unchangedSince(call, modified) ? { status: 304, headers: validators(row) } : undefined;
}

/** Whether a read asks only for what changed after a moment, and nothing did. */
export function unchangedSince({ method, headers }: RestCall, modified: number): boolean {
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return (method === 'GET' || method === 'HEAD') && !Number.isNaN(since) && modified <= since;
}

function after(modified: number, since: string | undefined): boolean {
  const limit = Date.parse(since ?? '');
  return !Number.isNaN(limit) && modified > limit;
}

function names(list: string, etag: string): boolean {
  // Proxies add `-gzip` and clients `W/`; both still mean the same record.
  return list.split(',').some((item) => {
    const tag = item
      .trim()
      .replace(/^W\//, '')
      .replace(/-gzip"?$/, '"');
    return tag === '*' || tag === etag;
  });
}

function failed(): ApiError {
  return new ApiError(412, 'PRECONDITION_FAILED', 'The record is not in the state that the request demands');
}
