import { asBridgeError, BridgeError } from '../../shared/errors/bridge-error.ts';
import type { ChannelProducer } from '../../shared/kafka/channel-producer.ts';
import type { ChannelKey } from '../../shared/state/channel-store.ts';
import { errorFields, type Logger } from '../../shared/telemetry/logger.ts';
import type { ChannelLease } from './channel-lease.ts';
import { type Clock, unlessAborted } from './clock.ts';
import { createFailureStreak } from './reconnect-policy.ts';

/** A channel's producer, which is opened again after every failure. */
export interface PersistentProducer {
  /** The producer that is open, or a new one. */
  opened(): Promise<ChannelProducer>;
  /**
   * Tries until it works.
   *
   * @throws what can never work (disposition `reject`, a bug), and the signal's reason when it was aborted meanwhile.
   */
  persist<T>(action: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** True while what was tried last did not work. */
  readonly waits: boolean;
  close(): void;
}

interface PersistentProducerParts {
  readonly key: ChannelKey;
  readonly open: () => Promise<ChannelProducer>;
  /** Resolves when it is known what the log holds; called whenever a producer was opened, before it is used. */
  readonly learnLog: () => Promise<void>;
  readonly lease: Pick<ChannelLease, 'commit'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

export function createPersistentProducer(parts: PersistentProducerParts): PersistentProducer {
  const { key, open, learnLog, lease, clock, random, logger } = parts;
  let producer: ChannelProducer | undefined;
  let closed = false;
  let waits = false;

  /** Nobody waits for it: a cluster that does not answer would hold up the next try, or the end of the program. */
  function closeProducer(): void {
    void producer?.close().catch(() => undefined);
    producer = undefined;
  }

  return {
    async opened() {
      if (producer !== undefined) return producer;
      const fresh = await open();
      try {
        // After the producer, so that nothing can be added by a former one; and after every failure, because only the log
        // knows what became of records that nobody acknowledged.
        await learnLog();
        if (closed) {
          throw new BridgeError('SKB_LEASE_LOST', `${key.channel} was given up while its producer was opened`);
        }
        producer = fresh;
        return fresh;
      } catch (error) {
        void fresh.close().catch(() => undefined);
        throw error;
      }
    },
    async persist(action, signal) {
      const failures = createFailureStreak(random);
      for (;;) {
        signal.throwIfAborted();
        try {
          const result = await unlessAborted(action(), signal);
          waits = false;
          return result;
        } catch (cause) {
          signal.throwIfAborted();
          const error = asBridgeError(cause);
          // What became of the records of a failed try is unknown: the next one begins with a new producer and the log.
          if (!error.code.startsWith('SKB_SALESFORCE')) closeProducer();
          if (error.disposition === 'reject' || error.code === 'SKB_BUG') throw error;
          if (error.code === 'SKB_PRODUCER_FENCED') await lease.commit();
          waits = true;
          const { pauseMs, repeated } = failures.failed(error);
          if (!repeated) {
            logger.warn('publish waits', { ...key, ...errorFields(error), retryInMs: Math.round(pauseMs) });
          }
          await clock.wait(pauseMs, signal);
        }
      }
    },
    get waits() {
      return waits;
    },
    close() {
      closed = true;
      closeProducer();
    },
  };
}
