/**
 * A row that a call without an answer was about. Until the fence passes Salesforce may still carry the call out, so no newer
 * value of the row is written; the same one may be sent again.
 */
export interface HeldKey {
  readonly key: string;
  /** Tells whether a write is the one that was not answered. */
  readonly digest: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** The held rows of one sink and consumer group. */
export interface HeldKeyStore {
  /** Those whose fence has not passed. @throws BridgeError SKB_CHECKPOINT_FAILED */
  load(): Promise<readonly HeldKey[]>;
  /** @throws BridgeError SKB_CHECKPOINT_FAILED */
  hold(keys: readonly HeldKey[]): Promise<void>;
}
