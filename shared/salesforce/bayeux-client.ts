import { BridgeError } from '../errors/bridge-error.ts';
import type { ReplayId } from '../state/channel-store.ts';
import type { AccessToken, TokenProvider } from './auth/token-provider.ts';
import { type BayeuxMessage, type BayeuxResponse, createBayeuxTransport } from './bayeux-transport.ts';
import { type BayeuxRequest, classifyBayeuxError } from './classify-bayeux-error.ts';
import { exactNumber, isJsonObject } from './exact-json.ts';
import { createHttpExchange, type HttpExchange } from './http-exchange.ts';

// The protocol only: what to subscribe, from where, and what to do about a lost session is decided by the caller.
// https://developer.salesforce.com/docs/atlas.en-us.api_streaming.meta/api_streaming/using_streaming_api_client_connection.htm

/** Where a channel starts: after an event, with new events only, or with everything that is retained. */
export type ReplayFrom = ReplayId | 'latest' | 'earliest';

export interface BayeuxEvent {
  readonly channel: string;
  /** Absent when the message carries none; its position is then unknown. */
  readonly replayId: ReplayId | undefined;
  readonly data: unknown;
  /** The message as it arrived. */
  readonly text: string;
  /** About how many characters it has, which is known without a look at them. */
  readonly size: number;
}

export interface SubscriptionAnswer {
  readonly channel: string;
  /** Why Salesforce refused; absent when it subscribed the channel. */
  readonly refused?: BridgeError;
}

/** What one HTTP answer brought. Events and answers to subscribes may ride on any of them. */
export interface BayeuxAnswer {
  readonly events: readonly BayeuxEvent[];
  readonly subscriptions: readonly SubscriptionAnswer[];
  /** When Salesforce answered, by its own clock. */
  readonly at?: Date;
  /** Set when the session ended with this answer; the events before it are good. */
  readonly ended?: BridgeError;
}

export interface BayeuxSession {
  /** When Salesforce answered the handshake, by its own clock. */
  readonly startedAt?: Date;
  /** Milliseconds that Salesforce wants between a connect answer and the next connect. */
  readonly intervalMs: number;
  /** Asks for channels; the answers may arrive here or with a later {@link connect}. */
  subscribe(channels: ReadonlyMap<string, ReplayFrom>, signal?: AbortSignal): Promise<BayeuxAnswer>;
  /** Waits for events until Salesforce's own timeout. Never call it again before it answered. */
  connect(signal?: AbortSignal): Promise<BayeuxAnswer>;
  /** Ends the session at Salesforce. Its failure is of no interest, since Salesforce forgets the session after 40 s. */
  disconnect(): Promise<void>;
}

export interface BayeuxClient {
  /**
   * Starts a session without subscriptions.
   *
   * @throws BridgeError SKB_AUTH_REJECTED when a freshly issued token is refused too.
   */
  handshake(signal?: AbortSignal): Promise<BayeuxSession>;
}

interface BayeuxClientParts {
  readonly tokens: TokenProvider;
  /** Such as `66.0`. */
  readonly apiVersion: string;
  /** How long an answer may take beyond the time Salesforce says it holds a connect. @default 15000 */
  readonly connectMarginMs?: number;
  /** How long any other answer may take. @default 30000 */
  readonly requestTimeoutMs?: number;
  /** @default over connections that are kept alive */
  readonly http?: HttpExchange;
}

/** The time Salesforce holds a connect, until its advice says otherwise. */
const DEFAULT_CONNECT_TIMEOUT_MS = 110_000;
/** A drain must not wait for an org that does not answer. */
const DISCONNECT_TIMEOUT_MS = 2_000;

export function createBayeuxClient({
  tokens,
  apiVersion,
  connectMarginMs = 15_000,
  requestTimeoutMs = 30_000,
  http = createHttpExchange(),
}: BayeuxClientParts): BayeuxClient {
  const post = createBayeuxTransport(apiVersion, http);
  let lastId = 0;
  /** The token that was refused last, so that the next handshake does not offer it again. */
  let refusedToken: AccessToken | undefined;

  async function exchange(
    messages: readonly object[],
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<BayeuxResponse> {
    const token = await tokens.current();
    const noteRefusal = (error: unknown) => {
      if (error instanceof BridgeError && error.code === 'SKB_AUTH_EXPIRED') refusedToken = token;
    };
    try {
      const numbered = messages.map((message) => ({ ...message, id: String(++lastId) }));
      const response = await post(numbered, { token, timeoutMs, signal });
      response.messages.map(refusalOf).forEach(noteRefusal);
      return response;
    } catch (error) {
      noteRefusal(error);
      throw error;
    }
  }

  async function requestSession(signal?: AbortSignal): Promise<BayeuxSession> {
    const { messages, at } = await exchange([handshakeMessage], requestTimeoutMs, signal);
    const answer = messages.find((message) => message.value['channel'] === '/meta/handshake');
    const refusal = answer === undefined ? unanswered('handshake') : refusalOf(answer);
    if (refusal !== undefined) throw refusal;
    const clientId = answer?.value['clientId'];
    if (typeof clientId !== 'string') throw unanswered('handshake');
    return createSession(clientId, at);
  }

  function createSession(clientId: string, startedAt: Date | undefined): BayeuxSession {
    let advice = { intervalMs: 0, timeoutMs: DEFAULT_CONNECT_TIMEOUT_MS };
    const read = ({ messages, at }: BayeuxResponse, request: BayeuxRequest): BayeuxAnswer => {
      for (const message of messages) advice = nextAdvice(advice, message);
      return { ...readAnswer(messages, request), ...(at && { at }) };
    };
    return {
      ...(startedAt && { startedAt }),
      get intervalMs() {
        return advice.intervalMs;
      },
      async subscribe(channels, signal) {
        const messages = [...channels].map(([channel, from]) => subscribeMessage(clientId, channel, from));
        return read(await exchange(messages, requestTimeoutMs, signal), 'subscribe');
      },
      async connect(signal) {
        const message = { channel: '/meta/connect', clientId, connectionType: 'long-polling' };
        return read(await exchange([message], advice.timeoutMs + connectMarginMs, signal), 'connect');
      },
      async disconnect() {
        await exchange([{ channel: '/meta/disconnect', clientId }], DISCONNECT_TIMEOUT_MS).catch(() => undefined);
      },
    };
  }

  return {
    async handshake(signal) {
      if (refusedToken === undefined) {
        try {
          return await requestSession(signal);
        } catch (error) {
          if (!(error instanceof BridgeError) || error.code !== 'SKB_AUTH_EXPIRED') throw error;
        }
      }
      // 401 on any request of the last session or on the handshake above: one fresh token, then it counts as rejected.
      if (refusedToken !== undefined) await tokens.renew(refusedToken);
      refusedToken = undefined;
      try {
        return await requestSession(signal);
      } catch (error) {
        if (!(error instanceof BridgeError) || error.code !== 'SKB_AUTH_EXPIRED') throw error;
        throw new BridgeError('SKB_AUTH_REJECTED', `A fresh access token was refused as well: ${error.message}`, {
          context: error.context,
          cause: error,
        });
      }
    },
  };
}

const handshakeMessage = {
  channel: '/meta/handshake',
  version: '1.0',
  minimumVersion: '1.0',
  supportedConnectionTypes: ['long-polling'],
  ext: { replay: true },
};

const replayNumbers: Readonly<Record<string, number>> = { latest: -1, earliest: -2 };

function subscribeMessage(clientId: string, channel: string, from: ReplayFrom): object {
  const replay = replayNumbers[from] ?? exactNumber(from);
  return { channel: '/meta/subscribe', clientId, subscription: channel, ext: { replay: { [channel]: replay } } };
}

function readAnswer(messages: readonly BayeuxMessage[], request: BayeuxRequest): BayeuxAnswer {
  const events: BayeuxEvent[] = [];
  const subscriptions: SubscriptionAnswer[] = [];
  let ended: BridgeError | undefined;
  let answered = request === 'subscribe';
  for (const message of messages) {
    const channel = String(message.value['channel']);
    const refused = refusalOf(message);
    if (!channel.startsWith('/meta/')) events.push(toEvent(channel, message));
    else if (channel === '/meta/subscribe') {
      if (refused !== undefined && endsSession(refused)) ended ??= refused;
      else subscriptions.push({ channel: String(message.value['subscription']), ...(refused && { refused }) });
    } else if (channel === '/meta/disconnect') {
      // Nobody asked for it: servers that scale down send it, see the Summer '25 (64.0) release notes.
      ended ??= new BridgeError('SKB_SUBSCRIPTION_LOST', 'Salesforce ended the session with a disconnect message');
    } else {
      ended = refused ?? ended ?? adviceToLeave(message);
      answered = true;
    }
  }
  if (!answered) ended ??= unanswered(request);
  return { events, subscriptions, ...(ended && { ended }) };
}

/** What an unsuccessful message means; undefined for a successful one and for an event. */
function refusalOf({ value: fields }: BayeuxMessage): BridgeError | undefined {
  if (fields['successful'] !== false) return undefined;
  const advice = isJsonObject(fields['advice']) ? fields['advice'] : {};
  const ext = isJsonObject(fields['ext']) ? fields['ext'] : {};
  const sfdc = isJsonObject(ext['sfdc']) ? ext['sfdc'] : {};
  return classifyBayeuxError({
    request: String(fields['channel']).slice('/meta/'.length) as BayeuxRequest,
    error: textOf(fields['error']),
    failureReason: textOf(sfdc['failureReason']),
    reconnect: textOf(advice['reconnect']),
    channel: textOf(fields['subscription']),
  });
}

/** A refused subscribe leaves the session alive, unless the session itself was the reason. */
function endsSession(refused: BridgeError): boolean {
  return refused.code === 'SKB_AUTH_EXPIRED' || refused.code === 'SKB_SUBSCRIPTION_LOST';
}

/** A service never stops for good, so advice `none` means a new session as `handshake` does. */
function adviceToLeave({ value: fields }: BayeuxMessage): BridgeError | undefined {
  const reconnect = isJsonObject(fields['advice']) ? fields['advice']['reconnect'] : undefined;
  if (reconnect !== 'handshake' && reconnect !== 'none') return undefined;
  return new BridgeError('SKB_SUBSCRIPTION_LOST', `Salesforce advised '${reconnect}' after a good connect`);
}

function nextAdvice(last: { intervalMs: number; timeoutMs: number }, { value: fields }: BayeuxMessage) {
  const advice = isJsonObject(fields['advice']) ? fields['advice'] : {};
  const { interval, timeout } = advice;
  return {
    intervalMs: typeof interval === 'number' && interval >= 0 ? interval : last.intervalMs,
    timeoutMs: typeof timeout === 'number' && timeout >= 0 ? timeout : last.timeoutMs,
  };
}

function toEvent(channel: string, message: BayeuxMessage): BayeuxEvent {
  const data = message.value['data'];
  const event = isJsonObject(data) && isJsonObject(data['event']) ? data['event'] : {};
  // A number in JSON; the parser has made it text already, so that no digit is lost.
  const replayId = textOf(event['replayId']);
  return new MessageEvent(channel, replayId as ReplayId | undefined, message);
}

class MessageEvent implements BayeuxEvent {
  readonly channel: string;
  readonly replayId: ReplayId | undefined;
  readonly #message: BayeuxMessage;

  constructor(channel: string, replayId: ReplayId | undefined, message: BayeuxMessage) {
    this.channel = channel;
    this.replayId = replayId;
    this.#message = message;
  }

  get data(): unknown {
    return this.#message.value['data'];
  }

  get text(): string {
    return this.#message.text;
  }

  get size(): number {
    return this.#message.size;
  }
}

function unanswered(request: BayeuxRequest): BridgeError {
  return new BridgeError('SKB_SALESFORCE_UNAVAILABLE', `The answer to the Bayeux ${request} is missing or incomplete`);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
