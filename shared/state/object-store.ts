/** An object of an org as it was described last: what its fields are, and when that changed. */
export interface KnownObject {
  readonly fingerprint: string;
  /** Type of each field by name. */
  readonly fields: Readonly<Record<string, string>>;
  /** Salesforce's time of that describe, ISO 8601; absent when it did not say. */
  readonly modifiedAt?: string;
  /** The same of the describe before the last drift: what changed, changed after it. */
  readonly changedAfter?: string;
  /** When the fields were last seen to differ, ISO 8601; absent while they never did. */
  readonly driftedAt?: string;
}

/** What the fields of objects were, so that a change is noticed over a restart too. Throws SKB_CHECKPOINT_FAILED. */
export interface ObjectStore {
  read(org: string, object: string): Promise<KnownObject | undefined>;
  /**
   * Replaces what was read before; undefined when nothing was there.
   *
   * @returns false when somebody else was quicker, and nothing was written.
   */
  replace(org: string, object: string, before: KnownObject | undefined, known: KnownObject): Promise<boolean>;
}
