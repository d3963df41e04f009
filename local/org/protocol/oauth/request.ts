import type { FastifyRequest } from 'fastify';
import type { OrgServices } from '../../services.ts';
import { type Session, tokenOf } from './sessions.ts';

/** The form in the body; parameters of the URL fill in what it lacks. */
export function formOf(request: FastifyRequest): URLSearchParams {
  const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
  for (const [key, value] of Object.entries(request.query as Record<string, string>)) {
    if (!form.has(key)) form.set(key, String(value));
  }
  return form;
}

/** The session of the token in header, URL or form, or the word that refuses it (`remoteaccess_using_openid.htm`). */
export function sessionOf(
  request: FastifyRequest,
  services: OrgServices,
): Session | 'Missing_OAuth_Token' | 'Bad_OAuth_Token' {
  const form = formOf(request);
  const token =
    tokenOf(request.headers.authorization) ?? form.get('oauth_token') ?? form.get('access_token') ?? undefined;
  if (token === undefined) return 'Missing_OAuth_Token';
  const session = services.sessions.find(token, true);
  request.orgApp = session?.app.name;
  return session ?? 'Bad_OAuth_Token';
}
