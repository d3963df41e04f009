import { BridgeError } from '../errors/bridge-error.ts';
import type { RecordProducer } from '../kafka/record-producer.ts';
import { toDeadLetter } from './dead-letter.ts';
import type { DeadLetterStore } from './dead-letter-store.ts';

interface TopicDeadLettersParts {
  /** Connected when the first letter has to be stored. */
  readonly producer: () => Promise<RecordProducer>;
  readonly topic: string;
  readonly sink: string;
}

/** Dead letters in a Kafka topic. */
export function createTopicDeadLetters({ producer, topic, sink }: TopicDeadLettersParts): DeadLetterStore {
  return {
    async store(letters) {
      try {
        const records = letters.map(({ record, reason }) => toDeadLetter(record, sink, topic, reason));
        await (await producer()).publish(records);
      } catch (cause) {
        const message = `${letters.length} dead letters could not be stored`;
        throw new BridgeError('SKB_DEAD_LETTER_FAILED', message, { cause, context: { sink, topic } });
      }
    },
  };
}
