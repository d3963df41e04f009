import { topicsOfSource } from '../../shared/bridge/topics-of-source.ts';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import type { ChannelProducerFactory, DeliveryGuarantee } from '../../shared/kafka/channel-producer.ts';
import { toHeaders } from '../../shared/kafka/headers.ts';
import { type LogPositions, laterPositions } from '../../shared/kafka/log-positions.ts';
import type { PublishedLog } from '../../shared/kafka/published-log.ts';
import type { OutgoingRecord } from '../../shared/kafka/record-producer.ts';
import type { ChannelKey, ChannelPosition } from '../../shared/state/channel-store.ts';
import { errorFields, type Logger } from '../../shared/telemetry/logger.ts';
import type { ChannelContent } from './channel-content.ts';
import type { ChannelLease } from './channel-lease.ts';
import type { Clock } from './clock.ts';
import type { Counters } from './counters.ts';
import { cutLetter, toEventDeadLetter, toRecordDeadLetter } from './dead-letters.ts';
import { createKnownPublished, type KnownPublished } from './known-published.ts';
import { createPersistentProducer } from './persistent-producer.ts';
import { createPrepared } from './prepared-deliveries.ts';
import { isRefusal, publishInHalves } from './publish-in-halves.ts';
import type { ReceivedEvent } from './received-event.ts';
import type { RoutedSource } from './routed-source.ts';
import { commitTimes, type Delivery } from './to-delivery.ts';

/** What the parts of a dead letter may have, where its topic does not take it whole: from below a broker's default limit on. */
const LARGEST_PART = 900_000;
const SMALLEST_PART = 10_000;

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
  const { producers, log, clock, counters, logger } = parts;
  const topics = topicsOf(sources);
  const prepared = createPrepared(decode);
  const known = createKnownPublished({ channel: key.channel, topics, log });
  const producer = createPersistentProducer({
    ...parts,
    key,
    lease,
    open: () => producers.open(parts.transactionalIdOf(key), parts.deliveryOf(sources)),
    async learnLog() {
      const records = await known.find(position().logPositions, await content.unfinishedPages());
      if (records > 0) logger.info('found in the log what was published before', { ...key, records });
    },
  });
  const { opened, persist } = producer;

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

  async function decode(events: readonly ReceivedEvent[]): Promise<Delivery[]> {
    const deliveries: Delivery[] = [];
    // One org, but for the moment in which it turned out to be another.
    for (const [orgId, ofOrg] of Map.groupBy(events, (each) => each.orgId)) {
      for (const delivery of await content.toDeliveries(ofOrg, orgId)) deliveries.push(delivery);
    }
    return deliveries;
  }

  /** Resolves when Kafka has those of some events' records that it did not have; they are looked for in every try. */
  async function publishMissing(records: readonly OutgoingRecord[], signal: AbortSignal): Promise<LogPositions> {
    return await persist(async () => {
      const via = await opened();
      const missing = known.missing(records);
      await lease.assure();
      return missing.length === 0 ? {} : await via.publish(missing);
    }, signal);
  }

  async function publishDeliveries(deliveries: readonly Delivery[], signal: AbortSignal): Promise<LogPositions> {
    const records = deliveries.flatMap((delivery) => delivery.records);
    const deadLetters = deliveries.flatMap((delivery) => delivery.deadLetters);
    const positions = await publishMissing([...records, ...deadLetters], signal);
    counters.add('recordsPublished', known.missing(records).length);
    counters.add('deadLettered', known.missing(deadLetters).length);
    for (const delivery of deliveries) counters.add(endOf(delivery));
    return positions;
  }

  function endOf({ records, deadLetters }: Delivery): 'eventsPublished' | 'eventsSkipped' | 'eventsDeadLettered' {
    if (deadLetters.length > 0) return 'eventsDeadLettered';
    return known.missing(records).length > 0 ? 'eventsPublished' : 'eventsSkipped';
  }

  async function publishRefused(
    { event, orgId }: Delivery,
    reason: BridgeError,
    signal: AbortSignal,
  ): Promise<LogPositions> {
    const place = { ...key, replayId: event.replayId };
    logger.warn('an event is refused by Kafka and becomes a dead letter', { ...place, ...errorFields(reason) });
    const letters = sources.map(({ source }) => toEventDeadLetter(event, source, orgId, reason));
    let positions: LogPositions = {};
    for (const letter of letters) {
      positions = laterPositions(positions, await publishLetter(letter, (each) => publishMissing(each, signal)));
    }
    counters.add('deadLettered', letters.length);
    counters.add('eventsDeadLettered');
    return positions;
  }

  /** @param publish takes a letter, or one of its parts where its topic does not take it whole. */
  async function publishLetter(
    letter: OutgoingRecord,
    publish: (letters: readonly OutgoingRecord[]) => Promise<LogPositions>,
  ): Promise<LogPositions> {
    let tried: readonly OutgoingRecord[] = [letter];
    for (let bytes = LARGEST_PART; ; bytes /= 4) {
      try {
        let positions: LogPositions = {};
        for (const part of tried) positions = laterPositions(positions, await publish([part]));
        return positions;
      } catch (cause) {
        if (!isRefusal(cause)) throw cause;
        if (cause.code === 'SKB_RECORD_TOO_LARGE' && bytes >= SMALLEST_PART) tried = cutLetter(letter, bytes);
        else
          throw new BridgeError('SKB_DEAD_LETTER_FAILED', `No dead letter could be stored: ${cause.message}`, {
            cause,
          });
      }
    }
  }

  /** Those of the records that the log does not hold yet; they belong to no event. */
  async function publishRereads(
    records: readonly OutgoingRecord[],
    signal: AbortSignal,
  ): Promise<{ readonly positions: LogPositions; readonly published: readonly OutgoingRecord[] }> {
    return await persist(async () => {
      const via = await opened();
      const missing = known.missingReread(await toEveryPartition(records));
      await lease.assure();
      const positions = missing.length === 0 ? {} : await via.publish(missing);
      known.addReread(missing);
      return { positions, published: missing };
    }, signal);
  }

  async function publishRefusedRow(
    record: OutgoingRecord,
    reason: BridgeError,
    signal: AbortSignal,
  ): Promise<LogPositions> {
    const name = record.headers.find((each) => each.name === 'bridge.source')?.value.toString();
    const { source } = sources.find((each) => each.source.name === name) ?? {};
    if (source === undefined) throw reason;
    const row = { ...key, topic: record.topic, row: String(record.key) };
    logger.error('a row that was read is refused by Kafka and becomes a dead letter', {
      ...row,
      ...errorFields(reason),
    });
    counters.add('rowsDeadLettered');
    return await publishLetter(toRecordDeadLetter(record, source.deadLetterTopic, reason), async (letters) => {
      return (await publishRereads(letters, signal)).positions;
    });
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
      const publishing = publishInHalves(
        deliveries,
        (each) => publishDeliveries(each, signal),
        (delivery, reason) => publishRefused(delivery, reason, signal),
      );
      const ahead = following();
      if (ahead.length > 0) prepared.prepare(ahead);
      const positions = await publishing;
      for (const { records, deadLetters } of deliveries) {
        if (known.settle([...records, ...deadLetters])) counters.skip('already-published');
      }
      const times = commitTimes(deliveries);
      if (times === undefined) return { positions };
      const now = clock.date().getTime();
      counters.noteAge(now - times.earliest);
      // Once covered is never asked for again, so one event that is dated wrongly must not cover what is still to come.
      return { positions, committedUntil: new Date(Math.min(times.latest, now)) };
    },
    async publishRecords(records, signal) {
      const positions = await publishInHalves(
        records,
        async (each) => {
          const { positions, published } = await publishRereads(each, signal);
          const letters = published.filter(({ topic }) =>
            sources.some(({ source }) => source.deadLetterTopic === topic),
          );
          counters.add('rowsDeadLettered', letters.length);
          counters.add('recordsPublished', published.length - letters.length);
          return positions;
        },
        (record, reason) => publishRefusedRow(record, reason, signal),
      );
      // Behind them may lie what a former owner published for events that are still to come.
      return known.areAhead ? {} : positions;
    },
    noted: known.noted,
    learn: (since) => known.learn(position().logPositions, since),
    forget: known.forget,
    endOfLog,
    get waits() {
      return producer.waits;
    },
    close: producer.close,
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
