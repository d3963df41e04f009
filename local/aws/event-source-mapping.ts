import { type EachBatchPayload, Kafka, logLevel } from 'kafkajs';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import { type KafkaEvent, partitionKey, toEventRecord } from './build-kafka-event.ts';
import { createDelivery, type DeliveryPorts, type DeliverySettings } from './delivery.ts';

export interface MappingSettings extends Omit<DeliverySettings, 'origin'> {
  readonly bootstrapServers: string;
  readonly eventSourceArn?: string | undefined;
  readonly topics: readonly string[];
  readonly groupId: string;
  /** Where a group without committed offsets begins. */
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST';
}

export type MappingReport =
  | Parameters<DeliveryPorts['report']>[0]
  | { readonly event: 'assigned'; readonly partitions: readonly string[] }
  | { readonly event: 'kafka-log'; readonly level: 'warning' | 'error'; readonly message: string };

export interface MappingPorts extends Pick<DeliveryPorts, 'onFailure' | 'random'> {
  invoke(event: KafkaEvent): Promise<unknown>;
  report(report: MappingReport): void;
}

export interface EventSourceMapping {
  /** Resolves when the consumer gave up for good, with the reason; never in a healthy life. */
  readonly failed: Promise<Error>;
  /** Finishes the invocations in flight, commits and leaves the group. */
  stop(drainLimitMs: number): Promise<void>;
}

/**
 * Consumes topics as Lambda's event source mapping does in provisioned mode:
 * https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html
 *
 * Reading and delivering run side by side: records are handed over as they come, and a partition that has enough of them is
 * paused. So kafkajs keeps its heartbeats whatever an invocation takes, and a failing partition does not stop the others.
 */
export async function startEventSourceMapping(
  settings: MappingSettings,
  ports: MappingPorts,
): Promise<EventSourceMapping> {
  const { bootstrapServers, eventSourceArn, topics, groupId, startingPosition } = settings;
  const kafka = new Kafka({
    clientId: 'event-source-mapping',
    brokers: bootstrapServers.split(','),
    logLevel: logLevel.WARN,
    logCreator: () => logTo(ports),
  });
  const consumer = kafka.consumer({
    groupId,
    allowAutoTopicCreation: false,
    // How long a resumed partition may wait for the fetch under way.
    maxWaitTimeInMs: 200,
    // A mapping that was killed blocks its successor in the group for this long.
    sessionTimeout: 10_000,
    heartbeatInterval: 1_000,
    // Not kafkajs's 30 s: on one machine a broker is either back soon or not at all.
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 10 },
  });

  const paused = new Set<string>();
  const delivery = createDelivery(
    { ...settings, origin: { bootstrapServers, eventSourceArn } },
    {
      ...ports,
      commit: (topic, partition, offset) => consumer.commitOffsets([{ topic, partition, offset: String(offset) }]),
      onRoom(topic, partition) {
        if (!paused.delete(partitionKey({ topic, partition }))) return;
        try {
          consumer.resume([{ topic, partitions: [partition] }]);
        } catch {
          // The consumer is between a crash and its restart, and the next join resumes everything.
        }
      },
    },
  );

  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    const assigned = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    // kafkajs keeps pauses over a rebalance, and it reads from the committed offsets again.
    consumer.resume(consumer.paused());
    paused.clear();
    delivery.assign(assigned);
    ports.report({ event: 'assigned', partitions: assigned.map(partitionKey) });
  });
  const failed = new Promise<Error>((resolve) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      // Nothing can be committed until the group is joined again, and then reading starts over from the committed offsets.
      delivery.assign([]);
      if (!payload.restart) resolve(payload.error);
    });
  });

  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: startingPosition === 'TRIM_HORIZON' });
  } catch (error) {
    await consumer.disconnect();
    throw cannotConsume(error, settings);
  }
  await consumer.run({
    autoCommit: false,
    // Handing over takes no time, so the number only has to keep kafkajs from doing it one after another.
    partitionsConsumedConcurrently: 16,
    async eachBatch({ batch, pause }: EachBatchPayload) {
      const { topic, partition } = batch;
      const records = batch.messages.map((message) => toEventRecord(topic, partition, message));
      if (delivery.add(topic, partition, records, Number(batch.lastOffset()))) return;
      paused.add(partitionKey(batch));
      pause();
    },
  });

  return {
    failed,
    async stop(drainLimitMs) {
      await delivery.drain(drainLimitMs);
      await consumer.disconnect();
    },
  };
}

function cannotConsume(error: unknown, { topics, bootstrapServers }: MappingSettings): BridgeError {
  const { type } = error as { readonly type?: string };
  const reason = error instanceof Error ? error.message : String(error);
  const code = type === 'UNKNOWN_TOPIC_OR_PARTITION' ? 'SKB_KAFKA_DENIED' : 'SKB_KAFKA_UNAVAILABLE';
  return new BridgeError(code, `Cannot consume ${topics.join(', ')} from ${bootstrapServers}: ${reason}`, {
    cause: error,
  });
}

function logTo(ports: MappingPorts) {
  return ({ level, namespace, log }: { level: logLevel; namespace: string; log: { message: string } }) => {
    const name = level === logLevel.ERROR ? 'error' : 'warning';
    ports.report({ event: 'kafka-log', level: name, message: `[${namespace}] ${log.message}` });
  };
}
