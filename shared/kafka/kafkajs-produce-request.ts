import produce, { type ProduceInput } from 'kafkajs/src/protocol/requests/produce/index.js';
import { ByteWriter } from './byte-writer.ts';
import { writeRecordBatch } from './record-batch.ts';

const replaced = Symbol('encoder is replaced');
/** From here to version 7, the last that kafkajs knows, requests are the same, with record batches in them. */
const firstVersion = 3;
/** What a record takes besides key and value, with the headers of a source. */
const usualRecordBytes = 600;

/**
 * kafkajs makes a zero-filled buffer of 512 bytes for each header of each record and copies it three times: with the headers
 * of a source, encoding takes more processor time than everything else the bridge does with an event. So its requests are
 * encoded here, to the same bytes; compressed ones are left to kafkajs.
 */
export function replaceProduceEncoder(): void {
  const definition = produce as typeof produce & { [replaced]?: true };
  if (definition[replaced]) return;
  definition[replaced] = true;
  const { protocol } = definition;
  definition.protocol = ({ version }) => {
    const create = protocol({ version });
    if (Number(version) < firstVersion) return create;
    return (input) => {
      const created = create(input);
      if (input.compression) return created;
      const encode = async () => {
        const bytes = encodeProduceRequest(input, Date.now());
        return { buf: bytes, buffer: bytes };
      };
      return { ...created, request: { ...created.request, encode } };
    };
  };
}

/** https://kafka.apache.org/protocol#The_Messages_Produce, version 3. */
function encodeProduceRequest(input: ProduceInput, now: number): Buffer {
  const { transactionalId = null, producerId, producerEpoch } = input;
  const writer = new ByteWriter(roughBytesOf(input));
  writer.nullableText(transactionalId);
  writer.int16(input.acks);
  writer.int32(input.timeout);
  writer.int32(input.topicData.length);
  for (const { topic, partitions } of input.topicData) {
    writer.nullableText(topic);
    writer.int32(partitions.length);
    for (const { partition, messages, firstSequence } of partitions) {
      writer.int32(Number(partition));
      writer.int32(0);
      const start = writer.end;
      const producer = {
        producerId: BigInt(producerId.toString()),
        producerEpoch,
        firstSequence,
        transactional: Boolean(transactionalId),
      };
      writeRecordBatch(writer, messages, producer, now);
      writer.uint32At(start - 4, writer.end - start);
    }
  }
  return writer.written();
}

/** Enough for most requests, so that few have to be copied into more memory and small ones take little. */
function roughBytesOf({ topicData }: ProduceInput): number {
  let bytes = 512;
  for (const { partitions } of topicData) {
    for (const { messages } of partitions) {
      for (const { key, value } of messages) bytes += usualRecordBytes + (key?.length ?? 0) + (value?.length ?? 0);
    }
  }
  return bytes;
}
