import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { OrgServices } from '../../services.ts';
import { type Session, tokenOf } from '../oauth/sessions.ts';
import type { RestCall } from './call.ts';
import { parseDataUrl } from './composite.ts';
import { kindOf } from './dispatch.ts';
import { versionList } from './versions.ts';

/** The REST API below `/services/data`. */
export function registerRest(server: FastifyInstance, services: OrgServices): void {
  // The list of versions is the one resource that needs no session.
  server.get('/services/data', (_request, reply) =>
    sendJson(reply, 200, versionList(services.settings.newestApiVersion)),
  );
  const serve = (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
    serveRest(request, reply, services);
  server.all('/services/data/*', serve);
}

async function serveRest(request: FastifyRequest, reply: FastifyReply, services: OrgServices): Promise<FastifyReply> {
  const token = tokenOf(request.headers.authorization);
  const session = services.sessions.find(token, true);
  if (session === undefined) return sendJson(reply, 401, [sessionRefusal(token)]);
  request.orgApp = session.app.name;
  const { counters, settings } = services;
  const overLimit = counters.callsToday() >= settings.dailyApiRequests;
  const call = callOf(request, session);
  if (!overLimit) countCall(call, session, services);
  reply.header('Sforce-Limit-Info', `api-usage=${counters.callsToday()}/${settings.dailyApiRequests}`);
  if (overLimit) {
    return sendJson(reply, 403, [{ message: 'TotalRequests Limit exceeded.', errorCode: 'REQUEST_LIMIT_EXCEEDED' }]);
  }
  if (call === 'unreadable') {
    const message = 'The HTTP entity body is not valid JSON at [line:1, column:1]';
    return sendJson(reply, 400, [{ message, errorCode: 'JSON_PARSER_ERROR' }]);
  }
  if (call === undefined) {
    return sendJson(reply, 404, [{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }]);
  }
  const { answer, delayMs } = services.latency.measure(() => services.dispatch(call));
  if (delayMs > 0) await new Promise<void>((due) => services.clock.after(delayMs, due));
  for (const [name, value] of Object.entries(answer.headers ?? {})) reply.header(name, value);
  return answer.body === undefined ? reply.code(answer.status).send() : sendJson(reply, answer.status, answer.body);
}

/** A dead token in JWT form is refused in words of its own, so a client has to go by the status. */
function sessionRefusal(token: string | undefined) {
  return token?.split('.').length === 3 && token.startsWith('eyJ')
    ? { message: 'INVALID_JWT_FORMAT', errorCode: 'INVALID_AUTH_HEADER' }
    : { message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' };
}

/** Sub-requests of a batch are counted one by one, everything else is one call. */
function countCall(call: RestCall | 'unreadable' | undefined, session: Session, { counters }: OrgServices): void {
  if (call === undefined || call === 'unreadable') {
    counters.count('other', session.app.name);
    return;
  }
  const isBatch = call.path === 'composite/batch' && call.method === 'POST';
  const requests = isBatch ? (call.body as { readonly batchRequests?: unknown } | null)?.batchRequests : undefined;
  const calls = Array.isArray(requests) ? Math.max(1, requests.length) : 1;
  counters.count(kindOf(call), call.session.app.name, calls);
}

function callOf(request: FastifyRequest, session: Session): RestCall | 'unreadable' | undefined {
  const target = parseDataUrl(request.url);
  if (target === undefined) return undefined;
  const rawBody = typeof request.body === 'string' ? request.body : '';
  let body: unknown;
  if (rawBody.trim() !== '') {
    try {
      body = JSON.parse(rawBody);
    } catch {
      return 'unreadable';
    }
  }
  // Clients that cannot send PATCH say so in the query.
  const method =
    request.method === 'POST' ? (target.query.get('_HttpMethod')?.toUpperCase() ?? 'POST') : request.method;
  const headers = request.headers as Readonly<Record<string, string | undefined>>;
  return { ...target, method, body, rawBody, headers, session };
}

function sendJson(reply: FastifyReply, status: number, body: unknown): FastifyReply {
  return reply.code(status).type('application/json;charset=UTF-8').send(JSON.stringify(body));
}
