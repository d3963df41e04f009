import { BridgeError } from '../../errors/bridge-error.ts';

export interface AccessToken {
  readonly value: string;
  /** Where API and streaming requests go, without a trailing slash. */
  readonly instanceUrl: string;
  /** 18 characters; replay IDs mean nothing outside their org. */
  readonly orgId: string;
}

/** Gives requests their authorization. One per org; every request asks, so a rotation needs no restart. */
export interface TokenProvider {
  current(): Promise<AccessToken>;
  /**
   * A token other than `refused`. Callers that were refused together share one request.
   *
   * @throws BridgeError SKB_AUTH_REJECTED when Salesforce refuses the credentials; remembered for a while, so that
   *   callers which try again do not become a login storm (Salesforce locks users and allows 3,600 logins an hour).
   */
  renew(refused: AccessToken): Promise<AccessToken>;
}

interface TokenProviderParts {
  /** Asks Salesforce for a token with freshly read credentials. */
  readonly login: () => Promise<AccessToken>;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** A token older than this is replaced ahead of its end, in milliseconds. @default 5400000, of the usual two hours */
  readonly renewAfterMs?: number;
  /** How long a refusal is answered from memory, in milliseconds. @default 60000 */
  readonly refusalHoldMs?: number;
}

const RETRY_RENEWAL_MS = 60_000;

export function createTokenProvider({
  login,
  now,
  renewAfterMs = 90 * 60_000,
  refusalHoldMs = 60_000,
}: TokenProviderParts): TokenProvider {
  let token: AccessToken | undefined;
  /** When to ask for another one, though this one still works; asked again a minute later when that failed. */
  let renewAt = Number.POSITIVE_INFINITY;
  let pending: Promise<AccessToken> | undefined;
  let refusal: { readonly error: BridgeError; readonly until: number } | undefined;

  async function fresh(): Promise<AccessToken> {
    if (refusal !== undefined && now() < refusal.until) {
      throw new BridgeError('SKB_AUTH_REJECTED', refusal.error.message, {
        context: refusal.error.context,
        cause: refusal.error,
        retryAfterMs: Math.ceil(refusal.until - now()),
      });
    }
    try {
      token = await login();
      renewAt = now() + renewAfterMs;
      refusal = undefined;
      return token;
    } catch (error) {
      if (error instanceof BridgeError && error.code === 'SKB_AUTH_REJECTED') {
        refusal = { error, until: now() + refusalHoldMs };
      }
      throw error;
    }
  }

  function request(): Promise<AccessToken> {
    pending ??= fresh().finally(() => {
      pending = undefined;
    });
    return pending;
  }

  return {
    async current() {
      if (token === undefined) return request();
      if (now() >= renewAt) {
        renewAt = now() + RETRY_RENEWAL_MS;
        // Nobody waits for it, and nobody is hurt when it fails: the token in hand is still good.
        request().catch(() => undefined);
      }
      return token;
    },
    async renew(refused) {
      // Somebody else already fetched a newer one while this caller's request was under way.
      if (token !== undefined && token.value !== refused.value) return token;
      token = undefined;
      return request();
    },
  };
}
