import { CookieJar } from 'tough-cookie';
import { BridgeError } from '../errors/bridge-error.ts';
import type { AccessToken } from './auth/token-provider.ts';
import { classifyHttpAnswer } from './classify-bayeux-error.ts';
import { type ExactElement, parseElements } from './exact-elements.ts';
import { isJsonObject } from './exact-json.ts';
import type { HttpAnswer, HttpExchange } from './http-exchange.ts';

/** One Bayeux message of an answer, with its text as it arrived. */
export interface BayeuxMessage extends ExactElement {
  readonly value: Readonly<Record<string, unknown>>;
}

interface PostOptions {
  readonly token: AccessToken;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface BayeuxResponse {
  readonly messages: readonly BayeuxMessage[];
  /** When Salesforce answered, by its own clock; absent when it did not say. */
  readonly at?: Date;
}

export type BayeuxTransport = (messages: readonly object[], options: PostOptions) => Promise<BayeuxResponse>;

/**
 * Sends Bayeux messages over HTTP. The cookies outlive a session: a load balancer routes by them.
 *
 * The returned function throws BridgeError for everything that is not an answer in Bayeux messages, and the signal's
 * reason when it was aborted.
 */
export function createBayeuxTransport(apiVersion: string, http: HttpExchange): BayeuxTransport {
  const cookies = new CookieJar();

  return async (messages, { token, timeoutMs, signal }) => {
    const url = `${token.instanceUrl}/cometd/${apiVersion}`;
    const cookie = await cookies.getCookieString(url);
    const { statusCode, headers, setCookies, body } = await http({
      method: 'POST',
      url,
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${token.value}`,
        ...(cookie === '' ? {} : { cookie }),
      },
      body: JSON.stringify(messages),
      timeoutMs,
      signal,
    }).catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw unanswered(url, cause);
    });
    // A cookie that is not for this host (Salesforce sends one for .salesforce.com) is ignored, as a browser does.
    for (const each of setCookies) await cookies.setCookie(each, url, { ignoreError: true });
    // Bayeux errors come with HTTP 200, but a body of Bayeux messages says more than any status.
    const answer = parseMessages(body);
    if (answer === undefined) throw classifyHttpAnswer(statusCode, body, headers['retry-after'] ?? null);
    return { messages: answer, ...dateOf(headers) };
  };
}

function unanswered(url: string, cause: unknown): BridgeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new BridgeError('SKB_SALESFORCE_UNAVAILABLE', `No answer from ${new URL(url).origin}: ${reason}`, { cause });
}

/** https://www.rfc-editor.org/rfc/rfc9110#field.date */
function dateOf(headers: HttpAnswer['headers']): { readonly at?: Date } {
  const at = new Date(headers['date'] ?? '');
  return Number.isNaN(at.getTime()) ? {} : { at };
}

function parseMessages(body: string): readonly BayeuxMessage[] | undefined {
  try {
    const messages = parseElements(body);
    return messages.every(isMessage) ? messages : undefined;
  } catch {
    return undefined;
  }
}

function isMessage(message: ExactElement): message is BayeuxMessage {
  return isJsonObject(message.value) && typeof message.value['channel'] === 'string';
}
