import type { Session } from '../protocol/oauth/sessions.ts';
import { refusal } from './bayeux-replies.ts';
import type { ConnectAnswer } from './delivery.ts';

/** A Bayeux message as a client sent it; nothing in it is trusted. */
export type BayeuxMessage = Readonly<Record<string, unknown>>;

export interface BayeuxRequest {
  /** Version part of the path, undefined when there is none. */
  readonly version: string | undefined;
  readonly session: Session | undefined;
  readonly hasToken: boolean;
  /** Value of the BAYEUX_BROWSER cookie. */
  readonly browserId: string | undefined;
  /** A connect may wait only when it is alone in its request. */
  readonly mayHold: boolean;
}

export interface BayeuxAnswer extends ConnectAnswer {
  /** Set on handshake: the new BAYEUX_BROWSER cookie. */
  readonly newBrowserId?: string;
  /** Value of the new `sfdc-stream` cookie of the load balancer. */
  readonly newStickyCookie?: string;
}

export function isMeta(channel: unknown): boolean {
  return String(channel).startsWith('/meta/');
}

export function refuse(message: BayeuxMessage, error: string, advice?: 'none' | 'handshake' | 'retry'): BayeuxAnswer {
  return { messages: [refusal(message, error, advice)] };
}

/** `ext.replay` of a subscribe: a map from subscription to replay ID; anything else counts as none. */
export function replayMapOf(message: BayeuxMessage): Readonly<Record<string, unknown>> {
  const replay = (message['ext'] as { readonly replay?: unknown } | null | undefined)?.replay;
  return typeof replay === 'object' && replay !== null ? (replay as Readonly<Record<string, unknown>>) : {};
}
