import { asBridgeError } from '../../shared/errors/bridge-error.ts';
import type { ChannelKey } from '../../shared/state/channel-store.ts';
import { errorFields } from '../../shared/telemetry/logger.ts';
import { createBell } from './bell.ts';
import type { ChannelContent } from './channel-content.ts';
import { type ChannelHold, roomIn } from './channel-hold.ts';
import { type ChannelLease, type ChannelLeaseParts, takeLease } from './channel-lease.ts';
import { type ChannelPublisherParts, createChannelPublisher } from './channel-publisher.ts';
import { unlessAborted } from './clock.ts';
import { createDeliveryWindow } from './delivery-window.ts';
import type { ReceivedEvent } from './received-event.ts';
import { createFailureStreak } from './reconnect-policy.ts';
import type { RoutedSource } from './routed-source.ts';

export interface RunChannelParts extends ChannelLeaseParts, ChannelPublisherParts {
  readonly commitEvents: number;
  readonly commitMs: number;
  readonly batchEvents: number;
  readonly bufferBytes: number;
}

/** A channel with its sources, and what this task holds of it. */
export interface Channel {
  readonly key: ChannelKey;
  readonly sources: readonly RoutedSource[];
  readonly content: ChannelContent;
  /** Set while this task owns the channel and Kafka takes its records. */
  hold: ChannelHold | undefined;
  /** True between a lease and the hold: Kafka is waited for. */
  waitsForKafka: boolean;
}

/** What a drain may take before the rest is left to be read again; it is a part of the time that the program has. */
const FLUSH_MS = 20_000;
const LOG_POSITIONS_EVERY_MS = 60_000;
const BATCH_BYTES = 4_000_000;

/**
 * Owns a channel whenever it can be had: lease → producer → position → events, until the lease is lost or the signal says
 * to drain.
 *
 * @param changed is called whenever the channel can be subscribed, or no longer.
 * @throws BridgeError SKB_BUG only.
 */
export async function runChannel(
  channel: Channel,
  parts: RunChannelParts,
  changed: () => void,
  signal: AbortSignal,
): Promise<void> {
  const failures = createFailureStreak(parts.random);
  while (!signal.aborted) {
    try {
      const lease = await takeLease(channel.key, parts, signal);
      await own(channel, lease, parts, changed, signal);
    } catch (cause) {
      if (signal.aborted) return;
      const error = asBridgeError(cause);
      if (error.code === 'SKB_BUG') throw error;
      const { pauseMs } = failures.failed(error);
      parts.logger.warn('channel given up', { ...channel.key, ...errorFields(error) });
      await parts.clock.wait(pauseMs, signal);
    }
  }
}

async function own(
  channel: Channel,
  lease: ChannelLease,
  parts: RunChannelParts,
  changed: () => void,
  signal: AbortSignal,
): Promise<void> {
  const { key, sources, content } = channel;
  const { clock, logger } = parts;
  const window = createDeliveryWindow<ReceivedEvent>(lease.position);
  lease.keep(window.position);
  const publisher = createChannelPublisher({ key, sources, content, position: window.position, lease }, parts);
  // Kept open after the drain began, so that what was received can still be published and committed.
  const flush = new AbortController();
  const stop = AbortSignal.any([lease.lost, flush.signal]);
  const startFlush = () => void clock.wait(FLUSH_MS, stop).then(() => flush.abort(new Error('drained')));
  signal.addEventListener('abort', startFlush, { once: true });
  try {
    channel.waitsForKafka = true;
    changed();
    window.raisePositions(await publisher.open(AbortSignal.any([signal, lease.lost])));
    // Where the log ends has to be stored before the first record of ours, or a successor would not find that one.
    if (lease.position.logPositions === undefined) await lease.commit();
    const bell = createBell();
    channel.hold = { lease, window, publisher, bell, hasRoom: roomIn(window, parts.bufferBytes) };
    channel.waitsForKafka = false;
    changed();
    const working = AbortSignal.any([signal, stop]);
    await Promise.all([
      publishEvents(channel.hold, content, parts, changed, { signal, stop, working }),
      commitPositions(channel.hold, parts, working),
      content.run(
        {
          ring: bell.ring,
          logPositions: () => window.position().logPositions ?? {},
          waiting: () => window.waitingUnits > 0,
          noted: publisher.noted,
        },
        working,
      ),
    ]);
  } finally {
    signal.removeEventListener('abort', startFlush);
    channel.hold = undefined;
    channel.waitsForKafka = false;
    changed();
    flush.abort(new Error('the channel is given up'));
    publisher.close();
    await lease.release().catch((error: unknown) => {
      logger.warn('the channel could not be released; its lease runs out', { ...key, ...errorFields(error) });
    });
  }
}

/** Publishes what the session received, in order; ends when the drain has nothing left. */
async function publishEvents(
  { window, publisher, bell }: ChannelHold,
  content: ChannelContent,
  { clock, batchEvents, logger }: RunChannelParts,
  changed: () => void,
  {
    signal,
    stop,
    working,
  }: { readonly signal: AbortSignal; readonly stop: AbortSignal; readonly working: AbortSignal },
): Promise<void> {
  const limit = { units: batchEvents, bytes: BATCH_BYTES };
  let positionsAt = clock.now();
  const positionsAreDue = () => clock.now() - positionsAt >= LOG_POSITIONS_EVERY_MS;
  /** The next events, whose records are being made already: nothing may come between. */
  let ahead: readonly ReceivedEvent[] = [];
  for (;;) {
    stop.throwIfAborted();
    if (positionsAreDue() && ahead.length === 0) {
      positionsAt = clock.now();
      // Nothing is under way here, so all of ours lies before the end. It only saves a successor some reading.
      await unlessAborted(publisher.endOfLog(), stop).then(
        (ends) => window.raisePositions(ends),
        (error: unknown) => logger.debug('the end of the log is not known', errorFields(error)),
      );
    }
    if (ahead.length === 0) {
      await content.publishNext(async (records) => {
        window.raisePositions(await publisher.publishRecords(records, stop));
      });
    }
    const events = ahead.length > 0 ? ahead : window.next(limit);
    ahead = [];
    if (events.length > 0) {
      const published = await publisher.publish(events, stop, () => {
        // What waits for a place between events has it before more records are made.
        ahead = content.waitsForTurn || positionsAreDue() ? [] : fullBatch(window, limit, events.length);
        return ahead;
      });
      window.acknowledge(events.length, published);
      bell.ring();
      changed();
    } else if (signal.aborted) {
      return;
    } else {
      await bell.rung(clock, LOG_POSITIONS_EVERY_MS, working);
    }
  }
}

/** None when more events could still join it: those that come while Kafka is busy go together. */
function fullBatch(
  window: ChannelHold['window'],
  limit: { readonly units: number; readonly bytes: number },
  behind: number,
): readonly ReceivedEvent[] {
  const batch = window.next(limit, behind);
  const isFull = batch.length === limit.units || behind + batch.length < window.waitingUnits;
  return isFull ? batch : [];
}

/** Commits so many events or so long after the first of them; what a drain leaves is committed with the release. */
async function commitPositions(
  { window, lease, bell }: ChannelHold,
  { clock, random, commitEvents, commitMs, counters, logger }: RunChannelParts,
  stop: AbortSignal,
): Promise<void> {
  const failures = createFailureStreak(random);
  while (!stop.aborted) {
    if (window.uncommitted === 0) {
      await bell.rung(clock, LOG_POSITIONS_EVERY_MS, stop);
      continue;
    }
    const dueAt = clock.now() + commitMs;
    while (window.uncommitted < commitEvents && clock.now() < dueAt && !stop.aborted) {
      await bell.rung(clock, dueAt - clock.now(), stop);
    }
    const events = window.uncommitted;
    try {
      await lease.commit();
      window.committed(events);
      counters.add('commits');
      failures.worked();
    } catch (cause) {
      const error = asBridgeError(cause);
      if (error.code !== 'SKB_CHECKPOINT_FAILED') throw error;
      const { pauseMs, repeated } = failures.failed(error);
      if (!repeated) logger.warn('commit waits', { ...errorFields(error), retryInMs: Math.round(pauseMs) });
      await clock.wait(pauseMs, stop);
    }
  }
}
