import { setTimeout } from 'node:timers/promises';
import type { SecretStore } from '../aws/secret-store.ts';
import type { ReadSecret } from '../aws/secrets.ts';
import type { Org } from '../bridge/bridge.ts';
import { parseCredentials } from './auth/credentials.ts';
import { login } from './auth/login.ts';
import { createRefreshLogin } from './auth/refresh-login.ts';
import { createTokenProvider, type TokenProvider } from './auth/token-provider.ts';
import { createQuotaGuard, type QuotaGuard } from './quota-guard.ts';
import { createRestClient, type OrgClient } from './rest-client.ts';

/** Tells our own writes apart in Salesforce's change events and login history. */
export const clientName = 'salesforce-kafka-bridge';

/** Share of a token's life after which it is replaced. */
const RENEW_AT_SHARE = 0.75;

interface ConnectOrgParts {
  readonly org: Org;
  readonly secretArn: string;
  readonly readSecret: ReadSecret;
  /** Stores rotated refresh tokens; needed for `auth: 'refreshToken'` only. */
  readonly secrets?: SecretStore;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Milliseconds since the epoch. @default Date.now */
  readonly epochNow?: () => number;
  /** @default clientName */
  readonly client?: string | undefined;
  /** How long a call may take. @default 120000 */
  readonly callTimeoutMs?: number;
}

/** One org's token provider and REST client. Credentials are read again for every login, so a rotation needs no restart. */
export function connectOrg({
  org,
  secretArn,
  readSecret,
  secrets,
  now,
  epochNow = Date.now,
  client,
  callTimeoutMs,
}: ConnectOrgParts): {
  tokens: TokenProvider;
  rest: OrgClient;
  quota: QuotaGuard;
} {
  const tokens = createTokenProvider({
    now,
    login:
      org.auth === 'refreshToken' && secrets !== undefined
        ? createRefreshLogin({ secretArn, secrets, login, wait: setTimeout })
        : async () => login(org.auth, parseCredentials(await readSecret(secretArn), secretArn, org.auth), epochNow()),
    renewAfterMs: org.tokenMinutes * RENEW_AT_SHARE * 60_000,
  });
  const quota = createQuotaGuard({ reserve: org.dailyCallReserve, org: org.name, now: epochNow });
  const rest = createRestClient({
    tokens,
    apiVersion: org.apiVersion,
    clientName: client ?? clientName,
    quota,
    now,
    ...(callTimeoutMs === undefined ? {} : { timeoutMs: callTimeoutMs }),
  });
  return { tokens, rest, quota };
}
