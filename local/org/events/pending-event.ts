/** An event that is decided but not yet in a log: its channel, and its `data` once it has a replay ID. */
export interface PendingEvent {
  readonly channel: string;
  readonly build: (replayId: number) => unknown;
  /** Only the subscriptions of these users get it. */
  readonly onlyFor?: ReadonlySet<string>;
}
