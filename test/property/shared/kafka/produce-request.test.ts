import fc from 'fast-check';
import type { Message } from 'kafkajs';
import murmur2OfKafkajs from 'kafkajs/src/producer/partitioners/default/murmur2.js';
import crcOfKafkajs from 'kafkajs/src/protocol/recordBatch/crc32C/index.js';
import produce, { type ProduceInput } from 'kafkajs/src/protocol/requests/produce/index.js';
import { describe, expect, it } from 'vitest';
import { crc32c } from '../../../../shared/kafka/crc32c.ts';
import { replaceProduceEncoder } from '../../../../shared/kafka/kafkajs-produce-request.ts';
import { murmur2 } from '../../../../shared/kafka/murmur2.ts';

// kafkajs' own encoder, hash and checksum are slow and right, so they judge ours.

const theirs = produce.protocol({ version: 7 });
replaceProduceEncoder();
const ours = produce.protocol({ version: 7 });

const name = fc.string({ unit: 'grapheme', maxLength: 20 });
/** Lengths around those where a varint grows by a byte, in characters of one to four bytes. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc
    .tuple(fc.constantFrom('a', 'ü', '…', '🙂'), fc.constantFrom(0, 1, 31, 32, 62, 63, 64, 127, 128, 4095, 8190, 8192))
    .map(([character, length]) => character.repeat(length)),
);
const bytes = fc.uint8Array({ maxLength: 200 }).map((each) => Buffer.from(each));
const content = fc.oneof(text, bytes);
const message = fc.record(
  {
    key: fc.option(content),
    value: fc.option(content),
    timestamp: fc.integer({ min: 1_000_000_000_000, max: 2_000_000_000_000 }).map(String),
    headers: fc.dictionary(text, fc.oneof(content, fc.array(content, { maxLength: 3 })), { maxKeys: 5 }),
  },
  { requiredKeys: ['value', 'timestamp'] },
);
const partition = fc.record({
  partition: fc.nat(100),
  firstSequence: fc.nat(),
  messages: fc.array(message, { minLength: 1, maxLength: 8 }),
});
const request = fc.record({
  acks: fc.constantFrom(-1, 1),
  timeout: fc.nat(),
  transactionalId: fc.option(name),
  // kafkajs has a class of its own for these.
  producerId: fc
    .bigInt(-1n, 2n ** 63n - 1n)
    .map((value) => Object.assign({ value }, { toString: () => String(value) })),
  producerEpoch: fc.nat(32_767),
  topicData: fc.array(fc.record({ topic: name, partitions: fc.array(partition, { maxLength: 3 }) }), { maxLength: 3 }),
});

async function bytesOf(create: typeof ours, input: ProduceInput): Promise<Buffer> {
  return (await create(input).request.encode()).buffer;
}

function withListsOfHeaders(input: ProduceInput): ProduceInput {
  const topicData = input.topicData.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map((each) => ({ ...each, messages: each.messages.map(asRecord) })),
  }));
  return { ...input, topicData };
}

function asRecord({ headers = {}, timestamp, ...rest }: Message): Message {
  const list = Object.entries(headers).flatMap(([name, values = []]) => {
    return (Array.isArray(values) ? values : [values]).map((value) => ({ name, value }));
  });
  return { ...rest, timestamp: Number(timestamp), headers: list } as unknown as Message;
}

describe('a request with records', () => {
  it('has the very bytes that kafkajs encodes', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (input) => {
        expect((await bytesOf(ours, input)).equals(await bytesOf(theirs, input))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('has the same bytes when its records have lists of headers, as the bridge makes them', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (input) => {
        expect((await bytesOf(ours, withListsOfHeaders(input))).equals(await bytesOf(theirs, input))).toBe(true);
      }),
    );
  });

  it('is encoded by kafkajs itself when it is compressed', () => {
    const input = { ...({} as ProduceInput), compression: 1 };
    expect(String(ours(input).request.encode)).toBe(String(theirs(input).request.encode));
  });
});

it('the checksum of any bytes is the one that kafkajs computes', () => {
  fc.assert(
    fc.property(bytes, (each) => {
      expect(crc32c(each)).toBe(crcOfKafkajs(each));
    }),
  );
});

it('the hash of any key is the one that kafkajs computes, so that a key keeps its partition', () => {
  fc.assert(
    fc.property(bytes, (each) => {
      expect(murmur2(each)).toBe(murmur2OfKafkajs(each));
    }),
  );
});
