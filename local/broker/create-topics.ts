import { setTimeout as delay } from 'node:timers/promises';
import { type Admin, Kafka, logLevel } from 'kafkajs';

export interface TopicSettings {
  readonly topic: string;
  readonly partitions: number;
  /** Topic settings such as `cleanup.policy`. */
  readonly config?: Readonly<Record<string, string>>;
}

const leaderTries = 50;
const leaderPauseMs = 100;

/** Creates the topics that do not exist yet, so that they can be used at once, and leaves the others as they are. */
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
    for (const { topic } of missing) await waitForLeaders(admin, topic);
  } finally {
    await admin.disconnect();
  }
}

/** A broker names the leader of a new partition a moment before that one knows of it. */
async function waitForLeaders(admin: Admin, topic: string): Promise<void> {
  for (let left = leaderTries; ; left -= 1) {
    try {
      await admin.fetchTopicOffsets(topic);
      return;
    } catch (error) {
      if (left === 0 || (error as { retriable?: boolean }).retriable !== true) throw error;
      await delay(leaderPauseMs);
    }
  }
}
