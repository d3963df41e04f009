import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { BayeuxAnswer, BayeuxMessage } from '../../events/bayeux-messages.ts';
import type { OrgServices } from '../../services.ts';
import { tokenOf } from '../oauth/sessions.ts';
import { readCookies } from './cookies.ts';

const maxBodyBytes = 32_768;
const yearMs = 365 * 86_400_000;

/** The CometD endpoint. Clients append `/handshake` or `/connect` to the path or leave it bare, so it is matched by prefix. */
export function registerBayeux(server: FastifyInstance, services: OrgServices): void {
  const options = { bodyLimit: maxBodyBytes };
  const serve = (request: FastifyRequest, reply: FastifyReply) => serveBayeux(request, reply, services);
  for (const path of ['/cometd', '/cometd/*']) {
    server.post(path, options, serve);
    // Some clients look at the URL with a GET first; there is no transport for it.
    server.get(path, (_request, reply) => reply.code(400).type('text/plain').send('Unknown Bayeux Transport'));
  }
}

async function serveBayeux(request: FastifyRequest, reply: FastifyReply, services: OrgServices): Promise<FastifyReply> {
  const messages = messagesOf(request.body);
  if (messages === undefined) return reply.code(400).type('text/plain').send('Bad Request');
  const cookies = readCookies(request.headers.cookie);
  const token = tokenOf(request.headers.authorization) ?? cookies.get('sid');
  const session = services.sessions.find(token, false);
  request.orgApp = session?.app.name;
  const context = {
    version: versionOf(request.url),
    session,
    hasToken: token !== undefined,
    browserId: cookies.get('BAYEUX_BROWSER'),
    mayHold: messages.length === 1,
  };
  const answers = messages.map((message) => services.bayeux.handle(message, context));
  for (const answer of answers) setCookies(reply, answer, services);
  const texts: string[] = [];
  for (const answer of answers) {
    if (answer.hold === undefined) {
      texts.push(...answer.messages);
      continue;
    }
    const { release, answered } = answer.hold;
    request.raw.socket.once('close', release);
    texts.push(...(await answered));
    request.raw.socket.off('close', release);
  }
  return reply
    .type('application/json;charset=UTF-8')
    .header('cache-control', 'no-store')
    .send(`[${texts.join(',')}]`);
}

function messagesOf(body: unknown): readonly BayeuxMessage[] | undefined {
  if (typeof body !== 'string') return undefined;
  try {
    const parsed: unknown = JSON.parse(
      body.startsWith('message=') ? (new URLSearchParams(body).get('message') ?? '') : body,
    );
    const messages = Array.isArray(parsed) ? parsed : [parsed];
    const valid =
      messages.length > 0 &&
      messages.every((item) => typeof item === 'object' && item !== null && !Array.isArray(item));
    return valid ? (messages as BayeuxMessage[]) : undefined;
  } catch {
    return undefined;
  }
}

function versionOf(url: string): string | undefined {
  return /^\/cometd\/(\d+(?:\.\d+)?)(?:[/?]|$)/.exec(url)?.[1];
}

function setCookies(reply: FastifyReply, answer: BayeuxAnswer, services: OrgServices): void {
  // A cookie marked Secure would never come back over plain http, so the mark depends on how the org is served.
  const secure = services.instanceUrl().startsWith('https:') ? '; Secure' : '';
  if (answer.newBrowserId !== undefined) {
    const year = new Date(services.clock.now() + yearMs).toUTCString();
    reply.header('set-cookie', `BAYEUX_BROWSER=${answer.newBrowserId}; Path=/cometd/; HttpOnly${secure}`);
    reply.header('set-cookie', `t=${answer.newBrowserId.slice(0, 12)}; Path=/cometd/; HttpOnly${secure}`);
    reply.header('set-cookie', `BrowserId=${answer.newBrowserId.slice(0, 22)}; Path=/; expires=${year}${secure}`);
  }
  if (answer.newStickyCookie !== undefined) {
    const expires = new Date(services.clock.now() + services.settings.stickyCookieMs).toUTCString();
    const sameSite = secure === '' ? '' : '; SameSite=None';
    reply.header('set-cookie', `sfdc-stream=${answer.newStickyCookie}; path=/; expires=${expires}${sameSite}${secure}`);
  }
}
