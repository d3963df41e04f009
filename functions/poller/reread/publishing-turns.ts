import type { OutgoingRecord } from '../../../shared/kafka/record-producer.ts';
import { unlessAborted } from '../clock.ts';

interface Turn {
  readonly takeRecords: () => readonly OutgoingRecord[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** What is read from the org waits here until the channel's own loop publishes it, between events. */
export interface PublishingTurns {
  /** True while something waits. */
  readonly waits: boolean;
  /**
   * Resolves when Kafka has the records, which are made when it is their turn.
   *
   * @throws what publishing threw, or the signal's reason when it was aborted meanwhile.
   */
  wait(takeRecords: () => readonly OutgoingRecord[]): Promise<void>;
  /** Publishes all that waits, in its order; a failure is thrown here, too, and leaves the rest waiting. */
  publishAll(publish: (records: readonly OutgoingRecord[]) => Promise<void>): Promise<void>;
  /** Forgets what waited for the former owner. @param ring says that there is something to publish. */
  restart(ring: () => void, signal: AbortSignal): void;
}

export function createPublishingTurns(): PublishingTurns {
  const turns: Turn[] = [];
  let ring: () => void = () => undefined;
  let stopped: AbortSignal = new AbortController().signal;

  return {
    get waits() {
      return turns.length > 0;
    },
    async wait(takeRecords) {
      const done = new Promise<void>((resolve, reject) => turns.push({ takeRecords, resolve, reject }));
      ring();
      await unlessAborted(done, stopped);
    },
    async publishAll(publish) {
      for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) {
        const records = turn.takeRecords();
        try {
          if (records.length > 0) await publish(records);
          turn.resolve();
        } catch (error) {
          turn.reject(error);
          throw error;
        }
      }
    },
    restart(newRing, signal) {
      ring = newRing;
      stopped = signal;
      turns.length = 0;
    },
  };
}
