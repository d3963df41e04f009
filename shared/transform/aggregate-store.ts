import type { Contained } from './contained-offsets.ts';
import type { WindowState } from './windows.ts';

/** Everything that is stored of one key of an aggregate. It is written as a whole, or not at all. */
export interface AggregateItem {
  /** Grows with each write; a write that expects another one is refused. */
  readonly version: number;
  readonly windows: readonly WindowState[];
  /** Rows that are still to be written, the latest of each window. */
  readonly outbox: readonly PendingRow[];
  readonly contained: Contained;
  /** Latest event time seen. */
  readonly newest: number;
  /** Windows that end at or before it are closed, although no record of the key says so. */
  readonly closedUpTo: number;
  /** When a record was contained last, by the clock. */
  readonly touchedAt: number;
  /** Who is writing the rows of the outbox, and until when nobody else does. */
  readonly claim?: { readonly by: string; readonly until: number };
  /** From when on a tick looks at the item. */
  readonly dueAt?: number;
}

export interface PendingRow extends WindowState {
  readonly closed: boolean;
  /** Since when it, or an earlier state of its window, is owed; absent in items of earlier releases. */
  readonly owedAt?: number;
  /** Ticks and batches in which it failed for a reason that nobody understood. */
  readonly attempts?: number;
  /** Since when it waits for a parent, in milliseconds since 1970. */
  readonly since?: number;
  /** When that parent was last found missing. */
  readonly missedAt?: number;
}

export interface AggregateKey {
  readonly step: string;
  readonly key: string;
}

/** The aggregates of one sink. */
export interface AggregateStore {
  /** Items of the keys that have one, each with its present version. */
  load(step: string, keys: readonly string[]): Promise<ReadonlyMap<string, AggregateItem>>;
  /**
   * Writes an item whose version is one above that of `before`, and lists it to be looked at when `dueAt` says, in one
   * write that is durable or did not happen.
   *
   * @returns false when somebody else wrote the item since `before` was loaded.
   */
  put(key: AggregateKey, item: AggregateItem, before: AggregateItem | undefined): Promise<boolean>;
  /** Keys that are due, earliest first. */
  due(step: string, now: number, limit: number): Promise<readonly string[]>;
}
