import { asBridgeError, BridgeError } from '../../shared/errors/bridge-error.ts';
import type { OutgoingRecord, RecordProducer } from '../../shared/kafka/record-producer.ts';
import type { ChannelKey, ChannelStore, ReplayId } from '../../shared/state/channel-store.ts';
import { errorFields, type Logger } from '../../shared/telemetry/logger.ts';
import type { Clock } from './clock.ts';
import type { Counters } from './counters.ts';
import { createFailureStreak } from './reconnect-policy.ts';
import { type Delivery, toEventDeadLetter } from './to-delivery.ts';

interface DeliverParts {
  readonly producer: RecordProducer;
  readonly channels: ChannelStore;
  readonly clock: Clock;
  readonly random: () => number;
  readonly counters: Counters;
  readonly logger: Logger;
}

/**
 * Publishes events in receipt order and then commits how far each channel came. Waits for Kafka and the table as long as
 * it takes, because what was received is in memory only: the session may die meanwhile, the position does not move.
 *
 * @throws the signal's reason when it was aborted while something was still refused; then nothing was committed for it.
 */
export async function deliver(
  deliveries: readonly Delivery[],
  orgId: string,
  parts: DeliverParts,
  signal: AbortSignal,
): Promise<void> {
  const { channels, counters } = parts;
  await publish(deliveries, orgId, parts, signal);
  for (const { key, replayId } of lastPositions(deliveries)) {
    await persist('commit', () => channels.commit(key, replayId), parts, signal);
    counters.add('commits');
  }
}

async function publish(
  deliveries: readonly Delivery[],
  orgId: string,
  parts: DeliverParts,
  signal: AbortSignal,
): Promise<void> {
  const records = deliveries.flatMap((delivery) => delivery.records);
  const deadLetters = deliveries.flatMap((delivery) => delivery.deadLetters);
  try {
    await send([...records, ...deadLetters], parts, signal);
    parts.counters.add('recordsPublished', records.length);
    parts.counters.add('deadLettered', deadLetters.length);
  } catch (error) {
    if (!(error instanceof BridgeError) || error.disposition !== 'reject') throw error;
    const [only, ...others] = deliveries;
    if (only === undefined) throw error;
    // Kafka refuses a request for one record in it, so each event goes alone to find the one.
    if (others.length > 0) for (const delivery of deliveries) await publish([delivery], orgId, parts, signal);
    else await publishDeadLetters(only, orgId, error, parts, signal);
  }
}

async function publishDeadLetters(
  { event, subscription }: Delivery,
  orgId: string,
  reason: BridgeError,
  parts: DeliverParts,
  signal: AbortSignal,
): Promise<void> {
  const letters = subscription.sources.map(({ source }) => toEventDeadLetter(event, source, orgId, reason));
  try {
    await send(letters, parts, signal);
  } catch (cause) {
    if (!(cause instanceof BridgeError) || cause.disposition !== 'reject') throw cause;
    throw new BridgeError('SKB_DEAD_LETTER_FAILED', `No dead letter could be stored: ${cause.message}`, {
      cause,
      context: { channel: event.channel, replayId: event.replayId },
    });
  }
  parts.counters.add('deadLettered', letters.length);
}

async function send(records: readonly OutgoingRecord[], parts: DeliverParts, signal: AbortSignal): Promise<void> {
  if (records.length > 0) await persist('publish', () => parts.producer.publish(records), parts, signal);
}

/** Tries until it works; only what can never work comes out as an error. */
async function persist(
  what: 'publish' | 'commit',
  action: () => Promise<void>,
  { clock, random, logger }: DeliverParts,
  signal: AbortSignal,
): Promise<void> {
  const failures = createFailureStreak(random);
  for (;;) {
    try {
      return await action();
    } catch (cause) {
      const error = asBridgeError(cause);
      if (error.disposition === 'reject' || error.code === 'SKB_BUG') throw error;
      const { pauseMs, repeated } = failures.failed(error);
      if (!repeated) logger.warn(`${what} waits`, { ...errorFields(error), retryInMs: Math.round(pauseMs) });
      await clock.wait(pauseMs, signal);
      signal.throwIfAborted();
    }
  }
}

/** The last position of each channel. An event without a replay ID has none to commit; the next one covers it. */
export function lastPositions(
  deliveries: readonly Delivery[],
): { readonly key: ChannelKey; readonly replayId: ReplayId }[] {
  const last = new Map<string, { key: ChannelKey; replayId: ReplayId }>();
  for (const { event, subscription } of deliveries) {
    if (event.replayId !== undefined) {
      last.set(event.channel, { key: subscription.key, replayId: event.replayId });
    }
  }
  return [...last.values()];
}
