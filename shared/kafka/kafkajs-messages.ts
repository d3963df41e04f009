import type { Message } from 'kafkajs';
import type { OutgoingRecord } from './record-producer.ts';

type MessagesByPartition = Record<string, Message[]>;
type Group = (grouped: MessagesByPartition, message: Message) => MessagesByPartition;

/**
 * Records of one topic as kafkajs takes messages. It looks at key, value and partition only, and our encoder takes the
 * record as it is.
 *
 * kafkajs groups the messages of a request with `reduce`, and copies for each all those of its partition before it: with
 * hundreds of them for a partition that is most of what it does with a request. So this list has each grouped alone, by
 * kafkajs' own function, and put behind the others.
 */
export function toKafkajsMessages(records: readonly OutgoingRecord[]): Message[] {
  return Object.assign([...records], { reduce: groupEachAlone }) as unknown as Message[];
}

function groupEachAlone(this: readonly Message[], group: Group): MessagesByPartition {
  const grouped: MessagesByPartition = {};
  for (const message of this) {
    for (const partition of Object.keys(group({}, message))) {
      const others = grouped[partition];
      if (others === undefined) grouped[partition] = [message];
      else others.push(message);
    }
  }
  return grouped;
}
