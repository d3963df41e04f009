import { findAggregate } from '../transform/write-owed-rows.ts';
import type { Sink } from './bridge.ts';

/** What a person should know of aggregates whose key is spread over partitions; nothing is wrong with them. */
export function sharingNotes(sinks: readonly Sink[]): string[] {
  return sinks.flatMap(({ name, feeds, transform }) => {
    const found = findAggregate(transform);
    if (found === undefined || found.step.aggregate.keyedByRecord) return [];
    return [
      `sinks.${name}: ${found.step.name} adds up by another key than the record's, so partitions of ${feeds.map(({ topic }) => topic).join(', ')} share its state and wait for each other; a topic partitioned by that key would be faster`,
    ];
  });
}
