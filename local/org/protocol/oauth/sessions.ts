import type { Clock } from '../../clock.ts';
import { type Random, randomText } from '../../random.ts';

export interface OrgUser {
  /** 18-character ID of the user's row. */
  readonly id: string;
  readonly username: string;
  readonly password: string;
  readonly securityToken: string;
}

export interface OrgApp {
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Username the client credentials flow runs as; without one the flow is refused. */
  readonly runAs?: string | undefined;
}

export interface Session {
  readonly token: string;
  readonly user: OrgUser;
  readonly app: OrgApp;
  readonly issuedAt: number;
}

interface SessionRecord extends Session {
  lastUsedAt: number;
}

interface SessionsInput {
  readonly clock: Clock;
  readonly random: Random;
  readonly orgId: string;
  readonly timeoutMs: number;
}

const tokenAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._';

/** The access tokens in force. A session ends when it was not used for the org's session timeout, by revocation or by a fault. */
export class Sessions {
  readonly #input: SessionsInput;
  readonly #byToken = new Map<string, SessionRecord>();

  constructor(input: SessionsInput) {
    this.#input = input;
  }

  issue(user: OrgUser, app: OrgApp): Session {
    const { clock, random, orgId } = this.#input;
    // Clients derive the tenant from the part before the exclamation mark, so it is the 15-character org ID.
    const token = `${orgId.slice(0, 15)}!${randomText(random, 96, tokenAlphabet)}`;
    const session: SessionRecord = { token, user, app, issuedAt: clock.now(), lastUsedAt: clock.now() };
    this.#byToken.set(token, session);
    return session;
  }

  /** The live session of a token; `touch` counts as activity and rolls the timeout. */
  find(token: string | undefined, touch: boolean): Session | undefined {
    const session = token === undefined ? undefined : this.#byToken.get(token);
    if (session === undefined) return undefined;
    const now = this.#input.clock.now();
    if (now - session.lastUsedAt >= this.#input.timeoutMs) {
      this.#byToken.delete(session.token);
      return undefined;
    }
    if (touch) session.lastUsedAt = now;
    return session;
  }

  revoke(token: string): boolean {
    return this.#byToken.delete(token);
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
}

/** The token of an Authorization header: `Bearer x`, `OAuth x`, the bare token, or one old client's repeated header name. */
export function tokenOf(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  const value = authorization.replace(/^authorization:\s*/i, '').trim();
  const token = /^(?:bearer|oauth)\s+(.*)$/i.exec(value)?.[1] ?? value;
  return token === '' ? undefined : token.trim();
}
