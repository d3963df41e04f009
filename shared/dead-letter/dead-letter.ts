import { toHeaders } from '../kafka/headers.ts';
import type { KafkaRecord } from '../kafka/kafka-record.ts';
import type { OutgoingRecord } from '../kafka/record-producer.ts';

/** Why a record was rejected, in the terms the person who reads the letter needs. */
export interface DeadLetterReason {
  /** Code of the error table, `SKB_…`. */
  readonly code: string;
  readonly message: string;
  /** Salesforce's own status code, when a row was refused. */
  readonly salesforceStatus?: string;
  readonly fields?: readonly string[];
}

/** Where a letter comes from and why: the headers of a letter in Kafka, the attributes of one in a queue. */
export function letterFacts(
  { topic, partition, offset, timestamp }: KafkaRecord,
  sink: string,
  reason: DeadLetterReason,
  attempts = 1,
): Readonly<Record<string, string>> {
  return {
    'bridge.sink': sink,
    'bridge.topic': topic,
    'bridge.partition': String(partition),
    'bridge.offset': String(offset),
    'bridge.timestamp': String(timestamp),
    'bridge.error.code': reason.code,
    'bridge.error.message': reason.message,
    'bridge.salesforce.status': reason.salesforceStatus ?? '',
    'bridge.salesforce.fields': reason.fields?.join(',') ?? '',
    'bridge.attempts': String(attempts),
  };
}

/**
 * A rejected record as it is stored: original key, value and headers, and `bridge.…` headers with its coordinates and
 * reason. Its identity is sink and coordinates, so a letter stored twice after a crash counts once.
 */
export function toDeadLetter(
  record: KafkaRecord,
  sink: string,
  topic: string,
  reason: DeadLetterReason,
  attempts = 1,
): OutgoingRecord {
  const facts = letterFacts(record, sink, reason, attempts);
  // A record that was a letter before and is sent again keeps the headers of its own producer only.
  const own = record.headers.filter(({ name }) => !(name in facts));
  return { topic, key: record.key, value: record.value, headers: [...own, ...toHeaders(facts)] };
}

/** What tells one letter from another; readers count distinct ones. */
export function letterIdentity(facts: Readonly<Record<string, string | undefined>>): string {
  return `${facts['bridge.sink']} ${facts['bridge.topic']}-${facts['bridge.partition']}@${facts['bridge.offset']}`;
}
