import { isIP } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { OrgServices } from '../../services.ts';
import { authConfiguration, openIdConfiguration } from './discovery.ts';
import { authenticateClient, decideGrant } from './grants.ts';
import { userInfoOf } from './identity.ts';
import { registerIdentity } from './identity-route.ts';
import { introspect } from './introspection.ts';
import { formOf, sessionOf } from './request.ts';
import { answerGrant } from './token-answer.ts';

/** Token, revocation, introspection, userinfo, identity and discovery endpoints. */
export function registerOAuth(server: FastifyInstance, services: OrgServices): void {
  server.post('/services/oauth2/token', (request, reply) => serveToken(request, reply, services));
  server.get('/services/oauth2/token', (_request, reply) =>
    reply.code(400).send({ error: 'invalid_request', error_description: 'must use HTTP POST' }),
  );
  const revoke = (request: FastifyRequest, reply: FastifyReply) => serveRevoke(request, reply, services);
  server.post('/services/oauth2/revoke', revoke);
  server.get('/services/oauth2/revoke', revoke);
  server.post('/services/oauth2/introspect', (request, reply) => serveIntrospect(request, reply, services));
  const userInfo = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const session = sessionOf(request, services);
    if (typeof session === 'string') return reply.code(403).type('text/html;charset=UTF-8').send(session);
    return reply.send(userInfoOf(session.user, services));
  };
  server.get('/services/oauth2/userinfo', userInfo);
  server.post('/services/oauth2/userinfo', userInfo);
  server.get('/.well-known/openid-configuration', () => openIdConfiguration(services));
  server.get('/.well-known/auth-configuration', () => authConfiguration(services));
  server.get('/id/keys', () => services.signingKey.jwks());
  registerIdentity(server, services);
}

function serveToken(request: FastifyRequest, reply: FastifyReply, services: OrgServices): FastifyReply {
  const { settings, directory, refreshTokens, clock } = services;
  const ground = {
    ...directory,
    refreshTokens,
    now: clock.now(),
    // Every org takes the audience of the login hosts, whatever its own host is.
    audiences: [...settings.jwtAudiences, services.instanceUrl(), `${request.protocol}://${request.host}`],
    texts: settings,
  };
  const { authorization } = request.headers;
  const decision = decideGrant({ form: formOf(request), authorization, host: request.hostname }, ground);
  const app = decision.app?.name;
  services.counters.count('token', app);
  request.orgApp = app;
  reply.header('cache-control', 'no-cache, no-store').header('pragma', 'no-cache');
  if (!decision.granted) return reply.code(400).send(decision.refusal);
  if (!services.sessions.mayLogIn(decision.user)) return reply.code(400).send(loginRateExceeded);
  return reply.send(answerGrant(decision, services, baseOf(request, services)));
}

/**
 * Where the client goes on: at the address it came by. Cookie stores differ in what they take from `localhost` and from an
 * address (`java.net.CookieManager` turns the one into `localhost.local`, Python's aiohttp refuses the other), so who asks decides.
 */
function baseOf({ protocol, host, hostname }: FastifyRequest, services: OrgServices): string {
  return isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? services.instanceUrl() : `${protocol}://${host}`;
}

/** A user that logs in too often in an hour is locked out for a while, which is why clients must not log in in a loop. */
const loginRateExceeded = { error: 'rate_limit_exceeded', error_description: 'login rate exceeded' };

/** Ends a token; a refresh token takes the sessions with it that it gave. */
function serveRevoke(request: FastifyRequest, reply: FastifyReply, services: OrgServices): FastifyReply {
  const token = formOf(request).get('token') ?? '';
  const { sessions, refreshTokens } = services;
  if (refreshTokens.revoke(token)) {
    sessions.revokeFrom(token);
    return reply.code(200).send();
  }
  if (sessions.revoke(token)) return reply.code(200).send();
  return reply.code(400).send({ error: 'unsupported_token_type', error_description: 'this token is not supported' });
}

function serveIntrospect(request: FastifyRequest, reply: FastifyReply, services: OrgServices): FastifyReply {
  const form = formOf(request);
  const app = authenticateClient({ form, authorization: request.headers.authorization }, services.directory.apps);
  request.orgApp = 'granted' in app ? app.app?.name : app.name;
  if ('granted' in app) return reply.code(400).send(app.refusal);
  return reply.header('cache-control', 'no-cache, no-store').send(introspect(form.get('token') ?? '', services));
}
