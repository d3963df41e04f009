import { createHmac } from 'node:crypto';
import type { OrgServices } from '../../services.ts';
import { scopeOf } from './directory.ts';
import type { Grant } from './grants.ts';
import { identityUrl, userInfoOf } from './identity.ts';
import type { Session } from './sessions.ts';

/** Starts the session of a grant and builds its answer for a client that sees the org at `base`; each flow has its own set of keys. */
export function answerGrant(
  grant: Grant,
  services: OrgServices,
  base = services.instanceUrl(),
): Readonly<Record<string, unknown>> {
  const { app, user, flow } = grant;
  const rotated = flow === 'refresh_token' ? rotate(grant, services) : undefined;
  const session = services.sessions.issue(user, app, rotated ?? grant.refreshToken);
  const id = identityUrl(user.id, services);
  const issuedAt = String(session.issuedAt);
  const signature = createHmac('sha256', app.clientSecret)
    .update(id + issuedAt)
    .digest('base64');
  const token = { access_token: session.token };
  const instance = { instance_url: base, id, token_type: 'Bearer' };
  const api = { api_instance_url: base };
  const scope = { scope: scopeOf(app) };
  const idToken = app.scopes?.includes('openid') === true ? { id_token: idTokenOf(session, services) } : {};
  switch (flow) {
    case 'jwt_bearer':
      return { ...token, ...scope, ...idToken, ...instance, ...api };
    case 'password':
      // This flow knows no scopes.
      return { ...token, ...instance, issued_at: issuedAt, signature };
    case 'refresh_token':
      return {
        ...token,
        ...(rotated === undefined ? {} : { refresh_token: rotated }),
        signature,
        ...scope,
        ...idToken,
        ...instance,
        issued_at: issuedAt,
        ...api,
      };
    case 'client_credentials':
      return { ...token, signature, ...scope, ...idToken, ...instance, issued_at: issuedAt, ...api };
  }
}

/** The next refresh token of an app that rotates them; the one just used is over. */
function rotate({ app, user, refreshToken }: Grant, { refreshTokens }: OrgServices): string | undefined {
  if (app.rotateRefreshTokens !== true || refreshToken === undefined) return undefined;
  refreshTokens.revoke(refreshToken);
  return refreshTokens.issue(user, app).token;
}

function idTokenOf(session: Session, services: OrgServices): string {
  const seconds = Math.floor(session.issuedAt / 1000);
  const { sub, name, email, preferred_username: username } = userInfoOf(session.user, services);
  const issuer = services.instanceUrl();
  const times = { iat: seconds, exp: seconds + 120 };
  return services.signingKey.sign({
    iss: issuer,
    aud: session.app.clientId,
    sub,
    ...times,
    name,
    email,
    preferred_username: username,
  });
}
