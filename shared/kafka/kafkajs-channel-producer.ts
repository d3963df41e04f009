import type { Kafka, Producer, ProducerConfig } from 'kafkajs';
import { BridgeError } from '../errors/bridge-error.ts';
import { type Assignments, assertAllAnswered, createAssignments, positionsBehind } from './assignments.ts';
import type { ChannelProducer, ChannelProducerFactory, DeliveryGuarantee } from './channel-producer.ts';
import { classifyKafkaError } from './classify-kafka-error.ts';
import { cutRequests } from './cut-requests.ts';
import { groupByTopic, topicsOf } from './kafkajs-client.ts';
import { type LogPositions, laterPositions } from './log-positions.ts';

interface FactoryParts {
  /** Made when first needed: reading its secrets may fail for a while. */
  readonly kafka: (requestTimeoutMs?: number) => Promise<Kafka>;
  readonly leaseMs: number;
}

/** The producers of channels over kafkajs: acks from all in-sync replicas, one request in flight. */
export function createKafkajsChannelProducers({ kafka, leaseMs }: FactoryParts): ChannelProducerFactory {
  // With a transaction Kafka itself refuses a former owner, however late. Without one only time does: two tries
  // are over before the half of the lease is over that was left when the first one began.
  const producerOf: Record<DeliveryGuarantee, (id: string) => Promise<[Kafka, ProducerConfig]>> = {
    exactlyOnce: async (transactionalId) => [
      await kafka(),
      // Right after a commit the coordinator answers CONCURRENT_TRANSACTIONS for a few milliseconds; kafkajs' own first
      // pause of 300 ms would be the price of every transaction.
      { transactionalId, retry: { retries: 10, initialRetryTime: 5, maxRetryTime: 1000 } },
    ],
    atLeastOnce: async () => [await kafka(leaseMs / 5), { retry: { retries: 1, initialRetryTime: 100 } }],
  };
  return {
    async open(transactionalId, guarantee) {
      const assignments = createAssignments();
      const [client, config] = await producerOf[guarantee](transactionalId);
      const producer = client.producer({
        ...config,
        idempotent: true,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        createPartitioner: assignments.createPartitioner,
      });
      try {
        await producer.connect();
        // kafkajs sends InitProducerId with the first transaction; to end one that is empty sends nothing more.
        if (guarantee === 'exactlyOnce') await (await producer.transaction()).abort();
      } catch (cause) {
        await producer.disconnect().catch(() => undefined);
        throw classifyKafkaError(cause, [transactionalId]);
      }
      return createProducer(producer, guarantee, assignments);
    },
  };
}

function createProducer(producer: Producer, guarantee: DeliveryGuarantee, assignments: Assignments): ChannelProducer {
  return {
    async publish(records) {
      try {
        const sender = guarantee === 'exactlyOnce' ? await producer.transaction() : producer;
        let positions: LogPositions = {};
        for (const request of cutRequests(records, undefined, assignments.foresee)) {
          assignments.clear();
          const answers = await sender.sendBatch({ acks: -1, topicMessages: groupByTopic(request) });
          assertAllAnswered(assignments, answers);
          positions = laterPositions(positions, positionsBehind(assignments, answers));
        }
        if ('commit' in sender) await sender.commit();
        return positions;
      } catch (cause) {
        throw cause instanceof BridgeError ? cause : classifyKafkaError(cause, topicsOf(records));
      }
    },
    async close() {
      await producer.disconnect().catch(() => undefined);
    },
  };
}
