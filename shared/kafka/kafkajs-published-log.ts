import type { Kafka } from 'kafkajs';
import { BridgeError } from '../errors/bridge-error.ts';
import { classifyKafkaError } from './classify-kafka-error.ts';
import { committedRecords } from './committed-records.ts';
import type { RecordHeader } from './kafka-record.ts';
import { createKafkajsCluster, type FetchedMessage, type KafkajsCluster } from './kafkajs-cluster.ts';
import type { LogPositions } from './log-positions.ts';
import { type PublishedIdentity, type PublishedLog, type PublishedSearch, publishedIdentity } from './published-log.ts';

interface PublishedLogParts {
  readonly kafka: () => Promise<Kafka>;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** How long the log may stand still before the search gives up; another producer's transaction can hold it up. @default 70000 */
  readonly patienceMs?: number;
}

/** Reads what is in the topics without a consumer group: from stored positions to where the log ends now. */
export function createKafkajsPublishedLog({ kafka, now, patienceMs = 70_000 }: PublishedLogParts): PublishedLog {
  async function withCluster<T>(topics: readonly string[], work: (cluster: KafkajsCluster) => Promise<T>): Promise<T> {
    const cluster = createKafkajsCluster(await kafka());
    try {
      await cluster.connect();
      await cluster.addMultipleTargetTopics(topics);
      return await work(cluster);
    } catch (cause) {
      throw cause instanceof BridgeError ? cause : classifyKafkaError(cause, topics);
    } finally {
      // Nobody waits for a cluster that does not answer.
      void cluster.disconnect().catch(() => undefined);
    }
  }

  return {
    ends: (topics) => withCluster(topics, (cluster) => offsetsOf(cluster, topics, {})),
    findPublished: (search) =>
      withCluster(search.topics, async (cluster) => {
        const ranges = await rangesOf(cluster, search);
        const found = new Set<PublishedIdentity>();
        let changedAt = now();
        while (ranges.length > 0) {
          const before = ranges.reduce((sum, range) => sum + range.next, 0);
          await readOnce(cluster, ranges, search.channel, found);
          if (ranges.reduce((sum, range) => sum + range.next, 0) !== before) changedAt = now();
          const open = ranges.filter((range) => range.next < range.end);
          ranges.splice(0, ranges.length, ...open);
          if (open.length > 0 && now() - changedAt > patienceMs) throw heldUp(open);
        }
        return found;
      }),
  };
}

/** What is left to be read of a partition. */
interface Range {
  readonly topic: string;
  readonly partition: number;
  readonly end: number;
  next: number;
}

async function rangesOf(cluster: KafkajsCluster, { topics, from, since }: PublishedSearch): Promise<Range[]> {
  const [starts, ends, later] = await Promise.all([
    offsetsOf(cluster, topics, { fromBeginning: true }),
    offsetsOf(cluster, topics, {}),
    since === undefined ? undefined : offsetsOf(cluster, topics, { fromTimestamp: since.getTime() }),
  ]);
  return Object.entries(ends)
    .flatMap(([topic, partitions]) =>
      Object.entries(partitions).map(([partition, end]) => {
        const start = starts[topic]?.[partition] ?? 0;
        const stored = from[topic]?.[partition];
        // Nothing that young: the partition's end. A position behind the end belongs to a topic that was made anew.
        const bySince = later?.[topic]?.[partition] ?? -1;
        const wanted = Math.min(
          stored === undefined || stored > end ? start : stored,
          bySince < 0 ? Number.POSITIVE_INFINITY : bySince,
        );
        return { topic, partition: Number(partition), end, next: Math.max(start, wanted) };
      }),
    )
    .filter((range) => range.next < range.end);
}

async function offsetsOf(
  cluster: KafkajsCluster,
  topics: readonly string[],
  which: { readonly fromBeginning?: boolean; readonly fromTimestamp?: number },
): Promise<LogPositions> {
  const wanted = topics.map((topic) => ({
    topic,
    partitions: cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => ({ partition: partitionId })),
    ...which,
  }));
  const answers = await cluster.fetchTopicsOffset(wanted);
  return Object.fromEntries(
    answers.map(({ topic, partitions }) => [
      topic,
      Object.fromEntries(partitions.map(({ partition, offset }) => [partition, Number(offset)])),
    ]),
  );
}

/** One fetch from each broker that leads an unread range. */
async function readOnce(
  cluster: KafkajsCluster,
  ranges: readonly Range[],
  channel: string,
  found: Set<PublishedIdentity>,
): Promise<void> {
  const byLeader = Map.groupBy(ranges, ({ topic, partition }) => {
    return Object.keys(cluster.findLeaderForPartitions(topic, [partition]))[0] ?? '';
  });
  await Promise.all(
    [...byLeader].map(async ([nodeId, led]) => {
      const broker = await cluster.findBroker({ nodeId });
      const byTopic = Map.groupBy(led, ({ topic }) => topic);
      const { responses } = await broker.fetch({
        isolationLevel: 1,
        maxWaitTime: 200,
        maxBytes: 10_000_000,
        topics: [...byTopic].map(([topic, each]) => ({
          topic,
          partitions: each.map(({ partition, next }) => ({
            partition,
            fetchOffset: String(next),
            maxBytes: 1_000_000,
          })),
        })),
      });
      for (const { topicName: topic, partitions } of responses) {
        for (const { partition, messages, abortedTransactions, lastStableOffset } of partitions) {
          const range = led.find((each) => each.topic === topic && each.partition === partition);
          if (range === undefined) continue;
          for (const message of committedRecords(messages, abortedTransactions ?? [])) {
            note(topic, message, range, channel, found);
          }
          const last = messages.at(-1);
          if (last !== undefined) range.next = Math.max(range.next, Number(last.offset) + 1);
          // Nothing there although all of it is decided: compaction took it.
          else if (Number(lastStableOffset) >= range.end) range.next = range.end;
        }
      }
    }),
  );
}

function note(
  topic: string,
  { offset, key, headers = {} }: FetchedMessage,
  range: Range,
  channel: string,
  found: Set<PublishedIdentity>,
): void {
  // A fetch begins with a whole batch, so the first records may lie before what was asked for.
  if (Number(offset) < range.next) return;
  const list = Object.entries(headers).flatMap(([name, values]): RecordHeader[] =>
    values === undefined ? [] : [values].flat().map((value) => ({ name, value: Buffer.from(value) })),
  );
  const identity = publishedIdentity({ topic, key, headers: list });
  const isOurs = list.some(({ name, value }) => name === 'salesforce.channel' && value.toString() === channel);
  if (identity !== undefined && isOurs) found.add(identity);
}

function heldUp(open: readonly Range[]): BridgeError {
  const partitions = open.map(({ topic, partition, next }) => `${topic}-${partition}@${next}`);
  return new BridgeError('SKB_KAFKA_UNAVAILABLE', 'The log could not be read to its end', { context: { partitions } });
}
