import { CookieJar } from 'tough-cookie';
import { BridgeError } from '../errors/bridge-error.ts';
import type { AccessToken } from './auth/token-provider.ts';
import { classifyHttpAnswer } from './classify-bayeux-error.ts';
import { type ExactElement, parseElements } from './exact-elements.ts';
import { isJsonObject } from './exact-json.ts';

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
export function createBayeuxTransport(apiVersion: string, fetch: typeof globalThis.fetch): BayeuxTransport {
  const cookies = new CookieJar();

  return async (messages, { token, timeoutMs, signal }) => {
    const url = `${token.instanceUrl}/cometd/${apiVersion}`;
    using deadline = startDeadline(timeoutMs, signal);
    try {
      const cookie = await cookies.getCookieString(url);
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${token.value}`,
          ...(cookie === '' ? {} : { cookie }),
        },
        body: JSON.stringify(messages),
        // A login page is no answer, and the authorization must not travel to wherever a redirect points.
        redirect: 'manual',
        signal: deadline.signal,
      });
      // A cookie that is not for this host (Salesforce sends one for .salesforce.com) is ignored, as a browser does.
      for (const header of response.headers.getSetCookie()) {
        await cookies.setCookie(header, url, { ignoreError: true });
      }
      const body = await response.text();
      // Bayeux errors come with HTTP 200, but a body of Bayeux messages says more than any status.
      const answer = parseMessages(body);
      if (answer === undefined) {
        throw classifyHttpAnswer(response.status, body, response.headers.get('retry-after'));
      }
      return { messages: answer, ...dateOf(response) };
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof BridgeError) throw error;
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      const reason = deadline.signal.aborted ? `within ${timeoutMs} ms` : '(the connection failed)';
      throw new BridgeError('SKB_SALESFORCE_UNAVAILABLE', `No answer from ${new URL(url).origin} ${reason}`, { cause });
    }
  };
}

/** https://www.rfc-editor.org/rfc/rfc9110#field.date */
function dateOf(response: Response): { readonly at?: Date } {
  const at = new Date(response.headers.get('date') ?? '');
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

/** A signal that fires after a time or with another signal, and leaves no listener on that one when disposed. */
function startDeadline(ms: number, signal: AbortSignal | undefined): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  const timer = setTimeout(() => controller.abort(), ms);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    },
  };
}
