import type { Source } from '../../../shared/bridge/bridge.ts';
import type { ChannelKey } from '../../../shared/state/channel-store.ts';
import type { ObjectStore } from '../../../shared/state/object-store.ts';
import type { RereadStore } from '../../../shared/state/reread-store.ts';
import type { Logger } from '../../../shared/telemetry/logger.ts';
import type { Clock } from '../clock.ts';
import type { Counters } from '../counters.ts';
import { keepTrying } from '../keep-trying.ts';
import { type LostPosition, retentionMs, sinceEver } from '../replay-start.ts';
import type { RoutedSource } from '../routed-source.ts';
import type { Draft } from '../to-delivery.ts';
import { rereadOfDrift, rereadOfGap, rereadOfLoss, rereadOfSnapshot } from './causes.ts';
import type { Resolver } from './resolver.ts';

/** Remembers in the table what a channel has to read again; what resolves is remembered for certain. */
export interface CauseMemory {
  /** What events name as gaps. Before their position moves on it has to be remembered elsewhere. */
  gapsOf(drafts: readonly Draft[]): Promise<void>;
  /** What sources want to have published once before their events. @throws the signal's reason when it was aborted. */
  snapshots(signal: AbortSignal): Promise<void>;
  /** What is missing behind a replay ID that Salesforce refused. */
  loss(loss: LostPosition): Promise<void>;
  /**
   * A channel brought nothing since a field was removed, and nobody knows when that was.
   *
   * @param committedUntil what arrived proves that it still told of everything then, in milliseconds since the epoch.
   */
  blindness(source: Source, committedUntil: number): Promise<void>;
}

interface CauseMemoryParts {
  readonly key: ChannelKey;
  readonly sources: readonly RoutedSource[];
  readonly rereads: Pick<RereadStore, 'add'>;
  readonly objects: Pick<ObjectStore, 'read'>;
  readonly objectsOf: Resolver['objectsOf'];
  /** Says that there is something to read. */
  readonly wake: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly counters: Counters;
  readonly logger: Logger;
}

export function createCauseMemory(parts: CauseMemoryParts): CauseMemory {
  const { key, sources, rereads, objects, objectsOf, wake, clock, counters, logger } = parts;
  const retainedMs = Math.min(...sources.map(({ captured }) => retentionMs(captured.capturedThrough)));

  return {
    async gapsOf(drafts) {
      for (const { gap, event } of drafts) {
        if (gap === undefined) continue;
        const { object, changeType } = gap;
        logger.warn('gap event: rows changed in a way that only a re-read can tell', { ...key, object, changeType });
        counters.add('gapEvents');
        await rereads.add(key, rereadOfGap(gap, event.replayId, clock.date()));
        wake();
      }
    },
    async snapshots(signal) {
      for (const { source } of sources) {
        if (!source.snapshot) continue;
        for (const object of objectsOf(source)) {
          const reread = rereadOfSnapshot(source, object, clock.date());
          await keepTrying('remembering a snapshot', () => rereads.add(key, reread), parts, signal);
        }
      }
    },
    async loss(loss) {
      for (const { source } of sources) {
        const named = objectsOf(source);
        for (const object of named.length === 0 ? [''] : named) {
          await rereads.add(key, rereadOfLoss(loss, source, object, retainedMs));
        }
      }
      wake();
    },
    async blindness(source, committedUntil) {
      for (const object of objectsOf(source)) {
        const known = await objects.read(key.org, object);
        if (known === undefined) continue;
        const changedAfter = known.changedAfter ?? known.modifiedAt ?? sinceEver;
        const toldUntil = new Date(Math.max(committedUntil, Date.parse(changedAfter)));
        await rereads.add(key, rereadOfDrift(source, object, toldUntil, clock.date()));
      }
    },
  };
}
