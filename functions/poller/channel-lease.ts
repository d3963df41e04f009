import { asBridgeError, BridgeError } from '../../shared/errors/bridge-error.ts';
import type { ChannelItem, ChannelKey, ChannelPosition, ChannelStore } from '../../shared/state/channel-store.ts';
import { errorFields, type Logger } from '../../shared/telemetry/logger.ts';
import type { Clock } from './clock.ts';
import type { Counters } from './counters.ts';
import { type LeaseSighting, mayTake, sight } from './judge-lease.ts';
import { createFailureStreak } from './reconnect-policy.ts';

/** The right to read a channel and to move its position, as long as it is renewed. */
export interface ChannelLease {
  readonly fence: number;
  /** As it stood when the lease was taken: nobody else can have moved it since. */
  readonly position: ChannelPosition;
  /** Aborted when the lease ran out or another task has it. Nothing may be published for the channel then. */
  readonly lost: AbortSignal;
  /**
   * Makes sure that half of it is left, which is longer than a request to Kafka may take without a transaction.
   *
   * @throws BridgeError SKB_LEASE_LOST, SKB_CHECKPOINT_FAILED
   */
  assure(): Promise<void>;
  /** From now on every renewal also writes this position. */
  keep(position: () => ChannelPosition): void;
  /**
   * Writes the position now; one that another write overtook is fine, since each writes what is newest.
   *
   * @throws BridgeError SKB_LEASE_LOST, SKB_CHECKPOINT_FAILED
   */
  commit(): Promise<void>;
  /** Writes the position a last time and gives the channel to whoever waits for it. */
  release(): Promise<void>;
}

export interface ChannelLeaseParts {
  readonly channels: ChannelStore;
  /** Names this task, and only this one. */
  readonly owner: string;
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly counters: Counters;
  readonly logger: Logger;
}

/** Waits until the channel is ours. @throws the signal's reason when it was aborted meanwhile. */
export async function takeLease(key: ChannelKey, parts: ChannelLeaseParts, signal: AbortSignal): Promise<ChannelLease> {
  const { channels, clock, leaseMs, random, logger } = parts;
  const failures = createFailureStreak(random);
  let sighting: LeaseSighting | undefined;
  for (;;) {
    signal.throwIfAborted();
    let pauseMs = leaseMs / 10;
    try {
      sighting = sight(await channels.read(key), sighting, clock.now());
      if (mayTake(sighting, parts.owner, clock.now(), leaseMs)) {
        const askedAt = clock.now();
        const answer = await channels.write(key, takenBy(parts.owner, sighting.item), sighting.item);
        if (answer.written) return holdLease(key, answer.item, askedAt, parts);
        sighting = sight(answer.item, sighting, clock.now());
      }
      failures.worked();
    } catch (cause) {
      const failed = failures.failed(asBridgeError(cause));
      if (asBridgeError(cause).code === 'SKB_BUG') throw cause;
      if (!failed.repeated) logger.warn('lease waits for the table', { ...key, ...errorFields(cause) });
      pauseMs = failed.pauseMs;
    }
    await clock.wait(pauseMs, signal);
  }
}

function takenBy(owner: string, item: ChannelItem | undefined): Omit<ChannelItem, 'version'> {
  const { version: _version, ...rest } = item ?? { fence: 0, version: 0 };
  return { ...rest, owner, fence: rest.fence + (rest.owner === owner ? 0 : 1) };
}

function holdLease(key: ChannelKey, taken: ChannelItem, askedAt: number, parts: ChannelLeaseParts): ChannelLease {
  const { channels, owner, leaseMs, clock, counters, logger } = parts;
  const lost = new AbortController();
  const { owner: _owner, fence, version: _version, ...position } = taken;
  let item = taken;
  let validUntil = askedAt + leaseMs;
  let current: () => ChannelPosition = () => position;
  let released = false;
  // Writes take turns, because each one is conditional on the one before.
  let turn: Promise<unknown> = Promise.resolve();
  counters.add('leasesTaken');
  logger.info('channel taken', { ...key, fence, ...(position.replayId && { replayId: position.replayId }) });

  const lose = (reason: string): BridgeError => {
    const error = new BridgeError('SKB_LEASE_LOST', `The lease of ${key.channel} is lost: ${reason}`, {
      context: { ...key, fence },
    });
    if (!lost.signal.aborted) {
      counters.add('leasesLost');
      logger.warn('channel lost', { ...key, fence, reason });
      lost.abort(error);
    }
    return error;
  };

  /** @param holder is nobody when the channel is given away. */
  async function store(holder: { readonly owner?: string }): Promise<void> {
    // A second try is for an answer that was lost: the table took our own write and so refuses its repetition.
    for (const _try of [1, 2]) {
      const answer = await channels.write(key, { ...current(), ...holder, fence }, item);
      if (answer.item?.fence !== fence) break;
      item = answer.item;
      if (answer.written) return;
    }
    throw lose('another task has it');
  }

  async function renewOnce(): Promise<void> {
    lost.signal.throwIfAborted();
    const startedAt = clock.now();
    await store({ owner });
    validUntil = startedAt + leaseMs;
  }

  function inTurn(action: () => Promise<void>): Promise<void> {
    const done = turn.then(action);
    turn = done.catch(() => undefined);
    return done;
  }

  async function renew(): Promise<void> {
    while (!lost.signal.aborted && !released) {
      await clock.wait(leaseMs / 3, lost.signal);
      if (lost.signal.aborted || released) return;
      await inTurn(renewOnce).catch((error: unknown) => {
        if (!lost.signal.aborted) logger.warn('renewal failed', { ...key, ...errorFields(error) });
      });
    }
  }

  async function watch(): Promise<void> {
    while (!lost.signal.aborted && !released) {
      const leftMs = validUntil - clock.now();
      if (leftMs <= 0) lose('it could not be renewed in time');
      else await clock.wait(leftMs, lost.signal);
    }
  }

  void renew();
  void watch();
  return {
    fence,
    position,
    lost: lost.signal,
    async assure() {
      lost.signal.throwIfAborted();
      if (validUntil - clock.now() < leaseMs / 2) await inTurn(renewOnce);
    },
    keep(latest) {
      current = latest;
    },
    commit: () => inTurn(renewOnce),
    async release() {
      released = true;
      await inTurn(async () => {
        if (lost.signal.aborted) return;
        await store({});
        counters.add('leasesReleased');
        logger.info('channel released', { ...key, fence });
      }).finally(() => lost.abort(new BridgeError('SKB_LEASE_LOST', `The lease of ${key.channel} was released`)));
    },
  };
}
