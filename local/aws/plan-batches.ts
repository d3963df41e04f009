import { partitionBytes } from './build-kafka-event.ts';

export interface WaitingRecord {
  /** Its share of the event, see recordBytes. */
  readonly bytes: number;
  readonly receivedAt: number;
}

/** A partition without an invocation in flight and without a retry delay, with what may be delivered of it now, in order. */
export interface WaitingPartition {
  readonly key: string;
  readonly records: readonly WaitingRecord[];
  /** Its records failed before; they do not wait for the batching window again. */
  readonly isRetry: boolean;
}

export interface BatchLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
  readonly windowMs: number;
  readonly envelopeBytes: number;
}

export type BatchPlan =
  | { readonly kind: 'empty' }
  /** Not full, and its window is open until `dueAt`. */
  | { readonly kind: 'wait'; readonly dueAt: number }
  /** How many records to take from the front of each partition. */
  | { readonly kind: 'deliver'; readonly counts: ReadonlyMap<string, number> };

/** Whether this record could not be delivered even alone. */
export function isOversize(key: string, { bytes }: WaitingRecord, limits: BatchLimits): boolean {
  return limits.envelopeBytes + partitionBytes(key) + bytes > limits.maxBytes;
}

/**
 * Fills one batch. Partitions give one record each in turn, so that a long one does not crowd out the others; the earlier a
 * partition stands in the list, the sooner it gets its turn. Oversize records must have been taken out before.
 */
export function planBatch(partitions: readonly WaitingPartition[], limits: BatchLimits, now: number): BatchPlan {
  const counts = new Map<string, number>();
  let records = 0;
  let bytes = limits.envelopeBytes;
  let full = false;

  let giving = partitions.filter((partition) => partition.records.length > 0);
  if (giving.length === 0) return { kind: 'empty' };
  const dueAt = Math.min(
    ...giving.map(({ isRetry, records: [oldest] }) => (isRetry ? now : (oldest?.receivedAt ?? now) + limits.windowMs)),
  );

  while (giving.length > 0 && records < limits.maxRecords) {
    const stillGiving: WaitingPartition[] = [];
    for (const partition of giving) {
      const taken = counts.get(partition.key) ?? 0;
      const next = partition.records[taken];
      if (next === undefined || records === limits.maxRecords) continue;
      const nextBytes = next.bytes + (taken === 0 ? partitionBytes(partition.key) : 0);
      if (bytes + nextBytes > limits.maxBytes) {
        // This partition ends here, to keep its order; smaller records of others may still fit.
        full = true;
        continue;
      }
      counts.set(partition.key, taken + 1);
      records += 1;
      bytes += nextBytes;
      stillGiving.push(partition);
    }
    giving = stillGiving;
  }
  full ||= records === limits.maxRecords;
  return full || dueAt <= now ? { kind: 'deliver', counts } : { kind: 'wait', dueAt };
}
