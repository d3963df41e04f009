import type { Coordinates } from '../kafka/kafka-record.ts';

/** What a step remembers of one key: the last value written, and by which records. */
export interface MemoryEntry {
  readonly value: string;
  readonly topic: string;
  readonly partition: number;
  /** Offset of the last record that moved the value. */
  readonly offset: number;
  /** Offsets at or below {@link offset} that passed; a redelivered record repeats this decision. */
  readonly passedOffsets: readonly number[];
}

export interface MemoryKey {
  readonly step: string;
  readonly key: string;
}

/** The remembered values of one sink, read in batches and moved only after rows were written. */
export interface StepMemory {
  /** Entries of the keys that have one; a missing key is absent from the map. */
  load(step: string, keys: readonly string[]): Promise<ReadonlyMap<string, MemoryEntry>>;
  /** Stores entries; last write wins, so the caller keeps a key's order. */
  store(entries: readonly (MemoryKey & MemoryEntry)[]): Promise<void>;
}

/** True when the remembered decision of an earlier delivery covers this record. */
export function wasJudged(entry: MemoryEntry, record: Coordinates): boolean {
  return entry.topic === record.topic && entry.partition === record.partition && record.offset <= entry.offset;
}
