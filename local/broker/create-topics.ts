import { Kafka, logLevel } from 'kafkajs';

export interface TopicSettings {
  readonly topic: string;
  readonly partitions: number;
  /** Topic settings such as `cleanup.policy`. */
  readonly config?: Readonly<Record<string, string>>;
}

/** Creates the topics that do not exist yet and leaves the others as they are. */
export async function createTopics(bootstrapServers: string, topics: readonly TopicSettings[]): Promise<void> {
  const kafka = new Kafka({
    clientId: 'local-topics',
    brokers: bootstrapServers.split(','),
    logLevel: logLevel.NOTHING,
  });
  const admin = kafka.admin();
  await admin.connect();
  try {
    const existing = new Set(await admin.listTopics());
    const missing = topics.filter(({ topic }) => !existing.has(topic));
    if (missing.length === 0) return;
    await admin.createTopics({
      waitForLeaders: true,
      topics: missing.map(({ topic, partitions, config = {} }) => ({
        topic,
        numPartitions: partitions,
        configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
      })),
    });
  } finally {
    await admin.disconnect();
  }
}
