/** What a sink wrote to a row a moment ago: the fields as they were sent. */
export interface WrittenRow {
  readonly id: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What sinks wrote to the rows of an org, kept for minutes, so that a source can tell an echo from a change. */
export interface LatelyWritten {
  /** Call it after the write. Throws SKB_CHECKPOINT_FAILED. */
  remember(org: string, rows: readonly WrittenRow[]): Promise<void>;
  /** Throws SKB_CHECKPOINT_FAILED. */
  find(org: string, id: string): Promise<WrittenRow | undefined>;
}
