import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
} from 'fastify';
import type { OrgServices } from '../services.ts';
import { registerBayeux } from './bayeux/routes.ts';
import { registerClassicBulk } from './bulk/classic-routes.ts';
import { registerOAuth } from './oauth/routes.ts';
import { tokenOf } from './oauth/sessions.ts';
import { registerRest } from './rest/endpoint.ts';
import { registerSoap } from './soap/routes.ts';
import type { ServerCertificates } from './tls/certificates.ts';
import { addTransport, parserHeaderBytes } from './transport.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Name of the connected app, for journal and counters. */
    orgApp: string | undefined;
    /** The answer is lost on purpose: the connection breaks after the request took effect. */
    orgLosesAnswer: boolean;
    /** The answer waits this long after the request took effect. */
    orgAnswerDelayMs: number;
  }
}

const restBodyLimit = 50 * 1024 * 1024;

/** The org's one HTTP server: every face, the injected faults and the journal. Not listening yet. */
export function createOrgServer(services: OrgServices, tls?: ServerCertificates): FastifyInstance {
  const options = {
    bodyLimit: restBodyLimit,
    forceCloseConnections: true,
    // A path that is no valid URL ends before any route; it gets the answer of an unknown one.
    frameworkErrors: (_error: unknown, _request: unknown, reply: FastifyReply) => void sendNotFound(reply),
    keepAliveTimeout: 120_000,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 16_384 },
    ...(tls === undefined
      ? { http: { maxHeaderSize: parserHeaderBytes } }
      : { https: { key: tls.key, cert: tls.cert, maxHeaderSize: parserHeaderBytes } }),
  };
  // Both kinds of server are used in the same way, which the types of the two option sets do not say.
  const server = Fastify(options as FastifyServerOptions);
  server.decorateRequest('orgApp', undefined);
  server.decorateRequest('orgLosesAnswer', false);
  server.decorateRequest('orgAnswerDelayMs', 0);
  // Each face reads its own bodies: a broken one has to be answered in that face's words.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  addFaults(server, services);
  addTransport(server);
  addJournal(server, services);
  server.setErrorHandler((error: FastifyError, request, reply) => answerError(error, request, reply));
  server.setNotFoundHandler((_request, reply) => sendNotFound(reply));
  registerOAuth(server, services);
  registerSoap(server, services);
  registerRest(server, services);
  registerBayeux(server, services);
  registerClassicBulk(server, services);
  return server;
}

function sendNotFound(reply: FastifyReply): FastifyReply {
  return reply.code(404).send([{ message: 'The requested resource does not exist', errorCode: 'NOT_FOUND' }]);
}

function addFaults(server: FastifyInstance, services: OrgServices): void {
  server.addHook('onRequest', async (request, reply) => {
    const app = services.sessions.find(tokenOf(request.headers.authorization), false)?.app.name;
    for (const fault of services.faults.forRequest({ method: request.method, path: request.url, app })) {
      request.orgApp = app;
      if (fault.kind === 'delay' && fault.when === 'after') {
        request.orgAnswerDelayMs += fault.milliseconds;
      } else if (fault.kind === 'delay') {
        await pause(fault.milliseconds, services);
      } else if (fault.kind === 'request-limit') {
        return reply.code(403).type('application/json;charset=UTF-8').send(limitReached(fault.limit));
      } else if (fault.kind === 'respond') {
        const { status, body, headers = {} } = fault;
        const type = typeof body === 'string' ? 'text/html;charset=UTF-8' : 'application/json;charset=UTF-8';
        return reply
          .code(status)
          .type(type)
          .headers(headers)
          .send(typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body));
      } else if (fault.when === 'after') {
        request.orgLosesAnswer = true;
      } else {
        return breakConnection(request, reply, services);
      }
    }
    return undefined;
  });
  server.addHook('onSend', async (request, reply, payload) => {
    // Clients tell the org's time by it, and the org's clock may be a moved one.
    reply.header('date', new Date(services.clock.now()).toUTCString());
    if (request.orgAnswerDelayMs > 0) await pause(request.orgAnswerDelayMs, services);
    if (request.orgLosesAnswer) breakConnection(request, reply, services);
    return payload;
  });
}

function pause(milliseconds: number, { clock }: OrgServices): Promise<void> {
  return new Promise((done) => void clock.after(milliseconds, done));
}

/** REST guide, `dome_api_limits.htm`: too many calls in a day, or too many long ones at a time. */
function limitReached(limit: 'daily' | 'concurrent'): string {
  const what = limit === 'daily' ? 'TotalRequests' : 'ConcurrentRequests (Concurrent API Requests)';
  return JSON.stringify([{ message: `${what} Limit exceeded.`, errorCode: 'REQUEST_LIMIT_EXCEEDED' }]);
}

function breakConnection(request: FastifyRequest, reply: FastifyReply, services: OrgServices): FastifyReply {
  reply.hijack();
  request.raw.socket.destroy();
  note(request, 0, 0, services);
  return reply;
}

function addJournal(server: FastifyInstance, services: OrgServices): void {
  server.addHook('onResponse', async (request, reply) => {
    if (!request.raw.socket.destroyed || reply.raw.writableFinished)
      note(request, reply.statusCode, reply.elapsedTime, services);
  });
}

function note(request: FastifyRequest, status: number, durationMs: number, { clock, journal }: OrgServices): void {
  journal.add({
    at: new Date(clock.now()).toISOString(),
    method: request.method,
    path: request.url,
    status,
    app: request.orgApp,
    durationMs: Math.round(durationMs * 10) / 10,
  });
}

function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error.statusCode === 413) {
    if (request.url.startsWith('/cometd'))
      return reply.code(413).type('text/plain').send('Maximum Request Size Exceeded');
    return reply.code(413).send([{ message: 'The request body is too large', errorCode: 'REQUEST_ENTITY_TOO_LARGE' }]);
  }
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return reply.code(error.statusCode).send([{ message: error.message, errorCode: 'INVALID_INPUT' }]);
  }
  console.error(error);
  const errorId = `${Math.abs(hash(error.stack ?? error.message))}-1 (1)`;
  const message = `An unexpected error occurred. Please include this ErrorId if you contact support: ${errorId}`;
  return reply.code(500).send([{ message, errorCode: 'UNKNOWN_EXCEPTION' }]);
}

function hash(text: string): number {
  let value = 0;
  for (let index = 0; index < text.length; index += 1) value = (Math.imul(value, 31) + text.charCodeAt(index)) | 0;
  return value;
}
