/** A text is sent as UTF-8. */
export interface OutgoingHeader {
  readonly name: string;
  readonly value: Buffer | string;
}

export interface OutgoingRecord {
  readonly topic: string;
  readonly key: Buffer | string | null;
  readonly value: Buffer | string | null;
  readonly headers: readonly OutgoingHeader[];
  /** Milliseconds since the epoch. @default the time of sending */
  readonly timestamp?: number;
  /** True for what every reader of the topic has to see: one copy goes to each partition. */
  readonly everyPartition?: boolean;
  /** @default by key */
  readonly partition?: number;
}

/** What the bridge asks of a Kafka client for writing. */
export interface RecordProducer {
  /**
   * Resolves only after every in-sync replica acknowledged every record.
   *
   * @throws BridgeError SKB_KAFKA_UNAVAILABLE, SKB_KAFKA_DENIED or SKB_RECORD_TOO_LARGE; some records may be stored then.
   */
  publish(records: readonly OutgoingRecord[]): Promise<void>;
  close(): Promise<void>;
}
