import { asBridgeError, BridgeError } from '../errors/bridge-error.ts';
import { cutRequests, recordBytes } from '../kafka/cut-requests.ts';
import { toHeaders } from '../kafka/headers.ts';
import type { OutgoingRecord, RecordProducer } from '../kafka/record-producer.ts';
import type { ClaimStore } from './claim-store.ts';
import { letterFacts, toDeadLetter } from './dead-letter.ts';
import type { DeadLetter, DeadLetterStore } from './dead-letter-store.ts';
import { cutText, toEnvelope } from './letter-envelope.ts';

interface KafkaDeadLettersParts {
  readonly sink: string;
  readonly topic: string;
  /** Connected when the first letter has to be stored. */
  readonly producer: () => Promise<RecordProducer>;
  /** For letters that are too large. @default they are stored in parts */
  readonly claims?: ClaimStore | undefined;
}

// Below a broker's default limit of 1 MiB for a record, and the smallest that a topic's own limit is tried down to.
const largestLetter = 900_000;
const smallestLimit = 20_000;

/**
 * A sink's dead letters in a Kafka topic. A record that its own topic took may be too large here, since a letter adds
 * headers and topics have limits of their own; such a letter goes to the bucket and is named here, or is stored in parts.
 */
export function createKafkaDeadLetters(parts: KafkaDeadLettersParts): DeadLetterStore {
  const { sink, topic, producer, claims } = parts;

  async function small(letter: DeadLetter, limit: number): Promise<readonly OutgoingRecord[]> {
    const { record, reason, attempts } = letter;
    const whole = toDeadLetter(record, sink, topic, reason, attempts);
    if (recordBytes(whole) <= limit) return [whole];
    const facts = letterFacts(record, sink, reason, attempts);
    // The key stays where it fits, so that the parts of a letter lie in one partition.
    const key = record.key !== null && record.key.length < limit / 10 ? record.key : null;
    const envelope = toEnvelope(letter, sink);
    if (claims !== undefined) {
      const claim = await claims.put(sink, record, envelope);
      return [{ topic, key, value: null, headers: toHeaders({ ...shortened(facts), 'bridge.claim': claim }) }];
    }
    const texts = cutText(envelope, Math.floor(limit / 2));
    return texts.map((text, index) => ({
      topic,
      key: key ?? Buffer.from(`${record.topic}-${record.partition}@${record.offset}`),
      value: text,
      headers: toHeaders({ ...shortened(facts), 'bridge.part': `${index + 1}/${texts.length}` }),
    }));
  }

  async function publish(letters: readonly DeadLetter[], limit: number): Promise<void> {
    const records: OutgoingRecord[] = [];
    for (const letter of letters) records.push(...(await small(letter, limit)));
    try {
      // A topic's limit holds for all records of a partition in a request.
      for (const request of cutRequests(records, limit)) await (await producer()).publish(request);
    } catch (thrown) {
      const error = asBridgeError(thrown);
      if (error.code !== 'SKB_RECORD_TOO_LARGE' || limit <= smallestLimit) throw error;
      // The topic takes less than a broker does by default. What was stored already is stored again, which counts once.
      await publish(letters, Math.max(smallestLimit, Math.floor(limit / 4)));
    }
  }

  return {
    async store(letters) {
      if (letters.length === 0) return;
      try {
        await publish(letters, largestLetter);
      } catch (cause) {
        throw new BridgeError('SKB_DEAD_LETTER_FAILED', `${letters.length} dead letters could not be stored`, {
          cause,
          context: { sink, topic },
        });
      }
    },
  };
}

/** Messages quote what Salesforce said, which may quote a long value; the envelope holds the whole text. */
function shortened(facts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(facts).map(([name, text]) => [name, text.slice(0, 1000)]));
}
