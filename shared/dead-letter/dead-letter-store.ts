import type { KafkaRecord } from '../kafka/kafka-record.ts';
import type { DeadLetterReason } from './dead-letter.ts';

/** A record that ends here, and why. Its identity is sink and coordinates: stored twice it still counts once. */
export interface DeadLetter {
  readonly record: KafkaRecord;
  readonly reason: DeadLetterReason;
  /** How often the bridge tried it. @default 1 */
  readonly attempts?: number;
}

/** Where one sink's dead letters are kept. */
export interface DeadLetterStore {
  /**
   * Resolves only when every letter is stored for good.
   *
   * @throws BridgeError SKB_DEAD_LETTER_FAILED; some letters may be stored then.
   */
  store(letters: readonly DeadLetter[]): Promise<void>;
}

/** How one record ended at Salesforce, for the optional report topics. */
export interface RecordReport {
  readonly record: KafkaRecord;
  readonly outcome:
    | { readonly kind: 'written'; readonly id: string; readonly created: boolean }
    | { readonly kind: 'rejected'; readonly reason: DeadLetterReason };
}

/** Topics that tell, record by record, what became of it. */
export interface ReportTopics {
  /** @throws BridgeError when Kafka did not acknowledge. */
  publish(reports: readonly RecordReport[]): Promise<void>;
}
