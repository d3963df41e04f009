import type { FieldValue } from '../../store/definitions.ts';

export interface OrgUser {
  /** 18-character ID of the user's row. */
  readonly id: string;
  readonly username: string;
  readonly password: string;
  readonly securityToken: string;
  /** Logs in, but `login()` says that the password has to be changed. */
  readonly passwordExpired?: boolean | undefined;
  /** `false`: no flow lets this user in. */
  readonly active?: boolean | undefined;
  /** More fields of the user's row. */
  readonly fields?: Readonly<Record<string, FieldValue>> | undefined;
}

export type OAuthFlow = 'client_credentials' | 'password' | 'jwt_bearer' | 'refresh_token';

export interface OrgApp {
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Username the client credentials flow runs as; without one the flow is refused. */
  readonly runAs?: string | undefined;
  /** PEM certificate or public key that JWT assertions are checked against. */
  readonly certificate?: string | undefined;
  /** @default every flow */
  readonly flows?: readonly OAuthFlow[] | undefined;
  /** Every refresh answers a new refresh token and ends the old one. */
  readonly rotateRefreshTokens?: boolean | undefined;
  /** @default 'opaque' */
  readonly accessTokens?: 'opaque' | 'jwt' | undefined;
  /** @default ['api'] */
  readonly scopes?: readonly string[] | undefined;
  /** Who may use the app: all users, or only those that approved it or were approved by an admin. @default 'everyone' */
  readonly access?: 'everyone' | 'approved-by-user' | 'approved-by-admin' | undefined;
  /** Usernames that `access` lets in. */
  readonly approvedUsers?: readonly string[] | undefined;
  /** `false`: known, but not installed in this org. */
  readonly installed?: boolean | undefined;
  /** The app's own share of the daily API requests; shown in `Sforce-Limit-Info` and `/limits`, not enforced. */
  readonly dailyApiRequests?: number | undefined;
  /** Session length of this app's tokens, instead of the org's. */
  readonly sessionTimeoutMs?: number | undefined;
}

export interface Directory {
  readonly apps: readonly OrgApp[];
  readonly users: readonly OrgUser[];
}

/** Usernames are the same in any case. */
export function findUser(users: readonly OrgUser[], username: string | null | undefined): OrgUser | undefined {
  const wanted = username?.toLowerCase();
  return users.find((user) => user.username.toLowerCase() === wanted);
}

/** The security token follows the password without a separator. */
export function passwordFits(user: OrgUser, given: string | null | undefined): boolean {
  return user.active !== false && given === user.password + user.securityToken;
}

export function scopeOf(app: OrgApp): string {
  return (app.scopes ?? ['api']).join(' ');
}
