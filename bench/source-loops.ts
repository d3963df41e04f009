import { type Kafka, type Message, Partitioners } from 'kafkajs';
import { createCometdReader } from './cometd-reader.ts';
import type { OrgProcess } from './org-process.ts';
import { bareTopic } from './source-ground.ts';

// What the two ends of a source do alone, in the shortest loops: the slower of the two is the most that a bridge between
// them can reach.

const channel = '/data/AccountChangeEvent';
const batch = 1000;

/** Receives and parses so many events, and does nothing with them. */
export async function receiveBare(org: OrgProcess, count: number): Promise<void> {
  const reader = await createCometdReader(org, channel, -2);
  await reader.read(count);
}

export interface ReadTopic {
  /** The first records, with everything that they consist of. */
  readonly samples: readonly Message[];
  readonly distinctKeys: number;
}

/** Reads so many committed records of a topic. */
export async function readTopic(kafka: Kafka, topic: string, count: number): Promise<ReadTopic> {
  const consumer = kafka.consumer({ groupId: 'bench' });
  const samples: Message[] = [];
  const keys = new Set<string>();
  let seen = 0;
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve) => {
    void consumer.run({
      eachBatch: async ({ batch: { messages } }) => {
        for (const { key, value, timestamp, headers } of messages) {
          keys.add(String(key));
          if (samples.length < batch) samples.push({ key, value, timestamp, ...(headers && { headers }) });
        }
        seen += messages.length;
        if (seen >= count) resolve();
      },
    });
  });
  await consumer.disconnect();
  return { samples, distinctKeys: keys.size };
}

/** Sends so many records, idempotent and in order, one request at a time. */
export async function produceBare(kafka: Kafka, samples: readonly Message[], count: number): Promise<void> {
  const createPartitioner = Partitioners.DefaultPartitioner;
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, createPartitioner });
  await producer.connect();
  for (let sent = 0; sent < count; sent += batch) {
    const messages = Array.from({ length: batch }, (_, index) => samples[(sent + index) % samples.length]);
    await producer.send({
      topic: bareTopic,
      acks: -1,
      messages: messages.map((sample) => sample ?? { value: null }),
    });
  }
  await producer.disconnect();
}
