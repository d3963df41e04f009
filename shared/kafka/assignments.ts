import type { PartitionerArgs, RecordMetadata } from 'kafkajs';
import { BridgeError } from '../errors/bridge-error.ts';
import { createSteadyPartitioner } from './kafkajs-client.ts';
import type { LogPositions } from './log-positions.ts';
import type { OutgoingRecord } from './record-producer.ts';

/** Which partition the partitioner chose for each record of a request. */
export interface Assignments {
  /** Partitions as `topic-0`. */
  readonly chosen: ReadonlyMap<unknown, string>;
  readonly createPartitioner: typeof createSteadyPartitioner;
  /** The partition that a record will go to, as far as the topic's partitions are known from what was sent before. */
  foresee(record: OutgoingRecord): string | undefined;
  clear(): void;
}

interface TopicPartitions {
  metadata: PartitionerArgs['partitionMetadata'];
  readonly names: string[];
}

export function createAssignments(): Assignments {
  const chosen = new Map<unknown, string>();
  /** The partitions of each topic as kafkajs knew them last. */
  const topics = new Map<string, TopicPartitions>();
  const choose = createSteadyPartitioner();

  /** Each name is made once: a text that was made anew for each record would have to be hashed anew, too. */
  function nameOf(topic: string, metadata: PartitionerArgs['partitionMetadata'], partition: number): string {
    const known = topics.get(topic) ?? { metadata, names: [] };
    if (!topics.has(topic)) topics.set(topic, known);
    known.metadata = metadata;
    known.names[partition] ??= `${topic}-${partition}`;
    return known.names[partition];
  }

  return {
    chosen,
    clear: () => chosen.clear(),
    createPartitioner: () => (wanted) => {
      const partition = choose(wanted);
      chosen.set(wanted.message, nameOf(wanted.topic, wanted.partitionMetadata, partition));
      return partition;
    },
    foresee({ topic, key, value, partition }) {
      const known = topics.get(topic);
      if (known === undefined) return undefined;
      const message = { key, value, ...(partition === undefined ? {} : { partition }) };
      return nameOf(topic, known.metadata, choose({ topic, partitionMetadata: known.metadata, message }));
    },
  };
}

/**
 * kafkajs keeps, from one try to the next, which *brokers* have answered. A partition whose leader moves in between is
 * then left out or sent twice, and the send succeeds all the same. So every partition has to have answered, once.
 */
export function assertAllAnswered({ chosen }: Assignments, answers: readonly RecordMetadata[]): void {
  const asked = new Set(chosen.values());
  const answered = new Set(answers.map(nameOf));
  if (answered.size === answers.length && asked.size === answered.size && asked.isSubsetOf(answered)) return;
  throw new BridgeError('SKB_KAFKA_UNAVAILABLE', 'Partitions changed their leader while records were sent', {
    context: { asked: [...asked], answered: answers.map(nameOf) },
  });
}

export function positionsBehind({ chosen }: Assignments, answers: readonly RecordMetadata[]): LogPositions {
  const counts = new Map<string, number>();
  for (const name of chosen.values()) counts.set(name, (counts.get(name) ?? 0) + 1);
  const positions: Record<string, Record<string, number>> = {};
  for (const answer of answers) {
    const known = positions[answer.topicName] ?? {};
    positions[answer.topicName] = known;
    known[answer.partition] = Number(answer.baseOffset) + (counts.get(nameOf(answer)) ?? 0);
  }
  return positions;
}

function nameOf({ topicName, partition }: RecordMetadata): string {
  return `${topicName}-${partition}`;
}
