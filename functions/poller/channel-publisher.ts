import { topicsOfSource } from '../../shared/bridge/topics-of-source.ts';
import { asBridgeError, BridgeError } from '../../shared/errors/bridge-error.ts';
import type {
  ChannelProducer,
  ChannelProducerFactory,
  DeliveryGuarantee,
} from '../../shared/kafka/channel-producer.ts';
import { toHeaders } from '../../shared/kafka/headers.ts';
import { type LogPositions, laterPositions } from '../../shared/kafka/log-positions.ts';
import type { PublishedLog } from '../../shared/kafka/published-log.ts';
import type { OutgoingRecord } from '../../shared/kafka/record-producer.ts';
import type { ChannelKey, ChannelPosition } from '../../shared/state/channel-store.ts';
import { errorFields, type Logger } from '../../shared/telemetry/logger.ts';
import type { ChannelContent } from './channel-content.ts';
import type { ChannelLease } from './channel-lease.ts';
import { type Clock, unlessAborted } from './clock.ts';
import type { Counters } from './counters.ts';
import { createKnownPublished, type KnownPublished } from './known-published.ts';
import { createPrepared } from './prepared-deliveries.ts';
import type { ReceivedEvent } from './received-event.ts';
import { createFailureStreak } from './reconnect-policy.ts';
import type { RoutedSource } from './routed-source.ts';
import { commitTimes, type Delivery, toEventDeadLetter } from './to-delivery.ts';

/** What an acknowledged batch leaves behind. */
export interface Published {
  readonly positions: LogPositions;
  /** The latest commit time in it. */
  readonly committedUntil?: Date;
}

/** Publishes a channel's events, and never twice what the log already holds. */
export interface ChannelPublisher extends Pick<KnownPublished, 'noted' | 'forget'> {
  /**
   * Opens the producer and looks up what was published behind the position; waits for Kafka as long as it takes.
   *
   * @returns where the log ends, if nothing was found.
   */
  open(signal: AbortSignal): Promise<LogPositions>;
  /**
   * Resolves when Kafka holds every record of every event, in order. Waits as long as it takes, because what was received
   * is in memory only.
   *
   * @param following is asked once the records of these events are made; those of the events it gives are made while Kafka
   *   takes these, and have to be published next. What goes wrong with them shows then. @default none
   * @throws the signal's reason when it was aborted meanwhile; then nothing may be committed for these events.
   */
  publish(
    events: readonly ReceivedEvent[],
    signal: AbortSignal,
    following?: () => readonly ReceivedEvent[],
  ): Promise<Published>;
  /** Publishes records that belong to no event, without those that the log already holds. */
  publishRecords(records: readonly OutgoingRecord[], signal: AbortSignal): Promise<LogPositions>;
  /** Also looks up what was published since a time, for events that come a second time. */
  learn(since: Date): Promise<void>;
  /** Where the log ends; nothing, as long as a part of it may still have to be found. */
  endOfLog(): Promise<LogPositions>;
  /** True while Kafka takes nothing. */
  readonly waits: boolean;
  close(): void;
}

export interface ChannelPublisherParts {
  readonly producers: ChannelProducerFactory;
  readonly log: PublishedLog;
  readonly transactionalIdOf: (key: ChannelKey) => string;
  readonly deliveryOf: (sources: readonly RoutedSource[]) => DeliveryGuarantee;
  readonly clock: Clock;
  readonly random: () => number;
  readonly counters: Counters;
  readonly logger: Logger;
}

interface ChannelOfPublisher {
  readonly key: ChannelKey;
  readonly sources: readonly RoutedSource[];
  readonly content: Pick<ChannelContent, 'toDeliveries' | 'unfinishedPages'>;
  /** The position up to which everything was acknowledged. */
  readonly position: () => ChannelPosition;
  readonly lease: Pick<ChannelLease, 'assure' | 'commit'>;
}

export function createChannelPublisher(channel: ChannelOfPublisher, parts: ChannelPublisherParts): ChannelPublisher {
  const { key, sources, content, position, lease } = channel;
  const { producers, log, clock, random, counters, logger } = parts;
  const topics = topicsOf(sources);
  const id = parts.transactionalIdOf(key);
  let producer: ChannelProducer | undefined;
  let closed = false;
  let waits = false;
  const prepared = createPrepared(decode);
  const known = createKnownPublished({ channel: key.channel, topics, log });

  async function opened(): Promise<ChannelProducer> {
    if (producer !== undefined) return producer;
    const fresh = await producers.open(id, parts.deliveryOf(sources));
    try {
      // After the producer, so that nothing can be added by a former one; and after every failure, because only the log
      // knows what became of records that nobody acknowledged.
      const records = await known.find(position().logPositions, await content.unfinishedPages());
      if (records > 0) logger.info('found in the log what was published before', { ...key, records });
      if (closed) throw new BridgeError('SKB_LEASE_LOST', `${key.channel} was given up while its producer was opened`);
      producer = fresh;
      return fresh;
    } catch (error) {
      void fresh.close().catch(() => undefined);
      throw error;
    }
  }

  async function endOfLog(): Promise<LogPositions> {
    return known.areAhead ? {} : await log.ends(topics);
  }

  /** What every reader has to see is copied to each partition. */
  async function toEveryPartition(records: readonly OutgoingRecord[]): Promise<OutgoingRecord[]> {
    const wide = [...new Set(records.filter((each) => each.everyPartition).map(({ topic }) => topic))];
    const ends = wide.length === 0 ? {} : await log.ends(wide);
    return records.flatMap((each) => {
      const partitions = Object.keys(ends[each.topic] ?? {});
      if (!each.everyPartition || partitions.length === 0) return [each];
      return partitions.map((partition) => ({
        ...each,
        partition: Number(partition),
        headers: [...each.headers, ...toHeaders({ 'salesforce.fan.out.index': partition })],
      }));
    });
  }

  /** Nobody waits for it: a cluster that does not answer would hold up the next try, or the end of the program. */
  function closeProducer(): void {
    void producer?.close().catch(() => undefined);
    producer = undefined;
  }

  /** Tries until it works; what can never work comes out as an error. */
  async function persist<T>(action: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const failures = createFailureStreak(random);
    for (;;) {
      signal.throwIfAborted();
      try {
        const result = await unlessAborted(action(), signal);
        waits = false;
        return result;
      } catch (cause) {
        signal.throwIfAborted();
        const error = asBridgeError(cause);
        // What became of the records of a failed try is unknown: the next one begins with a new producer and the log.
        if (!error.code.startsWith('SKB_SALESFORCE')) closeProducer();
        if (error.disposition === 'reject' || error.code === 'SKB_BUG') throw error;
        if (error.code === 'SKB_PRODUCER_FENCED') await lease.commit();
        waits = true;
        const { pauseMs, repeated } = failures.failed(error);
        if (!repeated) logger.warn('publish waits', { ...key, ...errorFields(error), retryInMs: Math.round(pauseMs) });
        await clock.wait(pauseMs, signal);
      }
    }
  }

  async function decode(events: readonly ReceivedEvent[]): Promise<Delivery[]> {
    const deliveries: Delivery[] = [];
    // One org, but for the moment in which it turned out to be another.
    for (const [orgId, ofOrg] of Map.groupBy(events, (each) => each.orgId)) {
      for (const delivery of await content.toDeliveries(ofOrg, orgId)) deliveries.push(delivery);
    }
    return deliveries;
  }

  async function publishAll(deliveries: readonly Delivery[], signal: AbortSignal): Promise<LogPositions> {
    const [positions, records, deadLetters] = await persist(async () => {
      const via = await opened();
      const records = deliveries.flatMap((delivery) => known.missing(delivery.records));
      const deadLetters = deliveries.flatMap((delivery) => known.missing(delivery.deadLetters));
      const all = [...records, ...deadLetters];
      await lease.assure();
      return [all.length === 0 ? {} : await via.publish(all), records.length, deadLetters.length] as const;
    }, signal);
    counters.add('recordsPublished', records);
    counters.add('deadLettered', deadLetters);
    for (const delivery of deliveries) counters.add(endOf(delivery));
    return positions;
  }

  function endOf({ records, deadLetters }: Delivery): 'eventsPublished' | 'eventsSkipped' | 'eventsDeadLettered' {
    if (deadLetters.length > 0) return 'eventsDeadLettered';
    return known.missing(records).length > 0 ? 'eventsPublished' : 'eventsSkipped';
  }

  /** Kafka refuses a request for one record in it, so each event goes alone to find the one. */
  async function publishEach(deliveries: readonly Delivery[], signal: AbortSignal): Promise<LogPositions> {
    try {
      return await publishAll(deliveries, signal);
    } catch (error) {
      if (!(error instanceof BridgeError) || error.disposition !== 'reject') throw error;
      const [only, ...others] = deliveries;
      if (only === undefined) throw error;
      if (others.length === 0) return await publishDeadLetters(only, error, signal);
      let positions: LogPositions = {};
      for (const delivery of deliveries) {
        positions = laterPositions(positions, await publishEach([delivery], signal));
      }
      return positions;
    }
  }

  async function publishDeadLetters(
    refused: Delivery,
    reason: BridgeError,
    signal: AbortSignal,
  ): Promise<LogPositions> {
    const { event, orgId } = refused;
    const deadLetters = sources.map(({ source }) => toEventDeadLetter(event, source, orgId, reason));
    try {
      return await publishAll([{ ...refused, records: [], deadLetters }], signal);
    } catch (cause) {
      if (!(cause instanceof BridgeError) || cause.disposition !== 'reject') throw cause;
      throw new BridgeError('SKB_DEAD_LETTER_FAILED', `No dead letter could be stored: ${cause.message}`, {
        cause,
        context: { channel: event.channel, replayId: event.replayId },
      });
    }
  }

  return {
    open: (signal) =>
      persist(async () => {
        await opened();
        return await endOfLog();
      }, signal),
    async publish(events, signal, following = () => []) {
      const deliveries = (await prepared.take(events, signal)) ?? (await persist(() => decode(events), signal));
      for (const delivery of deliveries) note(delivery, key, parts);
      const publishing = publishEach(deliveries, signal);
      const ahead = following();
      if (ahead.length > 0) prepared.prepare(ahead);
      const positions = await publishing;
      for (const { records, deadLetters } of deliveries) {
        if (known.settle([...records, ...deadLetters])) counters.skip('already-published');
      }
      const times = commitTimes(deliveries);
      if (times === undefined) return { positions };
      counters.noteAge(clock.date().getTime() - times.earliest);
      return { positions, committedUntil: new Date(times.latest) };
    },
    async publishRecords(records, signal) {
      const [positions, published] = await persist(async () => {
        const via = await opened();
        const missing = known.missingReread(await toEveryPartition(records));
        await lease.assure();
        const positions = missing.length === 0 ? {} : await via.publish(missing);
        known.addReread(missing);
        return [positions, missing.length] as const;
      }, signal);
      counters.add('recordsPublished', published);
      // Behind them may lie what a former owner published for events that are still to come.
      return known.areAhead ? {} : positions;
    },
    noted: known.noted,
    learn: (since) => known.learn(position().logPositions, since),
    forget: known.forget,
    endOfLog,
    get waits() {
      return waits;
    },
    close() {
      closed = true;
      closeProducer();
    },
  };
}

/** Every topic that a record of the channel may go to. */
function topicsOf(sources: readonly RoutedSource[]): string[] {
  return [...new Set(sources.flatMap(({ source }) => [...topicsOfSource(source), source.deadLetterTopic]))];
}

/** Logs and counts what became of an event other than a record. */
function note(
  { event, skipped, deadLetters }: Delivery,
  key: ChannelKey,
  { counters, logger }: Pick<ChannelPublisherParts, 'counters' | 'logger'>,
): void {
  const place = { ...key, replayId: event.replayId };
  for (const reason of skipped) counters.skip(reason);
  if (deadLetters.length > 0) logger.warn('an event could not be decoded and becomes a dead letter', place);
}
