import type { Coordinates } from '../../shared/kafka/kafka-record.ts';
import { groupByPartition } from '../../shared/state/partition-progress.ts';

/** Lambda's partial batch response; for Kafka the identifier is an object, unlike SQS and Kinesis. */
export interface BatchResponse {
  readonly batchItemFailures: readonly {
    readonly itemIdentifier: { readonly partition: string; readonly offset: number };
  }[];
}

export interface PartitionVerdict<Item extends Coordinates> {
  readonly topic: string;
  readonly partition: number;
  /** Items before the first unsettled one, in offset order. */
  readonly settled: readonly Item[];
  /** The first unsettled item and everything after it, whether settled or not. */
  readonly handedBack: readonly Item[];
}

/**
 * Cuts each partition at its first unsettled record. What follows is handed back as a whole, because Lambda does not say
 * whether it redelivers only what was reported or everything from the lowest reported offset on, and order must hold in
 * both cases: https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
 */
export function cutPartitions<Item extends Coordinates>(
  items: readonly Item[],
  isSettled: (item: Item) => boolean,
): readonly PartitionVerdict<Item>[] {
  return [...groupByPartition(items).values()].map((unordered) => {
    const ordered = [...unordered].sort((a, b) => a.offset - b.offset);
    const firstUnsettled = ordered.findIndex((item) => !isSettled(item));
    const cut = firstUnsettled === -1 ? ordered.length : firstUnsettled;
    const { topic, partition } = ordered[0] as Item;
    return { topic, partition, settled: ordered.slice(0, cut), handedBack: ordered.slice(cut) };
  });
}

export function toBatchResponse(verdicts: readonly PartitionVerdict<Coordinates>[]): BatchResponse {
  return {
    batchItemFailures: verdicts.flatMap(({ handedBack }) =>
      handedBack.map(({ topic, partition, offset }) => ({
        itemIdentifier: { partition: `${topic}-${partition}`, offset },
      })),
    ),
  };
}
