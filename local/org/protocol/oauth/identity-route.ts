import { XMLBuilder } from 'fast-xml-parser';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { OrgServices } from '../../services.ts';
import { toId18 } from '../../store/ids.ts';
import { identityOf } from './identity.ts';
import { formOf, sessionOf } from './request.ts';

interface Place {
  readonly Params: { readonly org: string; readonly user: string };
}

/** The identity URL, as JSON or XML; its refusals are single words (`remoteaccess_using_openid.htm`). */
export function registerIdentity(server: FastifyInstance, services: OrgServices): void {
  const serve = (request: FastifyRequest<Place>, reply: FastifyReply): FastifyReply => {
    const refuse = (status: number, word: string): FastifyReply =>
      reply.code(status).type('text/html;charset=UTF-8').send(word);
    const session = sessionOf(request, services);
    if (typeof session === 'string') return refuse(403, session);
    const org = toId18(request.params.org);
    const userId = toId18(request.params.user);
    if (org === undefined || userId === undefined) return refuse(404, 'Bad_Id');
    if (org !== services.orgId) return refuse(403, 'Wrong_Org');
    const user = services.directory.users.find((candidate) => candidate.id === userId);
    if (user === undefined) return refuse(404, 'Bad_Id');
    if (user.active === false) return refuse(404, 'Inactive');
    const form = formOf(request);
    const identity = identityOf(user, services, form.get('version') ?? undefined);
    const format = form.get('format') ?? (/application\/xml/.test(request.headers.accept ?? '') ? 'xml' : 'json');
    if (format !== 'xml') return reply.send(identity);
    const xml = new XMLBuilder({ ignoreAttributes: false }).build({
      '?xml': { '@_version': '1.0', '@_encoding': 'UTF-8' },
      user: { ...identity, '@_xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance' },
    }) as string;
    return reply.type('application/xml;charset=UTF-8').send(xml);
  };
  server.get<Place>('/id/:org/:user', serve);
  server.post<Place>('/id/:org/:user', serve);
}
