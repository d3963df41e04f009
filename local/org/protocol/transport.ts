import { promisify } from 'node:util';
import { createGunzip, gzip } from 'node:zlib';
import type { FastifyInstance, FastifyRequest } from 'fastify';

const compress = promisify(gzip);

/** Both limits are 16,384 bytes on the platform (REST guide, `errorcodes.htm`). */
const maxUriBytes = 16_384;
const maxHeaderBytes = 16_384;
/** Smaller answers are sent as they are: compressing them costs more than it saves. */
const minCompressedBytes = 512;

/** What the HTTP parser reads at most; above it the connection ends with 431 before any route is known. */
export const parserHeaderBytes = 65_536;

/** As recorded from a real org. */
const everywhere: Readonly<Record<string, string>> = {
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-xss-protection': '1; mode=block',
  'x-robots-tag': 'none',
};
const noCache = 'no-cache,must-revalidate,max-age=0,no-store,private';

/** What every face of the org does with requests and answers: size limits, compressed bodies both ways, common headers. */
export function addTransport(server: FastifyInstance): void {
  server.addHook('onRequest', async (request, reply) => {
    const refusal = tooLong(request);
    if (refusal === undefined) return undefined;
    // The edge answers this itself, in HTML.
    const [status, reason] = refusal;
    const html = `<h1>Bad Message ${status}</h1><pre>reason: ${reason}</pre>`;
    return reply.code(status).type('text/html;charset=ISO-8859-1').send(html);
  });
  server.addHook('preParsing', async (request, _reply, payload) => {
    if (!/^(?:x-)?gzip$/i.test(request.headers['content-encoding'] ?? '')) return payload;
    // The length header is that of the compressed body.
    delete request.headers['content-length'];
    const plain = payload.pipe(createGunzip());
    plain.on('error', (error: Error & { statusCode?: number }) => {
      error.statusCode = 400;
    });
    return plain;
  });
  server.addHook('onSend', async (request, reply, payload) => {
    reply.headers(everywhere);
    // As Salesforce spells it.
    if (reply.getHeader('content-type') === 'application/json; charset=utf-8') {
      reply.header('content-type', 'application/json;charset=UTF-8');
    }
    reply.header('vary', 'Accept-Encoding');
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', noCache);
    if (typeof payload !== 'string' || payload.length < minCompressedBytes) return payload;
    if (!/\bgzip\b/i.test(String(request.headers['accept-encoding'] ?? ''))) return payload;
    reply.header('content-encoding', 'gzip').removeHeader('content-length');
    return await compress(payload, { level: 1 });
  });
}

function tooLong({ raw }: FastifyRequest): readonly [number, string] | undefined {
  if ((raw.url ?? '').length > maxUriBytes) return [414, 'URI Too Long'];
  const headerBytes = raw.rawHeaders.reduce((total, text) => total + text.length + 2, 0);
  return headerBytes > maxHeaderBytes ? [431, 'Request Header Fields Too Large'] : undefined;
}
