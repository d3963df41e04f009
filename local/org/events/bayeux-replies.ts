import type { OrgSettings } from '../settings.ts';
import { bayeuxErrors } from './bayeux-errors.ts';
import type { StreamingClient } from './streaming-client.ts';

/** A message as JSON; parts that are undefined are left out. */
export function reply(message: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(message);
}

const handshakeAgain = { interval: 0, reconnect: 'handshake' };
const never = { interval: 0, reconnect: 'none' };

export function handshakeReply(client: StreamingClient, id: unknown): string {
  return reply({
    ext: { replay: true, 'payload.format': true },
    minimumVersion: '1.0',
    clientId: client.id,
    supportedConnectionTypes: ['long-polling'],
    channel: '/meta/handshake',
    id,
    version: '1.0',
    successful: true,
  });
}

/** Today's form has the real reason under `ext.sfdc`; the one of 2017 has it as the error. */
export function deniedHandshake(id: unknown, reason: string, form: 'failureReason' | 'plain'): string {
  const plain = form === 'plain';
  const replay = { replay: true, 'payload.format': true };
  return reply({
    ext: plain ? { replay: true } : { sfdc: { failureReason: reason }, ...replay },
    advice: { reconnect: 'none' },
    channel: '/meta/handshake',
    id,
    error: plain ? reason : bayeuxErrors.handshakeDenied,
    successful: false,
  });
}

/** The first connect tells the client how to behave; the later ones do not repeat it. */
export function connectReplyWithAdvice(client: StreamingClient, id: unknown, timeout: number): string {
  const advice = { interval: 0, timeout, reconnect: 'retry' };
  return reply({ clientId: client.id, advice, channel: '/meta/connect', id, successful: true });
}

/** For a client whose browser cookie another client already holds a connect with. */
export function sharedBrowserReply(
  client: StreamingClient,
  id: unknown,
  { connectHoldMs, sharedBrowserIntervalMs }: OrgSettings,
): string {
  const pause = { interval: sharedBrowserIntervalMs, timeout: connectHoldMs };
  const advice = { ...pause, reconnect: 'retry', 'multiple-clients': true };
  return reply({ clientId: client.id, advice, channel: '/meta/connect', id, successful: true });
}

export function connectReply(client: StreamingClient, id: unknown): string {
  return reply({ clientId: client.id, channel: '/meta/connect', id, successful: true });
}

/** A client that is not known gets no ID back. */
export function unknownClientReply(channel: unknown, id: unknown): string {
  return reply({ advice: handshakeAgain, channel, id, error: bayeuxErrors.unknownClient, successful: false });
}

/** A connect that is refused for as long as a limit holds; the client is still known. */
export function stoppedReply(client: StreamingClient, id: unknown, error: string): string {
  return reply({ clientId: client.id, advice: never, channel: '/meta/connect', id, error, successful: false });
}

export function unauthorizedReply(client: StreamingClient, id: unknown): string {
  return stoppedReply(client, id, bayeuxErrors.authenticationInvalid);
}

/** A refusal of any other kind, with what the message was about; `advice` only where the session is affected. */
export function refusal(
  message: Readonly<Record<string, unknown>>,
  error: string,
  advice?: 'none' | 'handshake' | 'retry',
): string {
  const { clientId, channel, id, subscription } = message;
  const given = advice === undefined ? undefined : { reconnect: advice, interval: 0 };
  return reply({ clientId, advice: given, channel, id, subscription, error, successful: false });
}
