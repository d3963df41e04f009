import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer } from 'kafkajs';
import { type KafkaEventRecord, toEventRecord } from '../aws/build-kafka-event.ts';
import { auditKafka } from '../dev/topic-reader.ts';
import type { PriceRecord } from '../sample/price-updates.ts';

const limitMs = 60_000;

/** Sends records to a topic of a real broker and reads them back as Lambda would get them. */
export async function throughTheBroker(
  brokers: readonly string[],
  topic: string,
  records: readonly PriceRecord[],
): Promise<KafkaEventRecord[]> {
  const kafka = auditKafka(brokers);
  const producer = kafka.producer({ idempotent: true, allowAutoTopicCreation: false });
  await producer.connect();
  await producer.send({ topic, messages: records.map(({ key, value }) => ({ key, value })) });
  await producer.disconnect();
  const consumer: Consumer = kafka.consumer({ groupId: `deploy-local-${Date.now()}`, allowAutoTopicCreation: false });
  const read: KafkaEventRecord[] = [];
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachBatch: async ({ batch }) => {
        for (const message of batch.messages) read.push(toEventRecord(topic, batch.partition, message));
      },
    });
    const deadline = performance.now() + limitMs;
    while (read.length < records.length) {
      if (performance.now() > deadline) throw new Error(`${read.length} of ${records.length} records came back`);
      await delay(100);
    }
  } finally {
    await consumer.disconnect();
  }
  return read;
}
