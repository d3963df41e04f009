import { BridgeError } from '../errors/bridge-error.ts';
import type { ErrorCode } from '../errors/codes.ts';

export type BayeuxRequest = 'handshake' | 'connect' | 'subscribe' | 'disconnect';

/** What a refused Bayeux message says. */
export interface BayeuxRefusal {
  readonly request: BayeuxRequest;
  /** Such as `403::Unknown client`. */
  readonly error?: string | undefined;
  /** `ext.sfdc.failureReason`: the real reason behind today's `403::Handshake denied`. */
  readonly failureReason?: string | undefined;
  readonly reconnect?: string | undefined;
  /** Of a refused subscribe. */
  readonly channel?: string | undefined;
}

interface BayeuxErrorRow {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  /** Only for these requests; otherwise for all. */
  readonly requests?: readonly BayeuxRequest[];
  readonly retryAfterMs?: number;
}

const SECONDS = 1000;
const MINUTES = 60 * SECONDS;

// The first row that matches decides. Texts:
// https://developer.salesforce.com/docs/atlas.en-us.api_streaming.meta/api_streaming/streaming_handling_errors.htm
// Codes 402 and `session_unknown` are older and stock CometD's words for an unknown client.
const rows = [
  { pattern: /^401:/, code: 'SKB_AUTH_EXPIRED' },
  { pattern: /^402:/, code: 'SKB_SUBSCRIPTION_LOST' },
  { pattern: /^403:.*:(unknown client|session_unknown)/i, code: 'SKB_SUBSCRIPTION_LOST' },
  { pattern: /^403:.*:client has not completed handshake/i, code: 'SKB_SUBSCRIPTION_LOST' },
  { pattern: /no BAYEUX_BROWSER cookie present/i, code: 'SKB_SUBSCRIPTION_LOST' },
  { pattern: /does not match the session.s user id/i, code: 'SKB_SUBSCRIPTION_LOST' },
  { pattern: /^400:.*:the replayId .* you provided was invalid/i, code: 'SKB_REPLAY_LOST', requests: ['subscribe'] },
  // Counted over a rolling 24 hours, so asking again soon only costs requests.
  { pattern: /total events daily limit exceeded/i, code: 'SKB_SALESFORCE_LIMIT', retryAfterMs: 15 * MINUTES },
  { pattern: /concurrent user limit exceeded/i, code: 'SKB_SALESFORCE_LIMIT', retryAfterMs: 10 * SECONDS },
  { pattern: /number of simultaneous connections/i, code: 'SKB_SALESFORCE_LIMIT', retryAfterMs: 10 * SECONDS },
  { pattern: /^503:|server is too busy/i, code: 'SKB_SALESFORCE_UNAVAILABLE', retryAfterMs: 5 * SECONDS },
  { pattern: /^5\d\d:/, code: 'SKB_SALESFORCE_UNAVAILABLE' },
  // Unknown channel, missing permission, allocation used up, request too large, unsupported version.
  { pattern: /./s, code: 'SKB_SUBSCRIPTION_REFUSED', requests: ['subscribe', 'handshake'] },
] as const satisfies readonly BayeuxErrorRow[];

/** Says what a refused Bayeux message means for the bridge. */
export function classifyBayeuxError(refusal: BayeuxRefusal): BridgeError {
  const reason = refusal.failureReason ?? refusal.error ?? 'no reason given';
  const row: BayeuxErrorRow | undefined = rows.find((each: BayeuxErrorRow) => {
    return (each.requests ?? [refusal.request]).includes(refusal.request) && each.pattern.test(reason);
  });
  // A refused connect or disconnect that no row knows: the session is of no use any more, a new one may be.
  const code = row?.code ?? 'SKB_SUBSCRIPTION_LOST';
  const { request, channel, reconnect } = refusal;
  const what = channel === undefined ? `the Bayeux ${request}` : `the subscription to ${channel}`;
  return new BridgeError(code, `Salesforce refused ${what}: ${reason}`, {
    context: { request, channel, reason, reconnect },
    ...(row?.retryAfterMs === undefined ? {} : { retryAfterMs: row.retryAfterMs }),
  });
}

/** Says what an HTTP answer without Bayeux messages means: a proxy's page, an API error, an empty body. */
export function classifyHttpAnswer(status: number, body: string, retryAfter: string | null): BridgeError {
  const context = { status };
  const retryAfterMs = retryAfterInMs(retryAfter);
  const options = { context, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  if (status === 401 || body.includes('INVALID_SESSION_ID')) {
    return new BridgeError(
      'SKB_AUTH_EXPIRED',
      `The streaming endpoint answered HTTP ${status}: not authorized`,
      options,
    );
  }
  if (body.includes('REQUEST_LIMIT_EXCEEDED') || status === 429) {
    return new BridgeError('SKB_SALESFORCE_LIMIT', `The streaming endpoint answered HTTP ${status}: limit`, options);
  }
  return new BridgeError(
    'SKB_SALESFORCE_UNAVAILABLE',
    `The streaming endpoint answered HTTP ${status} without Bayeux messages`,
    options,
  );
}

/** Seconds or an HTTP date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after; dates are not used by Salesforce. */
function retryAfterInMs(header: string | null): number | undefined {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * SECONDS : undefined;
}
