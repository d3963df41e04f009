import type { LogPositions } from './log-positions.ts';
import type { OutgoingRecord } from './record-producer.ts';

/** Publishes the records of one channel, for the one task that owns it. */
export interface ChannelProducer {
  /**
   * Resolves only after every in-sync replica holds every record, in the given order. With transactions: all records or
   * none are visible to `read_committed` consumers.
   *
   * @returns where each partition stands behind these records.
   * @throws BridgeError SKB_PRODUCER_FENCED when another task took the channel over; SKB_KAFKA_UNAVAILABLE,
   *   SKB_KAFKA_DENIED or SKB_RECORD_TOO_LARGE. Whether the records are stored is unknown then, and this producer is of
   *   no further use: open another one and look into the log.
   */
  publish(records: readonly OutgoingRecord[]): Promise<LogPositions>;
  close(): Promise<void>;
}

/** How records of a channel reach the log: all of a batch or none, or each at least once. */
export type DeliveryGuarantee = 'exactlyOnce' | 'atLeastOnce';

export interface ChannelProducerFactory {
  /**
   * Opens the producer of a channel. With `exactlyOnce` this is InitProducerId: when it resolves, Kafka refuses every
   * former holder of the ID, and what that one left open is committed or aborted for good.
   *
   * @throws BridgeError SKB_KAFKA_UNAVAILABLE or SKB_KAFKA_DENIED
   */
  open(transactionalId: string, guarantee: DeliveryGuarantee): Promise<ChannelProducer>;
}
