import { findAggregate } from '../transform/write-owed-rows.ts';
import type { Sink } from './bridge.ts';

/** What a person should know of a sink before a deploy; nothing is wrong with it. */
export interface SinkNote {
  readonly kind: 'shared-aggregate' | 'repeated-create';
  readonly text: string;
}

export function sinkNotes(sinks: readonly Sink[]): SinkNote[] {
  return [
    ...sharingNotes(sinks).map((text) => ({ kind: 'shared-aggregate' as const, text })),
    ...sinks.flatMap(createNotes).map((text) => ({ kind: 'repeated-create' as const, text })),
  ];
}

// Salesforce has no key of idempotence for these calls, so whether a create was carried out can be found out by a value of its
// own only: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers.htm
function createNotes({ name, targets }: Sink): string[] {
  return targets
    .filter(({ operation, mark }) => operation === 'create' && mark === undefined)
    .map(
      ({ object }) =>
        `sinks.${name}.write: a crash, or a call that Salesforce does not answer, may make a row of ${object} twice; create('${object}', { mark: 'Mark__c' }) with a unique external ID field of yours, or upsert(…), never does`,
    );
}

/** Aggregates whose key is spread over partitions. */
function sharingNotes(sinks: readonly Sink[]): string[] {
  return sinks.flatMap(({ name, feeds, transform }) => {
    const found = findAggregate(transform);
    if (found === undefined || found.step.aggregate.keyedByRecord) return [];
    return [
      `sinks.${name}: ${found.step.name} adds up by another key than the record's, so partitions of ${feeds.map(({ topic }) => topic).join(', ')} share its state and wait for each other; a topic partitioned by that key would be faster`,
    ];
  });
}
