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

/**
 * A rejected record as it is stored: original key, value and headers, and `bridge.…` headers with its coordinates and
 * reason. Its identity is sink and coordinates, so a letter stored twice after a crash counts once.
 */
export function toDeadLetter(
  record: KafkaRecord,
  sink: string,
  topic: string,
  reason: DeadLetterReason,
): OutgoingRecord {
  const added = {
    'bridge.sink': sink,
    'bridge.topic': record.topic,
    'bridge.partition': String(record.partition),
    'bridge.offset': String(record.offset),
    'bridge.timestamp': String(record.timestamp),
    'bridge.error.code': reason.code,
    'bridge.error.message': reason.message,
    'bridge.salesforce.status': reason.salesforceStatus,
    'bridge.salesforce.fields': reason.fields?.join(','),
  };
  return { topic, key: record.key, value: record.value, headers: [...record.headers, ...toHeaders(added)] };
}
