import type { RecordMetadata } from 'kafkajs';
import { BridgeError } from '../errors/bridge-error.ts';
import { createSteadyPartitioner } from './kafkajs-client.ts';
import type { LogPositions } from './log-positions.ts';

/** Which partition the partitioner chose for each record of a request. */
export interface Assignments {
  readonly chosen: ReadonlyMap<unknown, string>;
  readonly createPartitioner: typeof createSteadyPartitioner;
  clear(): void;
}

export function createAssignments(): Assignments {
  const chosen = new Map<unknown, string>();
  return {
    chosen,
    clear: () => chosen.clear(),
    createPartitioner: () => {
      const choose = createSteadyPartitioner();
      return (wanted) => {
        const partition = choose(wanted);
        chosen.set(wanted.message, `${wanted.topic}-${partition}`);
        return partition;
      };
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
  const counts = Map.groupBy(chosen.values(), (name) => name);
  const positions: Record<string, Record<string, number>> = {};
  for (const answer of answers) {
    const count = counts.get(nameOf(answer))?.length ?? 0;
    const known = positions[answer.topicName] ?? {};
    positions[answer.topicName] = known;
    known[answer.partition] = Number(answer.baseOffset) + count;
  }
  return positions;
}

function nameOf({ topicName, partition }: RecordMetadata): string {
  return `${topicName}-${partition}`;
}
