import { createHmac } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { OrgServices } from '../../services.ts';
import { decideGrant } from './grants.ts';
import { type Session, tokenOf } from './sessions.ts';

/** Token, revocation, userinfo and identity endpoints. */
export function registerOAuth(server: FastifyInstance, services: OrgServices): void {
  server.post('/services/oauth2/token', (request, reply) => {
    const form = formOf(request);
    const decision = decideGrant({ form, authorization: request.headers.authorization }, services.directory);
    const app = decision.app?.name;
    services.counters.count('token', app);
    request.orgApp = app;
    if (!decision.granted) return reply.code(400).send(decision.refusal);
    const session = services.sessions.issue(decision.user, decision.app);
    return reply.header('cache-control', 'no-cache, no-store').send(tokenAnswer(session, services, decision.flow));
  });

  const revoke = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const revoked = services.sessions.revoke(formOf(request).get('token') ?? '');
    if (revoked) return reply.code(200).send();
    return reply.code(400).send({ error: 'unsupported_token_type', error_description: 'this token is not supported' });
  };
  server.post('/services/oauth2/revoke', revoke);
  server.get('/services/oauth2/revoke', revoke);

  const userInfo = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const session = sessionOf(request, services);
    if (session === undefined) return reply.code(403).type('text/html').send('Bad_OAuth_Token');
    return reply.send(userInfoOf(session, services));
  };
  server.get('/services/oauth2/userinfo', userInfo);
  server.post('/services/oauth2/userinfo', userInfo);

  server.get('/id/:org/:user', (request, reply) => {
    const session = sessionOf(request, services);
    if (session === undefined) return reply.code(403).type('text/html').send('Bad_OAuth_Token');
    return reply.send(identityOf(session, services));
  });
}

function formOf(request: FastifyRequest): URLSearchParams {
  const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
  for (const [key, value] of Object.entries(request.query as Record<string, string>)) {
    if (!form.has(key)) form.set(key, value);
  }
  return form;
}

function sessionOf(request: FastifyRequest, services: OrgServices): Session | undefined {
  const form = formOf(request);
  const token =
    tokenOf(request.headers.authorization) ?? form.get('oauth_token') ?? form.get('access_token') ?? undefined;
  const session = services.sessions.find(token, true);
  request.orgApp = session?.app.name;
  return session;
}

function identityUrl(session: Session, services: OrgServices): string {
  return `${services.instanceUrl()}/id/${services.orgId}/${session.user.id}`;
}

function tokenAnswer(session: Session, services: OrgServices, flow: 'client_credentials' | 'password') {
  const instanceUrl = services.instanceUrl();
  const id = identityUrl(session, services);
  const issuedAt = String(session.issuedAt);
  const signature = createHmac('sha256', session.app.clientSecret)
    .update(id + issuedAt)
    .digest('base64');
  const common = { access_token: session.token, signature };
  const rest = { instance_url: instanceUrl, id, token_type: 'Bearer', issued_at: issuedAt };
  // The password flow knows no scopes.
  if (flow === 'password') return { ...common, ...rest };
  return { ...common, scope: 'api', ...rest, api_instance_url: instanceUrl };
}

function nameOf(session: Session, services: OrgServices) {
  const row = services.database.lookup.get('User', session.user.id);
  return {
    name: row?.['Name'] ?? session.user.username,
    family: row?.['LastName'] ?? null,
    given: row?.['FirstName'] ?? null,
    email: row?.['Email'] ?? null,
    modified: row?.['LastModifiedDate'] ?? null,
  };
}

function urlsOf(services: OrgServices, userId: string): Readonly<Record<string, string>> {
  const base = services.instanceUrl();
  const data = `${base}/services/data/v{version}`;
  return {
    rest: `${data}/`,
    sobjects: `${data}/sobjects/`,
    search: `${data}/search/`,
    query: `${data}/query/`,
    recent: `${data}/recent/`,
    profile: `${base}/${userId}`,
    custom_domain: base,
  };
}

function userInfoOf(session: Session, services: OrgServices) {
  const { name, family, given, email, modified } = nameOf(session, services);
  return {
    sub: identityUrl(session, services),
    user_id: session.user.id,
    organization_id: services.orgId,
    preferred_username: session.user.username,
    nickname: session.user.username.split('@')[0],
    name,
    email,
    email_verified: true,
    given_name: given,
    family_name: family,
    zoneinfo: 'GMT',
    urls: urlsOf(services, session.user.id),
    active: true,
    user_type: 'STANDARD',
    language: 'en_US',
    locale: 'en_US',
    utcOffset: 0,
    updated_at: modified,
  };
}

function identityOf(session: Session, services: OrgServices) {
  const { name, family, given, email, modified } = nameOf(session, services);
  return {
    id: identityUrl(session, services),
    asserted_user: true,
    user_id: session.user.id,
    organization_id: services.orgId,
    username: session.user.username,
    nick_name: session.user.username.split('@')[0],
    display_name: name,
    email,
    email_verified: true,
    first_name: given,
    last_name: family,
    timezone: 'GMT',
    active: true,
    user_type: 'STANDARD',
    language: 'en_US',
    locale: 'en_US',
    utcOffset: 0,
    last_modified_date: modified,
    is_app_installed: true,
    urls: urlsOf(services, session.user.id),
  };
}
