import type { KafkaRecord } from '../kafka/kafka-record.ts';
import type { Remembered } from './step.ts';
import type { MemoryEntry, MemoryKey } from './step-memory.ts';

interface WrittenRow {
  readonly record: KafkaRecord;
  readonly remember: readonly Remembered[];
}

/**
 * What the steps remember once these rows were written: per key the value of the last record, and every offset that passed
 * in this batch, so that a redelivery repeats the same decisions.
 */
export function collectMemory(written: readonly WrittenRow[]): (MemoryKey & MemoryEntry)[] {
  const entries = new Map<string, MemoryKey & MemoryEntry>();
  for (const { record, remember } of written) {
    for (const { step, key, value } of remember) {
      const id = `${step} ${key}`;
      const passedOffsets = [...(entries.get(id)?.passedOffsets ?? []), record.offset];
      const { topic, partition, offset } = record;
      entries.set(id, { step, key, value, topic, partition, offset, passedOffsets });
    }
  }
  return [...entries.values()];
}
