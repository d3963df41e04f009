import type { Kafka } from 'kafkajs';
import { classifyKafkaError } from './classify-kafka-error.ts';
import { createKafkajsCluster } from './kafkajs-cluster.ts';

/** What somebody can find out about a cluster without changing anything in it. */
export interface KafkaSurvey {
  /** Topics that this login may see. @throws BridgeError SKB_KAFKA_DENIED, SKB_KAFKA_UNAVAILABLE */
  topics(): Promise<ReadonlySet<string>>;
  /**
   * Asks for the coordinator of a transactional ID, which fences nobody, as opening a producer would.
   *
   * @throws BridgeError SKB_KAFKA_DENIED, or SKB_KAFKA_UNAVAILABLE when the cluster has none
   */
  findTransactions(transactionalId: string): Promise<void>;
}

export function createKafkajsSurvey(kafka: Kafka): KafkaSurvey {
  return {
    async topics() {
      const admin = kafka.admin();
      try {
        await admin.connect();
        return new Set(await admin.listTopics());
      } catch (cause) {
        throw classifyKafkaError(cause, []);
      } finally {
        void admin.disconnect().catch(() => undefined);
      }
    },
    async findTransactions(transactionalId) {
      const cluster = createKafkajsCluster(kafka);
      try {
        await cluster.connect();
        await cluster.findGroupCoordinator({ groupId: transactionalId, coordinatorType: 1 });
      } catch (cause) {
        throw classifyKafkaError(cause, []);
      } finally {
        void cluster.disconnect().catch(() => undefined);
      }
    },
  };
}
