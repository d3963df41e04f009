import type { KafkaRecord } from '../kafka/kafka-record.ts';
import type { DeadLetter } from './dead-letter-store.ts';

// A whole letter as one JSON text, bytes in base64: the form of letters in a queue, in a bucket, and in parts.

interface Envelope {
  readonly version: 1;
  readonly sink: string;
  readonly record: Omit<KafkaRecord, 'key' | 'value' | 'headers'> & {
    readonly key: string | null;
    readonly value: string | null;
    /** Name and bytes in turn; Kafka allows a name more than once. */
    readonly headers: readonly (readonly [name: string, value: string])[];
  };
  readonly reason: DeadLetter['reason'];
  readonly attempts: number;
}

export function toEnvelope({ record, reason, attempts = 1 }: DeadLetter, sink: string): string {
  const { topic, partition, offset, timestamp, key, value, headers } = record;
  const envelope: Envelope = {
    version: 1,
    sink,
    record: {
      topic,
      partition,
      offset,
      timestamp,
      key: key?.toString('base64') ?? null,
      value: value?.toString('base64') ?? null,
      headers: headers.map((header) => [header.name, header.value.toString('base64')] as const),
    },
    reason,
    attempts,
  };
  return asciiJson(envelope);
}

/** @throws SyntaxError or TypeError when the text is no envelope. */
export function fromEnvelope(text: string): DeadLetter & { readonly sink: string } {
  const { sink, record, reason, attempts } = JSON.parse(text) as Envelope;
  const bytes = (base64: string | null) => (base64 === null ? null : Buffer.from(base64, 'base64'));
  return {
    sink,
    reason,
    attempts,
    record: {
      ...record,
      key: bytes(record.key),
      value: bytes(record.value),
      headers: record.headers.map(([name, value]) => ({ name, value: Buffer.from(value, 'base64') })),
    },
  };
}

/** SQS refuses some Unicode characters, and a length in characters is one in bytes then. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Cuts a text into parts of at most so many characters. */
export function cutText(text: string, size: number): readonly string[] {
  const parts: string[] = [];
  for (let start = 0; start < text.length; start += size) parts.push(text.slice(start, start + size));
  return parts;
}
