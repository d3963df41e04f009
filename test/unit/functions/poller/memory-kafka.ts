import { BridgeError } from '../../../../shared/errors/bridge-error.ts';
import type { ChannelProducerFactory } from '../../../../shared/kafka/channel-producer.ts';
import type { LogPositions } from '../../../../shared/kafka/log-positions.ts';
import { type PublishedLog, publishedIdentity } from '../../../../shared/kafka/published-log.ts';
import type { OutgoingRecord } from '../../../../shared/kafka/record-producer.ts';

const PARTITIONS = 3;

export interface MemoryKafka {
  /** Everything that was published, oldest first. */
  readonly records: OutgoingRecord[];
  /** What stores records; a test may put something else in its place. */
  publish(records: readonly OutgoingRecord[]): Promise<void>;
  readonly producers: ChannelProducerFactory;
  readonly log: PublishedLog;
}

/** A cluster in memory that outlives pollers: topics of three partitions, and only the newest producer of an ID may publish. */
export function createMemoryKafka(): MemoryKafka {
  const records: OutgoingRecord[] = [];
  const epochs = new Map<string, number>();
  const kafka: MemoryKafka = {
    records,
    async publish(published) {
      records.push(...published);
    },
    producers: {
      async open(transactionalId, guarantee) {
        const epoch = (epochs.get(transactionalId) ?? 0) + 1;
        epochs.set(transactionalId, epoch);
        return {
          async publish(published) {
            if (guarantee === 'exactlyOnce' && epochs.get(transactionalId) !== epoch) {
              throw new BridgeError('SKB_PRODUCER_FENCED', 'a newer producer has the ID');
            }
            await kafka.publish(published);
            const touched = new Set(published.map(placeOf));
            return positionsOf(records.filter((record) => touched.has(placeOf(record))));
          },
          close: async () => undefined,
        };
      },
    },
    log: {
      ends: async (topics) => ({
        ...Object.fromEntries(topics.map((topic) => [topic, Object.fromEntries(partitions.map((n) => [n, 0]))])),
        ...positionsOf(records.filter(({ topic }) => topics.includes(topic))),
      }),
      async findPublished({ channel, topics, from, since }) {
        const offsets = new Map<string, number>();
        const found = records.filter((record) => {
          const place = placeOf(record);
          const offset = offsets.get(place) ?? 0;
          offsets.set(place, offset + 1);
          const behind = offset >= (from[record.topic]?.[partitionOf(record)] ?? 0);
          const young = since !== undefined && (record.timestamp ?? 0) >= since.getTime();
          return topics.includes(record.topic) && (behind || young) && channelOf(record) === channel;
        });
        return new Set(found.flatMap((record) => publishedIdentity(record) ?? []));
      },
    },
  };
  return kafka;
}

const partitions = Array.from({ length: PARTITIONS }, (_, n) => n);

function partitionOf({ key, value }: OutgoingRecord): number {
  return [...String(key ?? value)].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % PARTITIONS;
}

function placeOf(record: OutgoingRecord): string {
  return `${record.topic}-${partitionOf(record)}`;
}

function channelOf({ headers }: OutgoingRecord): string | undefined {
  return headers.find(({ name }) => name === 'salesforce.channel')?.value.toString();
}

function positionsOf(records: readonly OutgoingRecord[]): LogPositions {
  const positions: Record<string, Record<string, number>> = {};
  for (const record of records) {
    const known = positions[record.topic] ?? {};
    positions[record.topic] = known;
    known[partitionOf(record)] = (known[partitionOf(record)] ?? 0) + 1;
  }
  return positions;
}
