import type { ChannelItem } from '../../shared/state/channel-store.ts';

/** What a task that waits for a channel has seen of it. */
export interface LeaseSighting {
  readonly item: ChannelItem | undefined;
  /** When this task first saw the item in this version, on its own monotonic clock. */
  readonly since: number;
}

/** Remembers since when an item stands unchanged. */
export function sight(item: ChannelItem | undefined, before: LeaseSighting | undefined, now: number): LeaseSighting {
  const unchanged =
    before !== undefined && before.item?.version === item?.version && before.item?.owner === item?.owner;
  return { item, since: unchanged ? before.since : now };
}

/**
 * Whether a channel may be taken: it was released, it is this task's own from a lease that ended, or its item stood unchanged for a full lease on *our* clock. No time
 * that another machine wrote is compared, so clocks that differ do no harm. The owner counts its lease from before it
 * sent its last renewal, which is earlier than we can have seen it, so its lease ends first.
 */
export function mayTake({ item, since }: LeaseSighting, task: string, now: number, leaseMs: number): boolean {
  return item?.owner === undefined || item.owner === task || now - since >= leaseMs;
}
