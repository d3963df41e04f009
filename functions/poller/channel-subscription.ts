import { BridgeError } from '../../shared/errors/bridge-error.ts';
import type { ReplayFrom, SubscriptionAnswer } from '../../shared/salesforce/bayeux-client.ts';
import type { ChannelKey, ChannelPosition } from '../../shared/state/channel-store.ts';
import { errorFields, type Logger } from '../../shared/telemetry/logger.ts';
import type { ChannelHold } from './channel-hold.ts';
import type { Clock } from './clock.ts';
import type { Counters } from './counters.ts';
import { createFailureStreak } from './reconnect-policy.ts';
import type { LostPosition } from './replay-start.ts';
import {
  isBeforeStart,
  isCovered,
  mergeSettings,
  openAt,
  positionAfterLoss,
  type ReplayStart,
  retentionMs,
  sinceEver,
  startCovered,
  startFrom,
} from './replay-start.ts';
import type { EventOrigin, RoutedSource } from './routed-source.ts';

/** What a session knows that a subscription needs. */
export interface SessionContext {
  readonly orgId: string;
  /** Salesforce's time. */
  readonly now: Date;
}

/** When to subscribe a channel, from where, and what to do when Salesforce refuses. */
export interface ChannelSubscription {
  /** Forgets the former session: Salesforce clears subscriptions with every handshake. */
  reset(): void;
  /** When to subscribe, on the monotonic clock; infinity while it is subscribed. */
  dueAt(): number;
  /** Where to subscribe now; undefined when the channel has to wait, which was logged then. */
  prepare(hold: ChannelHold, session: SessionContext): Promise<ReplayFrom | undefined>;
  /** Takes Salesforce's answer to a subscribe. */
  answered(answer: SubscriptionAnswer): void;
  /** Of the events that come now. */
  readonly origin: EventOrigin;
  readonly isSubscribed: boolean;
}

interface ChannelSubscriptionParts {
  readonly key: ChannelKey;
  readonly sources: readonly RoutedSource[];
  /** Makes what the channel needs in Salesforce, such as a PushTopic; may be called again. */
  readonly provide: () => Promise<void>;
  /** Remembers what is missing after a loss; resolves when the channel may go on from somewhere else. */
  readonly lost: (loss: LostPosition) => Promise<void>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly counters: Counters;
  readonly logger: Logger;
}

/** A subscribe that was never answered is sent again after this time; to repeat one changes nothing. */
const ANSWER_TIMEOUT_MS = 60_000;
/** How often to look whether the events from before a loss are published. */
const EMPTY_CHECK_MS = 200;

export function createChannelSubscription(parts: ChannelSubscriptionParts): ChannelSubscription {
  const { key, sources, provide, lost, clock, random, counters, logger } = parts;
  const settings = mergeSettings(sources.map((routed) => routed.source));
  const retainedMs = Math.min(...sources.map(({ captured }) => retentionMs(captured.capturedThrough)));
  const refusals = createFailureStreak(random);
  let dueAt = 0;
  /** True while a refusal is waited out; that outlives the session. */
  let waiting = false;
  let start: ReplayStart = { from: settings.initialStart };
  let origin: EventOrigin = { sources, isBeforeStart: () => false };
  /** The refusal of the replay ID that was asked for last. */
  let loss: BridgeError | undefined;
  let lastHold: ChannelHold | undefined;
  /** True while the table has not got a position that was decided on. */
  let isUnstored = false;

  /** Stored before the first event, so that a restart decides nothing twice. */
  async function goOnFrom(position: ChannelPosition, hold: ChannelHold): Promise<void> {
    hold.window.restart(position);
    isUnstored = true;
    await storePosition(hold);
  }

  async function storePosition({ lease }: ChannelHold): Promise<void> {
    await lease.commit();
    isUnstored = false;
  }

  function waitAfter(error: BridgeError): void {
    counters.add('subscriptionsRefused');
    const { pauseMs, repeated } = refusals.failed(error);
    dueAt = clock.now() + pauseMs;
    waiting = true;
    const fields = { ...key, ...errorFields(error), retryInMs: Math.round(pauseMs) };
    if (repeated) logger.debug('channel still waits', fields);
    else logger.error('channel waits', fields);
  }

  /** Decides how to go on after a loss; undefined: the channel waits. */
  async function startAfterLoss(
    error: BridgeError,
    hold: ChannelHold,
    session: SessionContext,
  ): Promise<ReplayStart | undefined> {
    const { window, publisher } = hold;
    const position = window.position();
    const sameOrg = position.orgId === undefined || position.orgId === session.orgId;
    if (sameOrg && isCovered(position, retainedMs, session.now)) {
      const covered = startCovered(position);
      if (covered.notBefore !== undefined) await publisher.learn(covered.notBefore);
      const { coveredUntil } = position;
      logger.info('replay ID expired in a quiet channel; nothing was missed', { ...key, coveredUntil });
      return covered;
    }
    counters.add('replayIdsLost');
    const policy = settings.onReplayLost;
    const { replayId = '', coveredUntil, openedAt = sinceEver } = position;
    // Of another org nothing was delivered yet.
    const deliveredUntil = new Date(sameOrg ? (coveredUntil ?? openedAt) : sinceEver);
    await lost({ replayId, policy, deliveredUntil, at: session.now });
    if (policy === 'halt') {
      waitAfter(error);
      return undefined;
    }
    logger.warn('replay ID lost', { ...key, ...errorFields(error), replayId, coveredUntil, onReplayLost: policy });
    publisher.forget();
    loss = undefined;
    await goOnFrom(positionAfterLoss(position, policy, session), hold);
    return { from: policy === 'latest' ? 'latest' : 'earliest' };
  }

  async function nextStart(hold: ChannelHold, session: SessionContext): Promise<ReplayStart | undefined> {
    const { window } = hold;
    // Another task may have moved the position since.
    if (hold !== lastHold) {
      loss = undefined;
      isUnstored = false;
    }
    lastHold = hold;
    if (isUnstored) await storePosition(hold);
    const position = window.position();
    if (position.openedAt === undefined && position.replayId === undefined) {
      await goOnFrom(openAt(position, settings, session), hold);
      return { from: settings.initialStart };
    }
    if (position.orgId === undefined && window.waitingUnits === 0) {
      window.restart({ ...position, orgId: session.orgId });
    }
    loss ??= lossOfOrg(position, session);
    if (loss === undefined) {
      // What was received is here, committed or not, and is not asked for again.
      return startFrom({ ...position, ...(window.lastReceived && { replayId: window.lastReceived }) });
    }
    if (window.waitingUnits > 0) {
      dueAt = clock.now() + EMPTY_CHECK_MS;
      return undefined;
    }
    const decided = await startAfterLoss(loss, hold, session);
    loss = undefined;
    return decided;
  }

  function lossOfOrg({ orgId, replayId }: ChannelPosition, session: SessionContext): BridgeError | undefined {
    if (orgId === undefined || orgId === session.orgId || replayId === undefined) return undefined;
    return new BridgeError(
      'SKB_REPLAY_LOST',
      `${key.org} is another org now, where the stored replay ID means nothing`,
      {
        context: { ...key, before: orgId, now: session.orgId },
      },
    );
  }

  return {
    reset() {
      if (!waiting) dueAt = clock.now();
    },
    dueAt: () => dueAt,
    async prepare(hold, session) {
      try {
        await provide();
      } catch (error) {
        if (!(error instanceof BridgeError) || !concernsChannelOnly(error)) throw error;
        waitAfter(error);
        return undefined;
      }
      const next = await nextStart(hold, session);
      if (next === undefined) return undefined;
      start = next;
      origin = { sources, isBeforeStart: (source, committedAt) => isBeforeStart(next, source, committedAt) };
      waiting = false;
      dueAt = clock.now() + ANSWER_TIMEOUT_MS;
      return start.from;
    },
    answered({ refused }) {
      // Without an ID sent no policy can help, so it is a refusal as any other.
      if (refused?.code === 'SKB_REPLAY_LOST' && start.from !== 'earliest' && start.from !== 'latest') {
        loss = refused;
        dueAt = clock.now();
        return;
      }
      if (refused !== undefined) return waitAfter(refused);
      refusals.worked();
      dueAt = Number.POSITIVE_INFINITY;
      logger.info('subscribed', { ...key, replayFrom: start.from });
    },
    get origin() {
      return origin;
    },
    get isSubscribed() {
      return dueAt === Number.POSITIVE_INFINITY;
    },
  };
}

/** What is wrong with one PushTopic must not stop the org's other channels; weather and credentials concern them all. */
function concernsChannelOnly(error: BridgeError): boolean {
  return error.disposition !== 'retry' && error.code !== 'SKB_AUTH_REJECTED' && error.code !== 'SKB_BUG';
}
