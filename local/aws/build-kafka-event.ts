import type { KafkaMessage } from 'kafkajs';

/** One record as Lambda gives it to a function: https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html */
export interface KafkaEventRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly timestampType: 'CREATE_TIME' | 'LOG_APPEND_TIME';
  /** Base64; null when the record has no key. */
  readonly key: string | null;
  /** Base64; missing in a tombstone, as Lambda leaves it out rather than sending null. */
  readonly value?: string;
  /** Bytes as Java has them: -128 to 127. */
  readonly headers: readonly Readonly<Record<string, readonly number[]>>[];
}

export interface KafkaEvent {
  readonly eventSource: 'aws:kafka' | 'SelfManagedKafka';
  readonly eventSourceArn?: string;
  readonly bootstrapServers: string;
  /** By `<topic>-<partition>`. */
  readonly records: Readonly<Record<string, readonly KafkaEventRecord[]>>;
}

export interface EventOrigin {
  readonly bootstrapServers: string;
  /** Of an MSK cluster; without it the event is that of a self-managed Kafka. */
  readonly eventSourceArn?: string | undefined;
}

/** The name under which an event holds a partition, and under which a response reports it. */
export function partitionKey({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}-${partition}`;
}

export function toEventRecord(topic: string, partition: number, message: KafkaMessage): KafkaEventRecord {
  return {
    topic,
    partition,
    offset: Number(message.offset),
    timestamp: Number(message.timestamp),
    timestampType: isAppendTime(message) ? 'LOG_APPEND_TIME' : 'CREATE_TIME',
    key: message.key?.toString('base64') ?? null,
    ...(message.value === null ? {} : { value: message.value.toString('base64') }),
    headers: Object.entries(message.headers ?? {}).flatMap(([name, values]) =>
      [values].flat().map((value) => ({ [name]: signedBytes(value) })),
    ),
  };
}

/** kafkajs keeps the batch's timestamp type beside the message, though its types do not say so; 1 is LogAppendTime. */
function isAppendTime(message: KafkaMessage): boolean {
  const { batchContext } = message as { readonly batchContext?: { readonly timestampType?: number } };
  return batchContext?.timestampType === 1;
}

/** A header without a value becomes an empty one: the event has no other way to hold it. */
function signedBytes(value: Buffer | string | null | undefined): number[] {
  return Array.from(new Int8Array(Buffer.from(value ?? '')));
}

export function buildKafkaEvent(records: readonly KafkaEventRecord[], origin: EventOrigin): KafkaEvent {
  return { ...envelope(origin), records: Object.groupBy(records, partitionKey) as KafkaEvent['records'] };
}

function envelope({ bootstrapServers, eventSourceArn }: EventOrigin) {
  return eventSourceArn === undefined
    ? { eventSource: 'SelfManagedKafka' as const, bootstrapServers }
    : { eventSource: 'aws:kafka' as const, eventSourceArn, bootstrapServers };
}

/** Bytes of an event without records. Together with the next two: never less than what JSON.stringify makes of the event. */
export function envelopeBytes(origin: EventOrigin): number {
  return Buffer.byteLength(JSON.stringify(buildKafkaEvent([], origin)));
}

export function partitionBytes(key: string): number {
  return Buffer.byteLength(JSON.stringify(key)) + ':[],'.length;
}

export function recordBytes(record: KafkaEventRecord): number {
  return Buffer.byteLength(JSON.stringify(record)) + ','.length;
}
