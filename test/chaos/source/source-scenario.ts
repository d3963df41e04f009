import type { Fault } from '../../../local/org/faults/fault-schema.ts';
import type { SeedInput } from '../../../local/org/seed.ts';
import type { Step } from '../run-steps.ts';

/** One way to trouble the source side, and what must hold nevertheless. */
export interface SourceScenario {
  readonly name: string;
  /** What the bridge promises here, in a sentence. */
  readonly promise: string;
  /** True when it troubles what the other scenarios stand on too, and so must run by itself. @default false */
  readonly alone?: boolean;
  /** @default 1 */
  readonly orgs?: 1 | 2;
  /** Poller tasks that share the channels. @default 1 */
  readonly pollers?: number;
  /** At least so many changes in each org; they go on while the steps run. @default 300 */
  readonly changes?: number;
  /** True when nothing changes before a step says so. @default false */
  readonly loadWaits?: boolean;
  readonly orgSettings?: SeedInput['settings'];
  /** What the clock of each task is off by, in milliseconds. */
  readonly clockSkewMs?: readonly number[];
  /** How fast time passes for the poller's waits, so that a quarter of an hour fits into a test. @default 1 */
  readonly clockSpeed?: number;
  /** @default 'exactlyOnce' */
  readonly delivery?: 'exactlyOnce' | 'atLeastOnce';
  /** How long a task may read a channel without renewing its lease; short, so that a run takes over often. @default 3 */
  readonly leaseSeconds?: number;
  /** Every so manieth update is too large for a change event of `changeEventBytes`. */
  readonly tooLargeEvery?: number;
  /** Rounds of changes before the first poller starts; only what they amount to has to be published. @default 0 */
  readonly roundsBefore?: number;
  /** Rows that are there at a time. @default 40 */
  readonly mostRows?: number;
  /** What gap records have to name: nothing, or in every topic exactly what is missing. @default whatever is missing */
  readonly named?: 'none' | 'some';
  /** Settings of the poller besides its lease. */
  readonly poller?: Readonly<Record<string, unknown>>;
  /** Settings of every source besides capture and topic. */
  readonly source?: Readonly<Record<string, unknown>>;
  /** Run one after the other, beginning when every channel is subscribed. */
  readonly steps: readonly Step<SourceAction>[];
  /** Nothing new was published for this long while something was missing: then it counts as lost. @default 60 */
  readonly stallSeconds?: number;
  /** What it may take at most, steps and catching up included. @default 180 */
  readonly limitSeconds?: number;
}

export type SourceAction =
  /** Happens at once in an org, the first one by default. */
  | { readonly kind: 'fault'; readonly fault: Fault; readonly org?: 1 | 2 }
  /** Are in force for a while. */
  | { readonly kind: 'faults-for'; readonly faults: readonly Fault[]; readonly ms: number; readonly org?: 1 | 2 }
  | { readonly kind: 'clear-faults'; readonly org: 1 | 2 }
  | { readonly kind: 'wait'; readonly ms: number }
  /** SIGKILL; the task is started again at once. */
  | { readonly kind: 'kill-poller' }
  /**
   * Lets a task kill itself at a named place of programs/poller-main.ts, a moment after it began to read; `atOnce` where it is
   * soon through with what has that place, and gets on between deaths all the same.
   */
  | { readonly kind: 'kill-at'; readonly place: string; readonly atOnce?: true }
  /** SIGKILL to the task that reads a channel; another one must read it within the time. */
  | { readonly kind: 'kill-owner'; readonly takeOverMs: number }
  /** SIGSTOP to the task that reads a channel until another one reads it and so much longer, then SIGCONT. */
  | { readonly kind: 'pause-owner'; readonly takeOverMs: number; readonly ms: number }
  /** SIGKILL to every task; none runs until `start-pollers`. */
  | { readonly kind: 'kill-all-pollers' }
  | { readonly kind: 'start-pollers' }
  | { readonly kind: 'restart-broker' }
  | { readonly kind: 'pause-broker'; readonly ms: number }
  /** Moves the clocks of orgs and pollers, as if so much time had passed. */
  | { readonly kind: 'advance-clocks'; readonly hours: number }
  /** One transaction that changes every row. */
  | { readonly kind: 'change-all' }
  /** Adds, retypes or removes a field of the streamed object, and waits until that is reported and in every topic. */
  | { readonly kind: 'change-field'; readonly to: 'text' | 'number' | 'gone' }
  | { readonly kind: 'pause-load' }
  | { readonly kind: 'resume-load' };
