import { BridgeError } from '../../shared/errors/bridge-error.ts';
import type { BayeuxAnswer, ReplayFrom } from '../../shared/salesforce/bayeux-client.ts';
import type { Logger } from '../../shared/telemetry/logger.ts';
import type { Bell } from './bell.ts';
import type { ChannelHold } from './channel-hold.ts';
import type { ChannelSubscription } from './channel-subscription.ts';
import { type Clock, unlessAborted } from './clock.ts';
import type { Counters, SkipReason } from './counters.ts';
import type { Health } from './health.ts';
import type { PollerOrg } from './poller-org.ts';
import { receivedEvent } from './received-event.ts';
import type { Channel } from './run-channel.ts';

/** A channel as a session sees it. */
export interface StreamedChannel extends Channel {
  readonly subscription: ChannelSubscription;
}

export interface StreamParts {
  readonly health: Health;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Salesforce forgets a session that sends no connect for 40 s; until then a session can wait for room. */
const WAIT_FOR_ROOM_MS = 20_000;
/** What a subscription replays comes within seconds; only then does an answer without events say that there are none. */
const REPLAY_SETTLES_MS = 30_000;
/** Salesforce takes a request of 32,768 bytes; a subscribe has 300 at most. */
const CHANNELS_PER_REQUEST = 100;
/** The longest that one looks away from the clock. */
const LOOK_AGAIN_MS = 60_000;

/**
 * One session: subscribes every channel that this task holds, and gives what comes to the channel's window, until the
 * session is lost, a channel is taken away, or one has no room any more.
 *
 * @throws BridgeError why the session ended, or the signal's reason.
 */
export async function streamSession(
  org: PollerOrg,
  channels: readonly StreamedChannel[],
  parts: StreamParts,
  changed: Bell,
  signal: AbortSignal,
): Promise<void> {
  const { clock, counters, health, logger } = parts;
  const orgId = await unlessAborted(org.rest.orgId(), signal);
  const session = await unlessAborted(org.bayeux.handshake(signal), signal);
  /** Each channel is subscribed once in a session, for the hold that it had then. */
  const subscribed = new Map<
    string,
    { readonly channel: StreamedChannel; readonly hold: ChannelHold; readonly at: number }
  >();
  const over = new AbortController();
  const ended = AbortSignal.any([signal, over.signal]);
  const end = (error: unknown) => over.abort(error);
  let salesforceNow = session.startedAt ?? clock.date();
  let subscribing: Promise<void> = Promise.resolve();
  for (const { subscription } of channels) subscription.reset();

  try {
    await subscribeDue();
    await Promise.all([connectAgainAndAgain().catch(end), subscribeWhenDue().catch(end), leaveWhenTaken()]);
    ended.throwIfAborted();
  } finally {
    const reason: unknown = over.signal.reason;
    for (const { content } of channels) content.unsubscribed();
    end(new Error('the session is over'));
    // A session that Salesforce ended is not there to be left.
    if (signal.aborted || reason instanceof PausedOnPurpose) await session.disconnect();
  }

  async function connectAgainAndAgain(): Promise<void> {
    while (!ended.aborted) {
      await waitForRoom();
      const answer = await unlessAborted(session.connect(ended), ended);
      if (answer.ended === undefined) {
        const behind = channels.some(({ hold }) => hold?.publisher.waits);
        await health.report(org.name, behind ? 'waiting-for-kafka' : 'streaming', true);
      }
      // An answer to a subscribe that is under way was sent before or after this one; its channel's events come with ours.
      await subscribing;
      settle(answer);
      if (answer.ended === undefined) cover(answer);
      await clock.wait(session.intervalMs, ended);
    }
  }

  /** Beside the connect that Salesforce holds: Bayeux allows one request more, and a channel must not wait for it. */
  async function subscribeWhenDue(): Promise<void> {
    while (!ended.aborted) {
      const dueInMs = Math.min(
        LOOK_AGAIN_MS,
        ...channels.filter(isOpen).map(({ subscription }) => subscription.dueAt() - clock.now()),
      );
      if (dueInMs > 0) await changed.rung(clock, dueInMs, ended);
      else {
        subscribing = subscribeDue(true);
        await subscribing;
      }
    }
  }

  function isOpen({ hold }: StreamedChannel): boolean {
    return hold?.hasRoom() === true;
  }

  async function subscribeDue(besideConnect = false): Promise<void> {
    for (;;) {
      const due = channels
        .filter((each) => isOpen(each) && each.subscription.dueAt() <= clock.now())
        .slice(0, CHANNELS_PER_REQUEST);
      const requests = new Map<string, ReplayFrom>();
      const asked = new Map<string, { channel: StreamedChannel; hold: ChannelHold; at: number }>();
      for (const channel of due) {
        const { hold, key, subscription } = channel;
        if (hold === undefined) continue;
        const from = await unlessAborted(subscription.prepare(hold, { orgId, now: salesforceNow }), ended);
        if (from === undefined) continue;
        requests.set(key.channel, from);
        asked.set(key.channel, { channel, hold, at: clock.now() });
      }
      if (requests.size === 0) return;
      for (const [name, each] of asked) subscribed.set(name, each);
      const answer = await unlessAborted(session.subscribe(requests, ended), ended);
      if (besideConnect && answer.events.length > 0) {
        // Which of two answers came first cannot be told, so the events are asked for again where it is plain.
        throw new BridgeError('SKB_SUBSCRIPTION_LOST', 'Events came beside a connect that was under way');
      }
      settle(answer);
    }
  }

  function settle(answer: BayeuxAnswer): void {
    salesforceNow = answer.at ?? salesforceNow;
    for (const event of answer.events) {
      counters.add('eventsReceived');
      const known = subscribed.get(event.channel);
      if (known === undefined) {
        skipWhole('unknown-channel');
        logger.warn('event of a channel that was not subscribed', { org: org.name, channel: event.channel });
      } else if (known.channel.hold !== known.hold) skipWhole('not-ours');
      else known.hold.window.receive([receivedEvent(event, orgId, known.channel.subscription.origin)]);
    }
    for (const { hold } of subscribed.values()) hold.bell.ring();
    for (const each of answer.subscriptions) {
      const channel = subscribed.get(each.channel)?.channel;
      channel?.subscription.answered(each);
      if (each.refused === undefined) channel?.content.subscribed(orgId);
      if (each.refused !== undefined) subscribed.delete(each.channel);
    }
    if (answer.ended !== undefined) throw answer.ended;
  }

  function skipWhole(reason: SkipReason): void {
    counters.skip(reason);
    counters.add('eventsSkipped');
  }

  /** A connect that brought nothing of a channel says that there is nothing. */
  function cover({ events, at }: BayeuxAnswer): void {
    if (at === undefined) return;
    const active = new Set(events.map(({ channel }) => channel));
    for (const [name, { channel, hold, at: since }] of subscribed) {
      const settled = channel.subscription.isSubscribed && clock.now() - since >= REPLAY_SETTLES_MS;
      if (settled && !active.has(name) && channel.hold === hold) hold.window.cover(at);
    }
  }

  /** Stops polling while Kafka is behind; if that lasts, the session is given up on purpose and goes on without it. */
  async function waitForRoom(): Promise<void> {
    const giveUpAt = clock.now() + WAIT_FOR_ROOM_MS;
    const full = () => [...subscribed.values()].filter(({ hold }) => !hold.hasRoom());
    while (full().length > 0 && !ended.aborted) {
      const leftMs = giveUpAt - clock.now();
      if (leftMs <= 0) throw new PausedOnPurpose(full().map(({ channel }) => channel.key.channel));
      await changed.rung(clock, leftMs, ended);
    }
    ended.throwIfAborted();
  }

  /** Another task reads the channel now, and every session is sent its events. */
  async function leaveWhenTaken(): Promise<void> {
    while (!ended.aborted) {
      const taken = [...subscribed.values()].find(({ channel, hold }) => channel.hold !== hold);
      if (taken !== undefined) return end(new PausedOnPurpose([taken.channel.key.channel]));
      await changed.rung(clock, LOOK_AGAIN_MS, ended);
    }
  }
}

/** The session ends by our own decision, and the next one follows at once with the channels that can be read. */
export class PausedOnPurpose extends Error {
  readonly channels: readonly string[];

  constructor(channels: readonly string[]) {
    super(`The session goes on without ${channels.join(', ')}`);
    this.channels = channels;
  }
}
