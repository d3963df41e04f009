import type { Clock } from '../../clock.ts';
import { type Random, randomText } from '../../random.ts';
import { RollingCount } from '../../rolling-count.ts';
import { type OrgApp, type OrgUser, scopeOf } from './directory.ts';
import type { SigningKey } from './signing-key.ts';

export interface Session {
  readonly token: string;
  readonly user: OrgUser;
  readonly app: OrgApp;
  readonly issuedAt: number;
  /** Epoch milliseconds; moves with every use, except for tokens in JWT form. */
  readonly expiresAt: number;
}

interface SessionRecord extends Session {
  expiresAt: number;
  readonly timeoutMs: number;
  readonly rolls: boolean;
  /** The refresh token it came from; both end together. */
  readonly refreshToken: string | undefined;
}

interface SessionsInput {
  readonly clock: Clock;
  readonly random: Random;
  readonly orgId: string;
  readonly timeoutMs: number;
  /** Of one user. */
  readonly hourlyLogins: number;
  readonly signingKey: SigningKey;
  instanceUrl(): string;
}

const hour = 3_600_000;
const tokenAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._';

/** The access tokens in force. A session ends when it was not used for its timeout, by revocation or by a fault. */
export class Sessions {
  readonly #input: SessionsInput;
  readonly #byToken = new Map<string, SessionRecord>();
  readonly #logins = new Map<string, RollingCount>();

  constructor(input: SessionsInput) {
    this.#input = input;
  }

  /** Counts a login of this user; false when the hour had too many of them. */
  mayLogIn(user: OrgUser): boolean {
    const logins = this.#logins.get(user.id) ?? new RollingCount(this.#input.clock, hour);
    this.#logins.set(user.id, logins);
    logins.add();
    return logins.total <= this.#input.hourlyLogins;
  }

  issue(user: OrgUser, app: OrgApp, refreshToken?: string): Session {
    const now = this.#input.clock.now();
    const timeoutMs = app.sessionTimeoutMs ?? this.#input.timeoutMs;
    const rolls = app.accessTokens !== 'jwt';
    const expiresAt = now + timeoutMs;
    const token = rolls ? this.#opaqueToken() : this.#jwtToken(user, app, now, expiresAt);
    const session: SessionRecord = { token, user, app, issuedAt: now, expiresAt, timeoutMs, rolls, refreshToken };
    this.#byToken.set(token, session);
    return session;
  }

  /** The live session of a token; `touch` counts as activity and rolls the timeout. */
  find(token: string | undefined, touch: boolean): Session | undefined {
    const session = token === undefined ? undefined : this.#byToken.get(token);
    if (session === undefined) return undefined;
    const now = this.#input.clock.now();
    if (now >= session.expiresAt) {
      this.#byToken.delete(session.token);
      return undefined;
    }
    if (touch && session.rolls) session.expiresAt = now + session.timeoutMs;
    return session;
  }

  revoke(token: string): boolean {
    return this.#byToken.delete(token);
  }

  /** Ends the sessions that a refresh token gave. */
  revokeFrom(refreshToken: string): void {
    for (const session of this.#byToken.values()) {
      if (session.refreshToken === refreshToken) this.#byToken.delete(session.token);
    }
  }

  /** Ends every session, or those of one app. */
  expire(appName?: string): number {
    let count = 0;
    for (const session of this.#byToken.values()) {
      if (appName !== undefined && session.app.name !== appName) continue;
      this.#byToken.delete(session.token);
      count += 1;
    }
    return count;
  }

  #opaqueToken(): string {
    const { orgId, random } = this.#input;
    // Clients derive the tenant from the part before the exclamation mark, so it is the 15-character org ID.
    return `${orgId.slice(0, 15)}!${randomText(random, 96, tokenAlphabet)}`;
  }

  /** Claims of the external client apps guide, `ext_clients_jwt_access_tokens.htm`. */
  #jwtToken(user: OrgUser, app: OrgApp, now: number, expiresAt: number): string {
    const { orgId, random, signingKey, instanceUrl } = this.#input;
    const claims = {
      scp: scopeOf(app),
      aud: [instanceUrl()],
      sub: `uid:${user.id}`,
      mty: 'oauth',
      sfi: randomText(random, 64, '0123456789abcdef'),
      roles: [],
      iss: instanceUrl(),
      hsc: false,
      exp: Math.floor(expiresAt / 1000),
      iat: Math.floor(now / 1000),
      client_id: app.clientId,
    };
    return signingKey.sign(claims, { tnk: `core/prod/${orgId}`, ver: '1.0', tty: 'sfdc-core-token' });
  }
}

/** The token of an Authorization header: `Bearer x`, `OAuth x`, the bare token, or one old client's repeated header name. */
export function tokenOf(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  const value = authorization.replace(/^authorization:\s*/i, '').trim();
  const token = /^(?:bearer|oauth)\s+(.*)$/i.exec(value)?.[1] ?? value;
  return token === '' ? undefined : token.trim();
}
