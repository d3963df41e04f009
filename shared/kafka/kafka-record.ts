export interface RecordHeader {
  readonly name: string;
  readonly value: Buffer;
}

/** Where a record stands in Kafka: its identity for audit and dead letters. */
export interface Coordinates {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A record as it was read: bytes untouched, `value` null for a tombstone. */
export interface KafkaRecord extends Coordinates {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
}

export function describeCoordinates({ topic, partition, offset }: Coordinates): string {
  return `${topic}-${partition}@${offset}`;
}
