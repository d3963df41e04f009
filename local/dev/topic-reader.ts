import { randomUUID } from 'node:crypto';
import { type Consumer, Kafka, type KafkaMessage, logLevel } from 'kafkajs';

/** A record as the audit reads it, with header values as text. */
export interface ReadRecord {
  readonly partition: number;
  readonly offset: string;
  readonly key: string | undefined;
  readonly value: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

export interface TopicReader {
  /** Everything read so far, in order of arrival. */
  readonly records: readonly ReadRecord[];
  stop(): Promise<void>;
}

export function auditKafka(brokers: readonly string[]): Kafka {
  return new Kafka({ brokers: [...brokers], clientId: 'bridge-audit', logLevel: logLevel.NOTHING });
}

/** Reads a topic from its present end on, in a consumer group of its own; `onRecord` sees each record once. */
export async function readFromNow(kafka: Kafka, topic: string): Promise<TopicReader> {
  const groupId = `bridge-audit-${randomUUID()}`;
  await pinGroupToEnd(kafka, topic, groupId);
  const consumer: Consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 200 });
  const records: ReadRecord[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic });
  await consumer.run({
    eachBatchAutoResolve: true,
    eachBatch: async ({ batch }) => {
      for (const message of batch.messages) records.push(toReadRecord(batch.partition, message));
    },
  });
  return {
    records,
    async stop() {
      await consumer.disconnect();
    },
  };
}

/** Fixes the starting point before anything is produced, so that nothing produced while the group forms is missed. */
export async function pinGroupToEnd(kafka: Kafka, topic: string, groupId: string): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const ends = await admin.fetchTopicOffsets(topic);
    await admin.setOffsets({
      groupId,
      topic,
      partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
    });
  } finally {
    await admin.disconnect();
  }
}

function toReadRecord(partition: number, { offset, key, value, headers }: KafkaMessage): ReadRecord {
  return {
    partition,
    offset,
    key: key?.toString('utf8'),
    value: value?.toString('utf8'),
    headers: Object.fromEntries(
      Object.entries(headers ?? {}).map(([name, text]) => [name, String(Array.isArray(text) ? text.at(-1) : text)]),
    ),
  };
}
