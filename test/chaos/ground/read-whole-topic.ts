import { randomUUID } from 'node:crypto';
import { type Consumer, Kafka, logLevel } from 'kafkajs';
import type { ReadRecord } from '../../../local/dev/topic-reader.ts';
import { guardKafkajsTimer } from '../../../shared/kafka/kafkajs-timer-guard.ts';

/** Everything in a topic as a `read_committed` consumer sees it, each record once, whatever happens to the broker meanwhile. */
export interface WholeTopic {
  /** In offset order within each partition. */
  records(): readonly ReadRecord[];
  /** Waits until everything is read that was written before this call. Later writers must be gone. */
  readToEnd(limitMs: number): Promise<void>;
  stop(): Promise<void>;
}

const endHeader = 'chaos.end';

export function chaosKafka(brokers: readonly string[]): Kafka {
  guardKafkajsTimer();
  return new Kafka({
    brokers: [...brokers],
    clientId: 'chaos',
    logLevel: logLevel.NOTHING,
    // Brokers are killed and stand still in these runs; giving up is up to the scenario's limit.
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 1_000 },
    requestTimeout: 5_000,
    connectionTimeout: 2_000,
  });
}

/** @param partitions how many the topic has. */
export async function readWholeTopic(kafka: Kafka, topic: string, partitions: number): Promise<WholeTopic> {
  // A group of its own starts at the beginning. It may read again after trouble, so coordinates tell records apart.
  const found: Map<string, ReadRecord>[] = Array.from({ length: partitions }, () => new Map());
  const ends = new Map<string, Set<number>>();
  const consumer: Consumer = kafka.consumer({
    groupId: `chaos-${randomUUID()}`,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 200,
    sessionTimeout: 60_000,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 1_000, restartOnFailure: async () => true },
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachBatch: async ({ batch }) => {
      for (const { offset, key, value, headers, timestamp } of batch.messages) {
        const texts = Object.fromEntries(Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)]));
        const end = texts[endHeader];
        if (end !== undefined) {
          ends.set(end, (ends.get(end) ?? new Set()).add(batch.partition));
          continue;
        }
        found[batch.partition]?.set(offset, {
          partition: batch.partition,
          offset,
          timestamp: Number(timestamp),
          key: key?.toString('utf8'),
          value: value?.toString('utf8'),
          headers: texts,
        } as ReadRecord);
      }
    },
  });

  return {
    records: () =>
      found.flatMap((partition) =>
        [...partition.values()].sort((one, other) => Number(one.offset) - Number(other.offset)),
      ),
    async readToEnd(limitMs) {
      // A record behind everything else in each partition: when it is there, all before it is there too, since a consumer
      // that reads committed records waits for open transactions in front of it.
      const end = randomUUID();
      const producer = kafka.producer({ allowAutoTopicCreation: false });
      await producer.connect();
      const messages = found.map((_, partition) => ({
        partition,
        key: null,
        value: null,
        headers: { [endHeader]: end },
      }));
      await producer.send({ topic, acks: -1, messages });
      await producer.disconnect();
      const until = Date.now() + limitMs;
      while ((ends.get(end)?.size ?? 0) < partitions) {
        if (Date.now() > until) throw new Error(`${topic} could not be read to its end within ${limitMs} ms`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    stop: () => consumer.disconnect(),
  };
}
