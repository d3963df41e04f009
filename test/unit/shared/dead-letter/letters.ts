import type { DeadLetter } from '../../../../shared/dead-letter/dead-letter-store.ts';
import { BridgeError } from '../../../../shared/errors/bridge-error.ts';
import { recordBytes } from '../../../../shared/kafka/cut-requests.ts';
import type { KafkaRecord } from '../../../../shared/kafka/kafka-record.ts';
import type { OutgoingRecord, RecordProducer } from '../../../../shared/kafka/record-producer.ts';
import { asRead } from '../../../fixtures/records.ts';

/** Bytes that are no text, a repeated header, and what Salesforce said. */
export function letterOf(offset: number, valueBytes = 8, more: Partial<KafkaRecord> = {}): DeadLetter {
  return {
    record: {
      topic: 'erp.prices',
      partition: 2,
      offset,
      timestamp: 1_700_000_000_000 + offset,
      key: Buffer.from([0xff, 0, offset]),
      value: Buffer.alloc(valueBytes, 0xfe),
      headers: [
        { name: 'trace', value: Buffer.from([1, 0x80, 0xff]) },
        { name: 'trace', value: Buffer.from('zwei') },
      ],
      ...more,
    },
    reason: {
      code: 'SKB_ROW_REJECTED',
      message: 'Row of erp.prices-2@1 rejected by Account: „zu lang“ 🚫',
      salesforceStatus: 'STRING_TOO_LONG',
      fields: ['Name', 'Phone'],
    },
    attempts: 3,
  };
}

/** A topic as a broker keeps it: records over the limit are refused, and with them the whole call. */
export function topicOf(limit = 1_048_576) {
  const stored: OutgoingRecord[] = [];
  const producer: RecordProducer = {
    async publish(records) {
      for (const record of records) {
        if (recordBytes(record) > limit) throw new BridgeError('SKB_RECORD_TOO_LARGE', 'too large');
        stored.push(record);
      }
    },
    close: async () => undefined,
  };
  return { producer: async () => producer, stored, asRead: () => stored.map(asRead) };
}

export function claimsOf() {
  const objects = new Map<string, string>();
  return {
    objects,
    fetch: async (reference: string) => objects.get(reference) ?? '',
    async put(
      sink: string,
      { topic, partition, offset }: { topic: string; partition: number; offset: number },
      text: string,
    ) {
      const reference = `s3://claims/${sink}/${topic}/${partition}/${offset}.json`;
      objects.set(reference, text);
      return reference;
    },
  };
}
