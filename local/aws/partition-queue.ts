import { type KafkaEventRecord, partitionKey, recordBytes } from './build-kafka-event.ts';
import type { WaitingPartition, WaitingRecord } from './plan-batches.ts';

export interface QueuedRecord extends WaitingRecord {
  readonly record: KafkaEventRecord;
  /** Deliveries that failed. */
  readonly attempts: number;
}

export interface Backoff {
  readonly initialMs: number;
  readonly maxMs: number;
}

/** How long a partition waits after so many failures in a row: doubling, half of it random, so that it is never at once. */
export function retryDelayMs({ initialMs, maxMs }: Backoff, failures: number, random: () => number): number {
  const ceiling = Math.min(maxMs, initialMs * 2 ** (failures - 1));
  return ceiling / 2 + (ceiling / 2) * random();
}

/**
 * What one partition has given us and is not settled yet. Everything here is above the position that may be committed, so the
 * position can never pass a record that still has to be delivered.
 */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  readonly key: string;
  #fresh: QueuedRecord[] = [];
  #again: QueuedRecord[] = [];
  #inFlight: readonly QueuedRecord[] = [];
  #freshBytes = 0;
  #readUpTo: number | undefined;
  #failures = 0;
  notBefore = 0;
  lastDelivery = 0;
  committed: number | undefined;

  /** Whether records that failed come together with new ones. */
  readonly #refills: boolean;

  constructor(topic: string, partition: number, refills: boolean) {
    this.topic = topic;
    this.partition = partition;
    this.#refills = refills;
    this.key = partitionKey(this);
  }

  /** Takes records in offset order. `lastOffset` may lie above them: transaction markers have offsets too, but no record. */
  add(records: readonly KafkaEventRecord[], lastOffset: number, now: number): void {
    for (const record of records) {
      const bytes = recordBytes(record);
      this.#fresh.push({ record, bytes, receivedAt: now, attempts: 0 });
      this.#freshBytes += bytes;
    }
    this.#readUpTo = lastOffset + 1;
  }

  get waitingRecords(): number {
    return this.#fresh.length;
  }

  get waitingBytes(): number {
    return this.#freshBytes;
  }

  /**
   * Records that failed come before new ones, which keeps the order; unless the queue refills, new ones follow only when they
   * are settled.
   */
  get waiting(): WaitingPartition & { readonly records: readonly QueuedRecord[] } {
    const isRetry = this.#again.length > 0;
    if (isRetry && this.#refills) return { key: this.key, records: [...this.#again, ...this.#fresh], isRetry };
    return { key: this.key, records: isRetry ? this.#again : this.#fresh, isRetry };
  }

  take(count: number, now: number): readonly QueuedRecord[] {
    const isRetry = this.#again.length > 0;
    const again = this.#again.splice(0, count);
    const fresh = isRetry && !this.#refills ? [] : this.#fresh.splice(0, count - again.length);
    for (const { bytes } of fresh) this.#freshBytes -= bytes;
    this.#inFlight = [...again, ...fresh];
    this.lastDelivery = now;
    return this.#inFlight;
  }

  /** Ends the delivery in flight: these records come again, after a delay, and the others are settled. */
  settle(redeliver: readonly QueuedRecord[], now: number, backoff: Backoff, random: () => number): void {
    if (redeliver.length === 0) {
      this.#failures = 0;
    } else {
      const progressed = redeliver.length < this.#inFlight.length;
      this.#failures = progressed ? 1 : this.#failures + 1;
      this.notBefore = now + retryDelayMs(backoff, this.#failures, random);
      this.#again = [...redeliver, ...this.#again];
    }
    this.#inFlight = [];
  }

  /** The offset to commit: the lowest one not settled, or where reading goes on. */
  get position(): number | undefined {
    const unsettled = [this.#inFlight[0], this.#again[0], this.#fresh[0]].flatMap(
      (queued) => queued?.record.offset ?? [],
    );
    return unsettled.length > 0 ? Math.min(...unsettled) : this.#readUpTo;
  }
}
