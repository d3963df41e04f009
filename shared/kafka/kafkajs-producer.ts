import { type IHeaders, Kafka, logLevel, type Message, Partitioners, type Producer } from 'kafkajs';
import type { Logger } from '../telemetry/logger.ts';
import { classifyKafkaError } from './classify-kafka-error.ts';
import { cutRequests } from './cut-requests.ts';
import type { KafkaSecurity } from './kafka-connection.ts';
import type { RecordHeader } from './kafka-record.ts';
import { guardKafkajsTimer } from './kafkajs-timer-guard.ts';
import type { OutgoingRecord, RecordProducer } from './record-producer.ts';

interface KafkajsProducerParts {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** How to log in. @default plain text */
  readonly security?: KafkaSecurity;
  readonly logger: Logger;
}

/**
 * A RecordProducer over kafkajs: idempotent, acks from all in-sync replicas, one request in flight, so that records of
 * one key keep their order. Missing topics are an error, never created.
 */
export async function createKafkajsProducer({
  brokers,
  clientId,
  security,
  logger,
}: KafkajsProducerParts): Promise<RecordProducer> {
  guardKafkajsTimer();
  const kafka = new Kafka({
    brokers: [...brokers],
    clientId,
    ...security,
    connectionTimeout: 10_000,
    requestTimeout: 30_000,
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => logger.warn(`kafka client: ${entry.log.message}`, { kafkaClientLevel: entry.level }),
  });
  let producer = await connect(kafka);
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
    createPartitioner: Partitioners.DefaultPartitioner,
    // The default of an idempotent producer is to retry for ever; a deadline lets the caller decide.
    retry: { retries: 8, initialRetryTime: 100, maxRetryTime: 10_000 },
  });
  await producer.connect();
  return producer;
}

function groupByTopic(records: readonly OutgoingRecord[]): { topic: string; messages: Message[] }[] {
  const messagesByTopic = new Map<string, Message[]>();
  for (const record of records) {
    const messages = messagesByTopic.get(record.topic) ?? [];
    messagesByTopic.set(record.topic, messages);
    messages.push({
      key: record.key,
      value: record.value,
      headers: toKafkajsHeaders(record.headers),
      ...(record.timestamp === undefined ? {} : { timestamp: String(record.timestamp) }),
    });
  }
  return [...messagesByTopic].map(([topic, messages]) => ({ topic, messages }));
}

/** Kafka allows a header name more than once; kafkajs says so with an array. */
function toKafkajsHeaders(headers: readonly RecordHeader[]): IHeaders {
  const byName: Record<string, Buffer | Buffer[]> = {};
  for (const { name, value } of headers) {
    const earlier = byName[name];
    byName[name] = earlier === undefined ? value : [...(Array.isArray(earlier) ? earlier : [earlier]), value];
  }
  return byName;
}

function topicsOf(records: readonly OutgoingRecord[]): string[] {
  return [...new Set(records.map((record) => record.topic))];
}
