import type { LogPositions } from '../kafka/log-positions.ts';

/** A channel of one org: the unit that has a position and an owner. */
export interface ChannelKey {
  readonly org: string;
  /** Such as `/data/Product2ChangeEvent`. */
  readonly channel: string;
}

/** Opaque position in a channel. Compared by identity only: IDs grow but are not contiguous, so no arithmetic. */
export type ReplayId = string & { readonly brand: 'ReplayId' };

/** How far a channel is. Times are Salesforce's own, ISO 8601, so that our clocks do not matter. */
export interface ChannelPosition {
  /** Everything up to here was acknowledged by Kafka; absent until the first event was. */
  readonly replayId?: ReplayId;
  /** Everything committed in Salesforce before it was received and acknowledged; absent: all that is retained is owed. */
  readonly coveredUntil?: string;
  /** When the channel was first subscribed. What was committed before is not owed to sources that start with new events. */
  readonly openedAt?: string;
  /** The org that the replay ID belongs to; it means nothing in another one. */
  readonly orgId?: string;
  /** Where the topics' partitions stood at this position: what was published since lies behind. */
  readonly logPositions?: LogPositions;
}

/** A channel's item: position and lease in one, so that one conditional write covers both. */
export interface ChannelItem extends ChannelPosition {
  /** The task that reads the channel; absent when it was released. */
  readonly owner?: string;
  /** Grows by one with every change of owner. */
  readonly fence: number;
  /** Grows by one with every write. 0: written by a release without leases. */
  readonly version: number;
}

export type ChannelWrite =
  | { readonly written: true; readonly item: ChannelItem }
  /** Somebody else wrote in between: the item as it is now. */
  | { readonly written: false; readonly item: ChannelItem | undefined };

export interface ChannelStore {
  /** @throws BridgeError SKB_CHECKPOINT_FAILED */
  read(channel: ChannelKey): Promise<ChannelItem | undefined>;
  /**
   * Replaces the item as it was `seen`; undefined when there was none.
   *
   * @throws BridgeError SKB_CHECKPOINT_FAILED; the item may have been written then.
   */
  write(channel: ChannelKey, next: Omit<ChannelItem, 'version'>, seen: ChannelItem | undefined): Promise<ChannelWrite>;
}
