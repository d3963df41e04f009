import Fastify, { type FastifyInstance } from 'fastify';
import { z } from 'zod';
import { registerAdmin } from '../admin.ts';
import { ApiError } from '../store/errors.ts';
import type { OrgControl } from './control.ts';
import { faultSchema } from './fault-schema.ts';

const records = z.array(z.record(z.string(), z.unknown())).optional();
const ids = z.array(z.string()).optional();
const changesSchema = z.strictObject({
  create: records,
  update: records,
  delete: ids,
  undelete: ids,
  client: z.string().optional(),
  api: z.enum(['rest', 'soap', 'bulk']).optional(),
});
const advanceSchema = z.strictObject({ milliseconds: z.number().nonnegative() });

/** The control API: plain JSON on a loopback port of its own. It is no part of what a Salesforce org offers. */
export function createControlServer(control: OrgControl): FastifyInstance {
  const server = Fastify({ bodyLimit: 50 * 1024 * 1024, forceCloseConnections: true });
  server.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    if (error instanceof z.ZodError) return reply.code(400).send({ problems: error.issues.map(problemOf) });
    const status = error instanceof ApiError ? error.status : (error.statusCode ?? 500);
    return reply.code(status).send({ problems: [error.message] });
  });
  registerAdmin(server, control);
  server.get('/counters', () => control.counters());
  server.post('/reset-counters', (_request, reply) => {
    control.resetCounters();
    return reply.code(204).send();
  });
  server.get<{ Params: { object: string }; Querystring: { deleted?: string } }>('/rows/:object', ({ params, query }) =>
    control.rows(params.object, { includeDeleted: query.deleted === 'true' }),
  );
  server.post('/rows', ({ body }) => control.changeRows(changesSchema.parse(body)));
  server.get('/faults', () => control.faults());
  server.post('/faults', ({ body }) => control.addFault(faultSchema.parse(body)));
  server.delete('/faults', (_request, reply) => {
    control.clearFaults();
    return reply.code(204).send();
  });
  server.delete<{ Params: { id: string } }>('/faults/:id', ({ params }, reply) =>
    reply.code(control.removeFault(Number(params.id)) ? 204 : 404).send(),
  );
  server.post('/clock/advance', ({ body }) => control.advanceClock(advanceSchema.parse(body).milliseconds));
  server.get<{ Querystring: { last?: string } }>('/journal', ({ query }) => control.journal(Number(query.last ?? 100)));
  return server;
}

function problemOf({ path, message }: z.core.$ZodIssue): string {
  return `${path.join('.') || 'body'}: ${message}`;
}
