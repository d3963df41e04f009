import { randomUUID } from 'node:crypto';
import { buildKafkaEvent, type EventOrigin, type KafkaEvent, partitionKey } from './build-kafka-event.ts';
import type { QueuedRecord } from './partition-queue.ts';

export type FailureCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded' | 'MaximumPayloadSizeExceeded';

interface PartitionInfo {
  readonly firstRecordOffset: string;
  readonly lastRecordOffset: string;
  readonly firstRecordTimestamp: string;
  readonly lastRecordTimestamp: string;
}

/** What an on-failure destination gets: https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html */
export interface FailureNotice {
  readonly requestContext: {
    readonly requestId: string;
    readonly functionArn: string;
    readonly condition: FailureCondition;
    readonly approximateInvokeCount: number;
  };
  readonly version: '1.0';
  readonly timestamp: string;
  readonly KafkaBatchInfo: {
    readonly batchSize: number;
    readonly eventSourceArn?: string;
    readonly bootstrapServers: string;
    readonly payloadSize: number;
    readonly recordsInfo: Readonly<Record<string, PartitionInfo>>;
  };
  /** The event with the records themselves, as a bucket or a Kafka topic gets it; queues get none. */
  readonly payload: KafkaEvent;
}

interface FailureFacts {
  readonly condition: FailureCondition;
  readonly records: readonly QueuedRecord[];
  readonly functionArn: string;
  readonly origin: EventOrigin;
  readonly now: Date;
}

export function failureNotice({ condition, records, functionArn, origin, now }: FailureFacts): FailureNotice {
  const payload = buildKafkaEvent(
    records.map(({ record }) => record),
    origin,
  );
  const recordsInfo: Record<string, PartitionInfo> = {};
  for (const { record } of records) {
    const offset = String(record.offset);
    const time = new Date(record.timestamp).toISOString();
    const first = recordsInfo[partitionKey(record)] ?? { firstRecordOffset: offset, firstRecordTimestamp: time };
    recordsInfo[partitionKey(record)] = { ...first, lastRecordOffset: offset, lastRecordTimestamp: time };
  }
  return {
    requestContext: {
      requestId: randomUUID(),
      functionArn,
      condition,
      approximateInvokeCount: Math.max(0, ...records.map(({ attempts }) => attempts)),
    },
    version: '1.0',
    timestamp: now.toISOString(),
    KafkaBatchInfo: {
      batchSize: records.length,
      ...(origin.eventSourceArn === undefined ? {} : { eventSourceArn: origin.eventSourceArn }),
      bootstrapServers: origin.bootstrapServers,
      payloadSize: Buffer.byteLength(JSON.stringify(payload)),
      recordsInfo,
    },
    payload,
  };
}
