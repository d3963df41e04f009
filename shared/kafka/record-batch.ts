import type { ByteWriter } from './byte-writer.ts';
import { crc32c } from './crc32c.ts';
import type { OutgoingHeader } from './record-producer.ts';

/** A record as kafkajs has it, or as the bridge does: with a list of headers. */
export interface BatchRecord {
  readonly key?: Buffer | string | null;
  readonly value: Buffer | string | null;
  /** Milliseconds since the epoch. @default now */
  readonly timestamp?: string | number;
  readonly headers?: readonly OutgoingHeader[] | HeadersByName;
}

type HeaderValue = OutgoingHeader['value'];
/** Kafka allows a name more than once; kafkajs says so with an array. */
type HeadersByName = Readonly<Record<string, HeaderValue | readonly HeaderValue[] | undefined>>;

/** Who writes a batch, so that the broker notices one that comes twice or out of order. */
export interface BatchProducer {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly transactional: boolean;
}

const magic = 2;
const transactionalAttribute = 1 << 4;

/** Writes the records of one partition, uncompressed: https://kafka.apache.org/documentation/#recordbatch */
export function writeRecordBatch(
  writer: ByteWriter,
  records: readonly BatchRecord[],
  { producerId, producerEpoch, firstSequence, transactional }: BatchProducer,
  now: number,
): void {
  const times = records.map(({ timestamp }) => (timestamp === undefined ? now : Number(timestamp)));
  const firstTimestamp = times.reduce((one, other) => Math.min(one, other), times[0] ?? now);
  const maxTimestamp = times.reduce((one, other) => Math.max(one, other), firstTimestamp);
  writer.int64(0n); // first offset; the broker knows it
  writer.int32(0);
  const start = writer.end;
  writer.int32(0); // leader epoch; the broker knows it
  writer.int8(magic);
  writer.int32(0);
  const checked = writer.end;
  writer.int16(transactional ? transactionalAttribute : 0);
  writer.int32(records.length - 1);
  writer.int64(BigInt(firstTimestamp));
  writer.int64(BigInt(maxTimestamp));
  writer.int64(producerId);
  writer.int16(producerEpoch);
  writer.int32(firstSequence);
  writer.int32(records.length);
  for (const [index, record] of records.entries()) {
    writeRecord(writer, record, (times[index] ?? now) - firstTimestamp, index);
  }
  writer.uint32At(start - 4, writer.end - start);
  writer.uint32At(checked - 4, crc32c(writer.written(), checked));
}

function writeRecord(writer: ByteWriter, record: BatchRecord, timestampDelta: number, offsetDelta: number): void {
  const start = writer.openLength();
  writer.int8(0);
  writer.varint(timestampDelta);
  writer.varint(offsetDelta);
  writer.nullableBytes(record.key ?? null);
  writer.nullableBytes(record.value);
  writeHeaders(writer, record.headers ?? {});
  writer.closeLength(start);
}

function writeHeaders(writer: ByteWriter, headers: NonNullable<BatchRecord['headers']>): void {
  if (isList(headers)) {
    writer.varint(headers.length);
    for (const { name, value } of headers) writeHeader(writer, name, value);
    return;
  }
  const names = Object.keys(headers);
  writer.varint(names.reduce((count, name) => count + sizeOf(headers[name]), 0));
  for (const name of names) {
    const value = headers[name] ?? [];
    if (typeof value === 'string' || Buffer.isBuffer(value)) writeHeader(writer, name, value);
    else for (const each of value) writeHeader(writer, name, each);
  }
}

function isList(headers: NonNullable<BatchRecord['headers']>): headers is readonly OutgoingHeader[] {
  return Array.isArray(headers);
}

function writeHeader(writer: ByteWriter, name: string, value: HeaderValue): void {
  writer.nullableBytes(name);
  writer.nullableBytes(value);
}

function sizeOf(value: HeaderValue | readonly HeaderValue[] = []): number {
  return typeof value === 'string' || Buffer.isBuffer(value) ? 1 : value.length;
}
