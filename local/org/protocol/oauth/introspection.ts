import type { OrgServices } from '../../services.ts';
import { scopeOf } from './directory.ts';
import { identityUrl } from './identity.ts';

/** What the introspection endpoint says of an access or refresh token; looking at a token does not keep its session alive. */
export function introspect(token: string, services: OrgServices): Readonly<Record<string, unknown>> {
  const session = services.sessions.find(token, false);
  if (session !== undefined) {
    const issued = Math.floor(session.issuedAt / 1000);
    const times = { exp: Math.floor(session.expiresAt / 1000), iat: issued, nbf: issued };
    return { ...commonClaims(session, services), token_type: 'access_token', ...times };
  }
  const refreshToken = services.refreshTokens.find(token);
  if (refreshToken === undefined) return { active: false };
  return { ...commonClaims(refreshToken, services), token_type: 'refresh_token' };
}

type Bearer = NonNullable<ReturnType<OrgServices['refreshTokens']['find']>>;

function commonClaims({ app, user }: Pick<Bearer, 'app' | 'user'>, services: OrgServices) {
  return {
    active: true,
    scope: scopeOf(app),
    client_id: app.clientId,
    username: user.username,
    sub: identityUrl(user.id, services),
  };
}
