import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { OrgServices } from '../../services.ts';
import { type Session, tokenOf } from '../oauth/sessions.ts';
import { kindOf } from './dispatch.ts';
import { readCall } from './read-call.ts';
import type { RestCall } from './rest-call.ts';
import { versionList } from './versions.ts';

/** Bulk API 2.0 takes 150 MB of data in a job, Base64 included; far more than any other resource. */
const uploadLimit = 150 * 1024 * 1024;

/** The REST API below `/services/data`. */
export function registerRest(server: FastifyInstance, services: OrgServices): void {
  // The list of versions is the one resource that needs no session.
  server.get('/services/data', (_request, reply) =>
    sendJson(reply, 200, versionList(services.settings.newestApiVersion)),
  );
  const serve = (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
    serveRest(request, reply, services);
  server.all('/services/data/*', serve);
  server.put('/services/data/:version/jobs/ingest/:job/batches', { bodyLimit: uploadLimit }, serve);
}

async function serveRest(request: FastifyRequest, reply: FastifyReply, services: OrgServices): Promise<FastifyReply> {
  const token = tokenOf(request.headers.authorization);
  const session = services.sessions.find(token, true);
  if (session === undefined) {
    reply.header('WWW-Authenticate', 'Token');
    return sendJson(reply, 401, [sessionRefusal(token)]);
  }
  request.orgApp = session.app.name;
  if (session.user.passwordExpired === true && isPasswordSession(session))
    return sendJson(reply, 403, [passwordExpired]);
  const { counters, settings } = services;
  const overLimit = counters.callsToday() >= settings.dailyApiRequests;
  const read = readCall(request, session);
  const call = 'refusal' in read ? undefined : read;
  if (!overLimit) countCall(call, session, services);
  reply.header('Sforce-Limit-Info', limitInfo(session, services));
  if (overLimit) {
    return sendJson(reply, 403, [{ message: 'TotalRequests Limit exceeded.', errorCode: 'REQUEST_LIMIT_EXCEEDED' }]);
  }
  if ('refusal' in read) return sendJson(reply, read.refusal.status, read.refusal.body);
  const { answer, delayMs } = services.latency.measure(() => services.dispatch(read));
  if (delayMs > 0) await new Promise<void>((due) => services.clock.after(delayMs, due));
  for (const [name, value] of Object.entries(answer.headers ?? {})) reply.header(name, value);
  if (answer.content !== undefined)
    return reply.code(answer.status).type(answer.content.type).send(answer.content.data);
  return answer.body === undefined ? reply.code(answer.status).send() : sendJson(reply, answer.status, answer.body);
}

/** An app with a share of its own hears of that too (REST guide, `headers_api_usage.htm`). */
function limitInfo({ app }: Session, { counters, settings }: OrgServices): string {
  const org = `api-usage=${counters.callsToday()}/${settings.dailyApiRequests}`;
  if (app.dailyApiRequests === undefined) return org;
  const own = `${counters.callsToday(app.name)}/${app.dailyApiRequests}`;
  return `${org}; per-app-api-usage=${own}(appName=${app.name})`;
}

/** Sessions of a SOAP `login()` belong to no app; those of other flows do not depend on the password. */
function isPasswordSession({ app }: Session): boolean {
  return app.clientId === '';
}

const passwordExpired = {
  message: 'The users password has expired, you must call SetPassword before attempting any other API operations',
  errorCode: 'INVALID_OPERATION_WITH_EXPIRED_PASSWORD',
};

/** A dead token in JWT form is refused in words of its own, so a client has to go by the status. */
function sessionRefusal(token: string | undefined) {
  return token?.split('.').length === 3 && token.startsWith('eyJ')
    ? { message: 'INVALID_JWT_FORMAT', errorCode: 'INVALID_AUTH_HEADER' }
    : { message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' };
}

/** Sub-requests of a batch are counted one by one, everything else is one call. */
function countCall(call: RestCall | undefined, session: Session, { counters }: OrgServices): void {
  if (call === undefined) {
    counters.count('other', session.app.name);
    return;
  }
  const isBatch = call.path === 'composite/batch' && call.method === 'POST';
  const requests = isBatch ? (call.body as { readonly batchRequests?: unknown } | null)?.batchRequests : undefined;
  const calls = Array.isArray(requests) ? Math.max(1, requests.length) : 1;
  counters.count(kindOf(call), call.session.app.name, calls);
}

function sendJson(reply: FastifyReply, status: number, body: unknown): FastifyReply {
  return reply.code(status).type('application/json;charset=UTF-8').send(JSON.stringify(body));
}
