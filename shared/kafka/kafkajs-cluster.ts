import type { IHeaders, Kafka } from 'kafkajs';
import type { AbortedTransaction, FetchedRecord } from './committed-records.ts';

// kafkajs offers reading only through consumer groups: a rebalance of seconds, rights on a group, and no way to know the
// end of a log whose last record is a marker. Its cluster and broker have what a plain read needs. kafkajs is pinned, and
// the integration test of the published log notices when this changes.

export interface FetchedMessage extends FetchedRecord {
  readonly headers?: IHeaders;
}

export interface FetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly lastStableOffset: string;
  readonly abortedTransactions: readonly AbortedTransaction[];
  readonly messages: readonly FetchedMessage[];
}

interface OffsetsOfTopic {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
}

interface FetchRequest {
  readonly isolationLevel: 1;
  readonly maxWaitTime: number;
  readonly maxBytes: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { partition: number; fetchOffset: string; maxBytes: number }[];
  }[];
}

export interface KafkajsBroker {
  fetch(request: FetchRequest): Promise<{
    readonly responses: readonly { readonly topicName: string; readonly partitions: readonly FetchedPartition[] }[];
  }>;
}

export interface KafkajsCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  refreshMetadata(): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number }[];
  /** Partitions by the node that leads them. */
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Readonly<Record<string, readonly number[]>>;
  /** @param coordinatorType 0: of a consumer group; 1: of a transactional ID */
  findGroupCoordinator(of: { readonly groupId: string; readonly coordinatorType: 0 | 1 }): Promise<KafkajsBroker>;
  findBroker(node: { readonly nodeId: string }): Promise<KafkajsBroker>;
  fetchTopicsOffset(
    topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number }[];
      readonly fromBeginning?: boolean;
      readonly fromTimestamp?: number;
    }[],
  ): Promise<readonly OffsetsOfTopic[]>;
}

/** `read_uncommitted`, which for the end of a log means the high watermark. */
const READ_UNCOMMITTED = 0;

export function createKafkajsCluster(kafka: Kafka): KafkajsCluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find((each) => each.description?.endsWith(':createCluster'));
  const create = symbol && (kafka as unknown as Record<symbol, (options: object) => KafkajsCluster>)[symbol];
  if (create === undefined) throw new TypeError('kafkajs no longer has createCluster');
  return create({ metadataMaxAge: 60_000, allowAutoTopicCreation: false, isolationLevel: READ_UNCOMMITTED });
}
