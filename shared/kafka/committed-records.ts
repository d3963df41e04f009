import type { Buffer } from 'node:buffer';

/** A record as a fetch returns it, in the parts that transactions need. */
export interface FetchedRecord {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly isControlRecord: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
}

export interface AbortedTransaction {
  readonly producerId: string;
  readonly firstOffset: string;
}

/**
 * Drops what belongs to aborted transactions, and the markers. As Java's consumer does it: an aborted transaction reaches
 * from its first offset to the abort marker of its producer.
 * https://kafka.apache.org/documentation/#controlbatch
 *
 * kafkajs' own filter takes one transaction off the list per record, so that two which began before the fetched range make
 * the first record pass. A record that counts as published without being so would be lost.
 */
export function committedRecords<R extends FetchedRecord>(
  records: readonly R[],
  aborted: readonly AbortedTransaction[],
): R[] {
  const waiting = aborted.toSorted((one, other) => Number(BigInt(one.firstOffset) - BigInt(other.firstOffset)));
  const aborting = new Set<string>();
  return records.filter((record) => {
    const { producerId, inTransaction } = record.batchContext;
    while (waiting[0] !== undefined && BigInt(waiting[0].firstOffset) <= BigInt(record.offset)) {
      aborting.add(waiting[0].producerId);
      waiting.shift();
    }
    if (record.isControlRecord) {
      if (isAbortMarker(record)) aborting.delete(producerId);
      return false;
    }
    return !(inTransaction && aborting.has(producerId));
  });
}

/** The key of a control record: a version and a type of 16 bits each; 0 aborts, 1 commits. */
function isAbortMarker({ key }: FetchedRecord): boolean {
  return key !== null && key.length >= 4 && key.readInt16BE(2) === 0;
}
