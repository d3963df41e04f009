import * as z from 'zod/mini';
import { BridgeError } from '../errors/bridge-error.ts';
import type { KafkaRecord, RecordHeader } from './kafka-record.ts';

// The event of an MSK or self-managed Kafka event source mapping:
// https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html#msk-sample-event
const eventSchema = z.object({
  eventSource: z.enum(['aws:kafka', 'SelfManagedKafka']),
  records: z.record(z.string(), z.array(z.unknown())),
});

/** One of its records. Tombstones arrive with the value missing, not null. */
interface EventRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key?: string | null;
  readonly value?: string | null;
  readonly headers?: readonly Readonly<Record<string, readonly number[]>>[] | null;
}

/**
 * Reads an event into records, in offset order within each partition.
 *
 * @throws BridgeError SKB_BUG when it is not the event of a Kafka event source mapping.
 */
export function decodeKafkaEvent(event: unknown): readonly KafkaRecord[] {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw notAnEvent(issue?.path.join('.'), issue?.message);
  }
  const records: KafkaRecord[] = [];
  // The map's key is "<topic>-<partition>", but a topic's name may hold hyphens, so each record's own fields decide.
  for (const [name, ofPartition] of Object.entries(parsed.data.records)) {
    const decoded = ofPartition.map((record, index) => {
      const problem = problemOf(record as EventRecord | null);
      if (problem !== undefined) throw notAnEvent(`records.${name}.${index}`, problem);
      return new LambdaRecord(record as EventRecord);
    });
    for (const record of decoded.sort((a, b) => a.offset - b.offset)) records.push(record);
  }
  return records;
}

/** Key and headers are decoded when somebody asks: hardly any record's ever are. */
class LambdaRecord implements KafkaRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly value: Buffer | null;
  readonly #encoded: EventRecord;

  constructor(encoded: EventRecord) {
    this.topic = encoded.topic;
    this.partition = encoded.partition;
    this.offset = encoded.offset;
    this.timestamp = encoded.timestamp;
    this.value = decode(encoded.value);
    this.#encoded = encoded;
  }

  get key(): Buffer | null {
    return decode(this.#encoded.key);
  }

  get headers(): readonly RecordHeader[] {
    // Header bytes are signed (-128 to 127); Buffer.from wraps the negative ones.
    return (this.#encoded.headers ?? []).flatMap((header) =>
      Object.entries(header).map(([name, bytes]) => ({ name, value: Buffer.from(bytes) })),
    );
  }
}

/** By hand, since a schema would copy every record of a batch and every byte of its headers. */
function problemOf(record: EventRecord | null): string | undefined {
  if (typeof record !== 'object' || record === null) return 'is no record';
  const { topic, partition, offset, timestamp, key, value, headers } = record;
  if (typeof topic !== 'string') return 'has no topic';
  if (typeof partition !== 'number' || typeof offset !== 'number') return 'has no partition or offset';
  if (typeof timestamp !== 'number') return 'has no timestamp';
  if (!isTextOrNone(key) || !isTextOrNone(value)) return 'has a key or value that is no text';
  const isHeader = (header: unknown) =>
    typeof header === 'object' && header !== null && Object.values(header).every(Array.isArray);
  return headers === undefined || headers === null || (Array.isArray(headers) && headers.every(isHeader))
    ? undefined
    : 'has headers that are no lists of bytes';
}

function isTextOrNone(value: unknown): boolean {
  return typeof value === 'string' || value === undefined || value === null;
}

function decode(base64: string | null | undefined): Buffer | null {
  return base64 === null || base64 === undefined ? null : Buffer.from(base64, 'base64');
}

function notAnEvent(place: string | undefined, problem: string | undefined): BridgeError {
  return new BridgeError('SKB_BUG', `Not a Kafka event: ${place} ${problem}`);
}
