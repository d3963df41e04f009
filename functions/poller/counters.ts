/** Why an event was received and rightly not published. */
export type SkipReason =
  | 'before-start'
  | 'contained'
  | 'echo'
  | 'gap'
  | 'not-selected'
  | 'unknown-channel'
  | 'already-published'
  | 'not-ours';

export interface Counts {
  readonly eventsReceived: number;
  /** Each event that was received ends in exactly one of these three. */
  readonly eventsPublished: number;
  readonly eventsSkipped: number;
  readonly eventsDeadLettered: number;
  readonly recordsPublished: number;
  /** Records of dead-letter topics: one for each source that could not show an event. */
  readonly deadLettered: number;
  readonly commits: number;
  readonly replayIdsLost: number;
  /** Subscribes that Salesforce refused, repeated ones too. */
  readonly subscriptionsRefused: number;
  /** Channels that this task took, and those it lost before it released them. */
  readonly leasesTaken: number;
  readonly leasesLost: number;
  readonly gapEvents: number;
  readonly rowsReread: number;
  /** Rows that were read and that no record could be made of, or whose record Kafka refused; for each source. */
  readonly rowsDeadLettered: number;
  readonly schemaChanges: number;
  readonly leasesReleased: number;
  /** Why, for each source that was not to get an event. */
  readonly skipped: Readonly<Record<SkipReason, number>>;
}

export interface Counters {
  add(name: Exclude<keyof Counts, 'skipped'>, count?: number): void;
  /** A deliberate drop, never a failure. */
  skip(reason: SkipReason): void;
  /** How old an event was when Kafka acknowledged it, in milliseconds. */
  noteAge(ms: number): void;
  /** The highest age since the last call. */
  takeAge(): number;
  read(): Counts;
}

export function createCounters(): Counters {
  const skipped: Record<SkipReason, number> = {
    'before-start': 0,
    contained: 0,
    echo: 0,
    gap: 0,
    'not-selected': 0,
    'unknown-channel': 0,
    'already-published': 0,
    'not-ours': 0,
  };
  const counts = {
    eventsReceived: 0,
    eventsPublished: 0,
    eventsSkipped: 0,
    eventsDeadLettered: 0,
    recordsPublished: 0,
    deadLettered: 0,
    commits: 0,
    replayIdsLost: 0,
    subscriptionsRefused: 0,
    leasesTaken: 0,
    leasesLost: 0,
    gapEvents: 0,
    rowsReread: 0,
    rowsDeadLettered: 0,
    schemaChanges: 0,
    leasesReleased: 0,
  };
  let oldestMs = 0;
  return {
    add(name, count = 1) {
      counts[name] += count;
    },
    skip(reason) {
      skipped[reason] += 1;
    },
    noteAge(ms) {
      oldestMs = Math.max(oldestMs, ms);
    },
    takeAge() {
      const ms = oldestMs;
      oldestMs = 0;
      return ms;
    },
    read: () => ({ ...counts, skipped: { ...skipped } }),
  };
}
