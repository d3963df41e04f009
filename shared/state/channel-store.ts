/** A channel of one org: the unit that has a position. */
export interface ChannelKey {
  readonly org: string;
  /** Such as `/data/Product2ChangeEvent`. */
  readonly channel: string;
}

/** Opaque position in a channel. Compared by identity only: IDs grow but are not contiguous, so no arithmetic. */
export type ReplayId = string & { readonly brand: 'ReplayId' };

export interface ChannelPosition {
  /** Everything up to here was acknowledged by Kafka; absent until the first event was. */
  readonly replayId?: ReplayId;
  /** When the bridge first opened the channel, ISO 8601. Events committed before it are not the bridge's to deliver. */
  readonly openedAt: string;
}

export interface ChannelStore {
  /** Reads the channel's position, or creates it with `openedAt: now` when the channel was never opened. */
  open(channel: ChannelKey, now: Date): Promise<ChannelPosition>;
  /**
   * Moves the position. Call it only after Kafka acknowledged everything up to `replayId`.
   *
   * @throws BridgeError SKB_CHECKPOINT_FAILED
   */
  commit(channel: ChannelKey, replayId: ReplayId): Promise<void>;
}
