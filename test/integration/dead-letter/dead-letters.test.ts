import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientSettings } from '../../../local/aws/resources.ts';
import { type LocalAws, startLocalAws } from '../../../local/aws/start-local-aws.ts';
import { createTopics } from '../../../local/broker/create-topics.ts';
import { auditKafka } from '../../../local/dev/topic-reader.ts';
import { startProcess } from '../../../local/processes/start-process.ts';
import { createKafkaDeadLetters } from '../../../shared/dead-letter/kafka-dead-letters.ts';
import { readKafkaLetters, readQueueLetters } from '../../../shared/dead-letter/read-letter.ts';
import { createS3Claims } from '../../../shared/dead-letter/s3-claims.ts';
import { createSqsDeadLetters } from '../../../shared/dead-letter/sqs-dead-letters.ts';
import type { RecordHeader } from '../../../shared/kafka/kafka-record.ts';
import { createKafkajsProducer } from '../../../shared/kafka/kafkajs-producer.ts';
import { recordingLogger } from '../../fixtures/records.ts';
import { letterOf } from '../../unit/shared/dead-letter/letters.ts';
import { startTestBroker, type TestBroker, testCache } from '../local/local-broker.ts';

let folder: string;
let aws: LocalAws;
let broker: TestBroker;
let s3: S3Client;
let sqs: SQSClient;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'dead-letter-'));
  const runFolder = path.join(folder, 'aws');
  [aws, broker] = await Promise.all([
    startLocalAws({ runFolder, cache: testCache, environment: process.env, startProcess }),
    startTestBroker(),
  ]);
  s3 = new S3Client({ ...clientSettings(aws), forcePathStyle: true });
  sqs = new SQSClient(clientSettings(aws));
  await s3.send(new CreateBucketCommand({ Bucket: 'claims' }));
});
afterAll(async () => {
  await Promise.all([aws?.stop(), broker?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

async function fetchClaim(reference: string): Promise<string> {
  const { host, pathname } = new URL(reference);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: host, Key: pathname.slice(1) }));
  return (await Body?.transformToString()) ?? '';
}

describe('a real queue', () => {
  async function receiveAll(queueUrl: string): Promise<string[]> {
    const bodies: string[] = [];
    for (;;) {
      const { Messages: messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
      );
      if (messages.length === 0) return bodies;
      bodies.push(...messages.map(({ Body = '' }) => Body));
    }
  }

  test.each([true, false])('gives letters back as they were, large ones too (bucket: %s)', async (withBucket) => {
    const { QueueUrl: queueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `letters-${withBucket}` }));
    const claims = withBucket ? createS3Claims({ client: s3, bucket: 'claims' }) : undefined;
    const letters = [...Array.from({ length: 12 }, (_, offset) => letterOf(offset)), letterOf(99, 700_000)];
    await createSqsDeadLetters({ sink: 'prices', queueUrl, client: sqs, claims }).store(letters);
    const read = await readQueueLetters(await receiveAll(queueUrl), fetchClaim);
    expect([...read].sort((a, b) => a.record.offset - b.record.offset)).toEqual(
      letters.map((letter) => ({ ...letter, sink: 'prices' })),
    );
  });
});

describe('a real topic', () => {
  async function readAll(topic: string) {
    const consumer = auditKafka([broker.bootstrapServers]).consumer({ groupId: `read-${topic}` });
    const records: { key: Buffer | null; value: Buffer | null; headers: RecordHeader[] }[] = [];
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const admin = auditKafka([broker.bootstrapServers]).admin();
    await admin.connect();
    const [end] = await admin.fetchTopicOffsets(topic);
    await admin.disconnect();
    await new Promise<void>((resolve) => {
      void consumer.run({
        eachMessage: async ({ message }) => {
          const headers = Object.entries(message.headers ?? {}).flatMap(([name, value]) =>
            (Array.isArray(value) ? value : [value]).map((each) => ({ name, value: Buffer.from(each ?? '') })),
          );
          records.push({ key: message.key, value: message.value, headers });
          if (Number(message.offset) === Number(end?.high) - 1) resolve();
        },
      });
    });
    await consumer.disconnect();
    return records;
  }

  test.each([
    ['in parts', false, '1048588'],
    ['in the bucket', true, '1048588'],
    ['in parts, where the topic takes little', false, '100000'],
  ])('keeps letters that are too large for it: %s', async (how, withBucket, maxBytes) => {
    const topic = `letters-${how.replace(/\W+/g, '-')}`;
    await createTopics(broker.bootstrapServers, [{ topic, partitions: 1, config: { 'max.message.bytes': maxBytes } }]);
    const producer = await createKafkajsProducer({
      brokers: [broker.bootstrapServers],
      clientId: 'letters',
      logger: recordingLogger(),
    });
    try {
      const claims = withBucket ? createS3Claims({ client: s3, bucket: 'claims' }) : undefined;
      const store = createKafkaDeadLetters({ sink: 'prices', topic, producer: async () => producer, claims });
      // As large as the topic of the sink took them: with a letter's headers they are larger.
      const letters = [letterOf(1), letterOf(2, 1_048_000), letterOf(3, 3_000_000), letterOf(4)];
      await store.store(letters);
      const read = await readKafkaLetters(await readAll(topic), fetchClaim);
      expect([...read].sort((a, b) => a.record.offset - b.record.offset)).toEqual(
        letters.map((letter) => ({ ...letter, sink: 'prices' })),
      );
    } finally {
      await producer.close();
    }
  });
});
