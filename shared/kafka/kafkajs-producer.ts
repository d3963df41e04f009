import type { Kafka, Producer } from 'kafkajs';
import { classifyKafkaError } from './classify-kafka-error.ts';
import { cutRequests } from './cut-requests.ts';
import { createKafkajs, createSteadyPartitioner, groupByTopic, type KafkajsParts, topicsOf } from './kafkajs-client.ts';
import type { OutgoingRecord, RecordProducer } from './record-producer.ts';

/**
 * A RecordProducer over kafkajs: idempotent, acks from all in-sync replicas, one request in flight, so that records of
 * one key keep their order. Missing topics are an error, never created.
 */
export async function createKafkajsProducer(parts: KafkajsParts): Promise<RecordProducer> {
  const kafka = createKafkajs(parts);
  let producer = await connect(kafka).catch((cause: unknown) => {
    throw classifyKafkaError(cause, []);
  });
  // kafkajs rolls an idempotent producer's sequence back on a failed request while another send may use it, so sends
  // take turns; and it never recovers from an unknown producer or sequence error (issue 598), so it is made anew.
  let turn: Promise<unknown> = Promise.resolve();

  async function send(records: readonly OutgoingRecord[]): Promise<void> {
    try {
      for (const request of cutRequests(records)) {
        await producer.sendBatch({ acks: -1, topicMessages: groupByTopic(request) });
      }
    } catch (error) {
      await producer.disconnect().catch(() => undefined);
      producer = await connect(kafka).catch((cause: unknown) => {
        throw classifyKafkaError(cause, topicsOf(records));
      });
      throw classifyKafkaError(error, topicsOf(records));
    }
  }

  return {
    publish(records) {
      if (records.length === 0) return Promise.resolve();
      const sent = turn.then(() => send(records));
      turn = sent.catch(() => undefined);
      return sent;
    },
    async close() {
      await turn;
      await producer.disconnect();
    },
  };
}

async function connect(kafka: Kafka): Promise<Producer> {
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: createSteadyPartitioner,
    // The default of an idempotent producer is to retry for ever; a deadline lets the caller decide.
    retry: { retries: 8, initialRetryTime: 100, maxRetryTime: 10_000 },
  });
  await producer.connect();
  return producer;
}
