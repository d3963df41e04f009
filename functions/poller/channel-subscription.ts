import type { Source } from '../../shared/bridge/define-bridge.ts';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import type { ReplayFrom, SubscriptionAnswer } from '../../shared/salesforce/bayeux-client.ts';
import { type ResolvedCapture, resolveCapture } from '../../shared/salesforce/channels.ts';
import type { ChannelKey, ChannelStore } from '../../shared/state/channel-store.ts';
import { errorFields, type Logger } from '../../shared/telemetry/logger.ts';
import type { Clock } from './clock.ts';
import type { Counters } from './counters.ts';
import { createFailureStreak } from './reconnect-policy.ts';
import { isBeforeStart, mergeSettings, type ReplayLoss, type ReplayStart, startFrom } from './replay-start.ts';

/** A source with the channel that carries it. */
export interface RoutedSource {
  readonly source: Source;
  readonly captured: ResolvedCapture;
}

/** One channel of an org, which all its sources share: when to subscribe it, from where, and what to do when refused. */
export interface ChannelSubscription {
  readonly key: ChannelKey;
  readonly sources: readonly RoutedSource[];
  /** Forgets the former session: Salesforce clears subscriptions with every handshake. */
  reset(): void;
  isDue(): boolean;
  /** Where to subscribe now; undefined when the channel has to wait, which was logged then. */
  prepare(): Promise<ReplayFrom | undefined>;
  /** Takes Salesforce's answer to a subscribe. */
  answered(answer: SubscriptionAnswer): void;
  /** True when an event is older than what this source is to get. */
  isBeforeStart(source: Source, committedAt: number): boolean;
}

interface ChannelSubscriptionParts {
  readonly key: ChannelKey;
  readonly sources: readonly RoutedSource[];
  readonly channels: ChannelStore;
  /** Makes what the channel needs in Salesforce, such as a PushTopic; may be called again. */
  readonly provide: () => Promise<void>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly counters: Counters;
  readonly logger: Logger;
}

/** A subscribe that was never answered is sent again after this time; to repeat one changes nothing. */
const ANSWER_TIMEOUT_MS = 60_000;

/** Groups sources by channel. */
export function routeSources(sources: readonly Source[]): Map<string, RoutedSource[]> {
  const routes = new Map<string, RoutedSource[]>();
  for (const source of sources) {
    const captured = resolveCapture(source.capture);
    const sharing = routes.get(captured.channel) ?? [];
    routes.set(captured.channel, [...sharing, { source, captured }]);
  }
  return routes;
}

export function createChannelSubscription(parts: ChannelSubscriptionParts): ChannelSubscription {
  const { key, sources, channels, provide, clock, random, counters, logger } = parts;
  const settings = mergeSettings(sources.map((routed) => routed.source));
  const refusals = createFailureStreak(random);
  let dueAt = 0;
  /** True while a refusal is waited out; that outlives the session. */
  let waiting = false;
  let start: ReplayStart = { from: settings.initialStart };
  let loss: ReplayLoss | undefined;

  function waitAfter(error: BridgeError): void {
    const { pauseMs, repeated } = refusals.failed(error);
    dueAt = clock.now() + pauseMs;
    waiting = true;
    const fields = { ...key, ...errorFields(error), retryInMs: Math.round(pauseMs) };
    if (repeated) logger.debug('channel still waits', fields);
    else logger.error('channel waits', fields);
  }

  function replayLost(error: BridgeError): void {
    const lost = start.from;
    const policy = settings.onReplayLost;
    counters.add('replayIdsLost');
    // Refused although no ID was sent: no policy can help, so it is a refusal as any other.
    if (lost === 'earliest' || lost === 'latest' || policy === 'halt') {
      waitAfter(error);
      return;
    }
    logger.warn('replay ID lost', { ...key, ...errorFields(error), replayId: lost, onReplayLost: policy });
    loss = { replayId: lost, policy, at: clock.date(), resumed: false };
    dueAt = clock.now();
  }

  return {
    key,
    sources,
    reset() {
      if (!waiting) dueAt = clock.now();
    },
    isDue: () => clock.now() >= dueAt,
    async prepare() {
      try {
        await provide();
      } catch (error) {
        if (!(error instanceof BridgeError) || !concernsChannelOnly(error)) throw error;
        waitAfter(error);
        return undefined;
      }
      const now = clock.date();
      const position = await channels.open(key, now);
      const firstOpening = position.openedAt === now.toISOString();
      start = startFrom(position, firstOpening, settings.initialStart, loss);
      waiting = false;
      dueAt = clock.now() + ANSWER_TIMEOUT_MS;
      return start.from;
    },
    answered({ refused }) {
      if (refused?.code === 'SKB_REPLAY_LOST') return replayLost(refused);
      if (refused !== undefined) return waitAfter(refused);
      refusals.worked();
      if (loss !== undefined) loss = { ...loss, resumed: true };
      dueAt = Number.POSITIVE_INFINITY;
      logger.info('subscribed', { ...key, replayFrom: start.from });
    },
    isBeforeStart: (source, committedAt) => isBeforeStart(start, source, committedAt),
  };
}

/** What is wrong with one PushTopic must not stop the org's other channels; weather and credentials concern them all. */
function concernsChannelOnly(error: BridgeError): boolean {
  return error.disposition !== 'retry' && error.code !== 'SKB_AUTH_REJECTED' && error.code !== 'SKB_BUG';
}
