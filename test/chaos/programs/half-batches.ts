import { rereadHeader } from '../../../shared/kafka/published-log.ts';
import type { OutgoingRecord } from '../../../shared/kafka/record-producer.ts';

// What is left of a batch when a program dies in the middle of it.

/** Later than a broker takes records to be; see ground/make-topics.ts. */
const tooLateMs = 2 * 365 * 86_400_000;
/** Keys that all end in one partition of four: one case in 256. */
const enoughKeys = 5;

/** Where the last record of an event with several of them stands; 0 when there is none. */
export function lastOfFanOut(records: readonly OutgoingRecord[]): number {
  return records.findLastIndex((record, at) => {
    const before = records[at - 1];
    const replayId = header(record, 'salesforce.replay.id');
    return before !== undefined && replayId !== undefined && replayId === header(before, 'salesforce.replay.id');
  });
}

/** The first half of rows that were read; none when there is only one. */
export function halfOfReread(records: readonly OutgoingRecord[]): readonly OutgoingRecord[] {
  const rows = records.filter((record) => header(record, rereadHeader) !== undefined);
  return rows.slice(0, Math.floor(rows.length / 2));
}

export function goesToSeveralPartitions(records: readonly OutgoingRecord[]): boolean {
  return new Set(records.map(({ key }) => key)).size >= enoughKeys;
}

/** The broker takes every partition of it but the last record's. */
export function withOneRefused(records: readonly OutgoingRecord[]): OutgoingRecord[] {
  return records.map((record, at) => {
    return at < records.length - 1 ? record : { ...record, timestamp: Date.now() + tooLateMs };
  });
}

function header({ headers }: OutgoingRecord, wanted: string): string | undefined {
  return headers.find(({ name }) => name === wanted)?.value.toString();
}
