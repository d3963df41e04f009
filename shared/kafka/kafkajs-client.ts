import { type ICustomPartitioner, Kafka, logLevel, type Message } from 'kafkajs';
import type { Logger } from '../telemetry/logger.ts';
import type { KafkaSecurity } from './kafka-connection.ts';
import { toKafkajsMessages } from './kafkajs-messages.ts';
import { replaceProduceEncoder } from './kafkajs-produce-request.ts';
import { guardKafkajsTimer } from './kafkajs-timer-guard.ts';
import { murmur2 } from './murmur2.ts';
import type { OutgoingRecord } from './record-producer.ts';

export interface KafkajsParts {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** How to log in. @default plain text */
  readonly security?: KafkaSecurity;
  readonly logger: Logger;
  /** @default 30000 */
  readonly requestTimeoutMs?: number | undefined;
}

/** A kafkajs client with the bridge's deadlines and logger; it connects only when used. */
export function createKafkajs({ brokers, clientId, security, logger, requestTimeoutMs = 30_000 }: KafkajsParts): Kafka {
  guardKafkajsTimer();
  replaceProduceEncoder();
  return new Kafka({
    brokers: [...brokers],
    clientId,
    ...security,
    connectionTimeout: 10_000,
    requestTimeout: requestTimeoutMs,
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => {
      // It calls an error what it tries again at once, in every transaction. What matters is thrown, and logged with its place.
      logger.debug(`kafka client: ${entry.log.message}`, { kafkaClientLevel: entry.level });
    },
  });
}

export function groupByTopic(records: readonly OutgoingRecord[]): { topic: string; messages: Message[] }[] {
  const recordsByTopic = Map.groupBy(records, ({ topic }) => topic);
  return [...recordsByTopic].map(([topic, ofTopic]) => ({ topic, messages: toKafkajsMessages(ofTopic) }));
}

export function topicsOf(records: readonly OutgoingRecord[]): string[] {
  return [...new Set(records.map((record) => record.topic))];
}

/**
 * Java's partitioner for keys; a record without one goes by its value. kafkajs asks anew for each try of a request, and a
 * random answer would send a record to a broker that has acknowledged already, which is then left out.
 */
export const createSteadyPartitioner: ICustomPartitioner = () => {
  return ({ message: { key, value, partition }, partitionMetadata }) => {
    if (partition !== undefined) return partition;
    const bytes = key ?? value ?? '';
    return (murmur2(typeof bytes === 'string' ? Buffer.from(bytes) : bytes) & 0x7fffffff) % partitionMetadata.length;
  };
};
