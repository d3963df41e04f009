import * as z from 'zod/mini';
import { BridgeError } from '../errors/bridge-error.ts';
import type { KafkaRecord } from './kafka-record.ts';

// The event of an MSK or self-managed Kafka event source mapping:
// https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html#msk-sample-event
const recordSchema = z.object({
  topic: z.string(),
  partition: z.number(),
  offset: z.number(),
  timestamp: z.number(),
  key: z.nullish(z.string()),
  // Tombstones arrive with the value missing, not null.
  value: z.nullish(z.string()),
  headers: z.nullish(z.array(z.record(z.string(), z.array(z.number())))),
});

const eventSchema = z.object({
  eventSource: z.enum(['aws:kafka', 'SelfManagedKafka']),
  records: z.record(z.string(), z.array(recordSchema)),
});

/**
 * Reads an event into records, in offset order within each partition.
 *
 * @throws BridgeError SKB_BUG when it is not the event of a Kafka event source mapping.
 */
export function decodeKafkaEvent(event: unknown): readonly KafkaRecord[] {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new BridgeError('SKB_BUG', `Not a Kafka event: ${issue?.path.join('.')} ${issue?.message}`);
  }
  // The map's key is "<topic>-<partition>", but a topic's name may hold hyphens, so each record's own fields decide.
  return Object.values(parsed.data.records)
    .flatMap((records) => [...records].sort((a, b) => a.offset - b.offset))
    .map(({ topic, partition, offset, timestamp, key, value, headers }) => ({
      topic,
      partition,
      offset,
      timestamp,
      key: decode(key),
      value: decode(value),
      // Header bytes are signed (-128 to 127); Buffer.from wraps the negative ones.
      headers: (headers ?? []).flatMap((header) =>
        Object.entries(header).map(([name, bytes]) => ({ name, value: Buffer.from(bytes) })),
      ),
    }));
}

function decode(base64: string | null | undefined): Buffer | null {
  return base64 === null || base64 === undefined ? null : Buffer.from(base64, 'base64');
}
