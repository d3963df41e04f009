import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Sink } from '../bridge/bridge.ts';
import { BridgeError } from '../errors/bridge-error.ts';
import type { RecordProducer } from '../kafka/record-producer.ts';
import type { DeadLetterStore } from './dead-letter-store.ts';
import { createKafkaDeadLetters } from './kafka-dead-letters.ts';
import { createS3Claims } from './s3-claims.ts';
import { createSqsDeadLetters } from './sqs-dead-letters.ts';

interface DeadLetterPlaces {
  readonly sink: Sink;
  /** Needed where the sink's letters go to a queue. */
  readonly queueUrl: string | undefined;
  /** For letters that are too large. @default they are stored in parts */
  readonly bucket: string | undefined;
  readonly producer: () => Promise<RecordProducer>;
  readonly sqs: () => SQSClient;
  readonly s3: () => S3Client;
}

/**
 * The store that a sink's definition asks for; clients are built for the one that is used.
 *
 * @throws BridgeError SKB_CONFIG_INVALID when the queue is not named.
 */
export function chooseDeadLetters({ sink, queueUrl, bucket, producer, sqs, s3 }: DeadLetterPlaces): DeadLetterStore {
  const claims = bucket === undefined ? undefined : createS3Claims({ client: s3(), bucket });
  if (sink.deadLetters.kind === 'topic') {
    return createKafkaDeadLetters({ sink: sink.name, topic: sink.deadLetterTopic, producer, claims });
  }
  if (queueUrl === undefined) {
    throw new BridgeError('SKB_CONFIG_INVALID', `DEAD_LETTER_QUEUE_URL: missing, and sink ${sink.name} needs it`);
  }
  return createSqsDeadLetters({ sink: sink.name, queueUrl, client: sqs(), claims });
}
