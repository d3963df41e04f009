import { type Random, randomText } from '../../random.ts';
import type { OrgApp, OrgUser } from './directory.ts';

export interface RefreshToken {
  readonly token: string;
  readonly user: OrgUser;
  readonly app: OrgApp;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._';

/**
 * The refresh tokens in force. A real org hands them out at the end of a web login, which has no page here: the seed and the
 * control API issue them instead.
 */
export class RefreshTokens {
  readonly #random: Random;
  readonly #byToken = new Map<string, RefreshToken>();

  constructor(random: Random) {
    this.#random = random;
  }

  issue(user: OrgUser, app: OrgApp, token = `5Aep861${randomText(this.#random, 80, alphabet)}`): RefreshToken {
    const issued = { token, user, app };
    this.#byToken.set(token, issued);
    return issued;
  }

  find(token: string | null | undefined): RefreshToken | undefined {
    return token === null || token === undefined ? undefined : this.#byToken.get(token);
  }

  revoke(token: string): boolean {
    return this.#byToken.delete(token);
  }
}
