import type { KafkaRecord } from '../kafka/kafka-record.ts';
import { letterIdentity } from './dead-letter.ts';
import type { DeadLetter } from './dead-letter-store.ts';
import { fromEnvelope } from './letter-envelope.ts';

/** A letter with the record as it was read, whatever form it was stored in. */
export type ReadLetter = DeadLetter & { readonly sink: string };

/** Fetches a claim by its reference. */
export type FetchClaim = (reference: string) => Promise<string>;

interface Stored {
  readonly identity: string;
  readonly part: string | undefined;
  /** The letter, or one part of its envelope. */
  readonly read: () => Promise<ReadLetter> | ReadLetter;
  readonly text: string;
}

/**
 * Reads letters of a dead-letter topic: each one once, however often it was stored; parts are joined, claims fetched.
 * What is no letter of the bridge is left out, and so is a letter of which a part is missing.
 */
export function readKafkaLetters(
  records: readonly Pick<KafkaRecord, 'key' | 'value' | 'headers'>[],
  fetchClaim: FetchClaim,
): Promise<readonly ReadLetter[]> {
  return distinct(
    records.flatMap((stored): Stored[] => {
      const facts = Object.fromEntries(stored.headers.map(({ name, value }) => [name, value.toString()]));
      if (facts['bridge.offset'] === undefined) return [];
      const claim = facts['bridge.claim'];
      return [
        {
          identity: letterIdentity(facts),
          part: facts['bridge.part'],
          text: stored.value?.toString() ?? '',
          read: async () => (claim === undefined ? fromFacts(facts, stored) : fromEnvelope(await fetchClaim(claim))),
        },
      ];
    }),
  );
}

/** Reads the bodies of messages of a dead-letter queue in the same way. */
export function readQueueLetters(bodies: readonly string[], fetchClaim: FetchClaim): Promise<readonly ReadLetter[]> {
  return distinct(
    bodies.map((body): Stored => {
      const message = JSON.parse(body) as { claim?: string; part?: string; text?: string; identity?: string };
      const { claim, part, text } = message;
      const letter = claim === undefined && part === undefined ? fromEnvelope(body) : undefined;
      return {
        identity: letter === undefined ? (message.identity ?? claim ?? '') : identityOf(letter),
        part,
        text: text ?? '',
        read: async () => letter ?? fromEnvelope(await fetchClaim(claim ?? '')),
      };
    }),
  );
}

async function distinct(stored: readonly Stored[]): Promise<readonly ReadLetter[]> {
  const letters: ReadLetter[] = [];
  for (const [, same] of Map.groupBy(stored, ({ identity }) => identity)) {
    const whole = same.find(({ part }) => part === undefined);
    const letter = whole === undefined ? joinParts(same) : await whole.read();
    if (letter !== undefined) letters.push(letter);
  }
  return letters;
}

/** A letter that was stored twice may have come in different numbers of parts. */
function joinParts(parts: readonly Stored[]): ReadLetter | undefined {
  for (const [count, some] of Map.groupBy(parts, ({ part }) => Number(part?.split('/')[1]))) {
    const byNumber = new Map(some.map(({ part, text }) => [Number(part?.split('/')[0]), text]));
    if (byNumber.size < count) continue;
    return fromEnvelope(Array.from({ length: count }, (_, index) => byNumber.get(index + 1)).join(''));
  }
  return undefined;
}

function identityOf({ sink, record }: ReadLetter): string {
  return `${sink} ${record.topic}-${record.partition}@${record.offset}`;
}

function fromFacts(
  facts: Readonly<Record<string, string>>,
  { key, value, headers }: Pick<KafkaRecord, 'key' | 'value' | 'headers'>,
): ReadLetter {
  const fields = facts['bridge.salesforce.fields']?.split(',');
  const status = facts['bridge.salesforce.status'];
  return {
    sink: facts['bridge.sink'] ?? '',
    attempts: Number(facts['bridge.attempts'] ?? 1),
    reason: {
      code: facts['bridge.error.code'] ?? '',
      message: facts['bridge.error.message'] ?? '',
      ...(status === undefined ? {} : { salesforceStatus: status }),
      ...(fields === undefined ? {} : { fields }),
    },
    record: {
      topic: facts['bridge.topic'] ?? '',
      partition: Number(facts['bridge.partition']),
      offset: Number(facts['bridge.offset']),
      timestamp: Number(facts['bridge.timestamp']),
      key,
      value,
      headers: headers.filter(({ name }) => !name.startsWith('bridge.')),
    },
  };
}
