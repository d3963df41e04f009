import { Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { SinkVariables } from '../../functions/sink/config.ts';
import type { Sink } from '../../shared/bridge/bridge.ts';
import { acknowledge } from '../acknowledge.ts';
import { claimBucketName } from '../names.ts';
import { grantKey } from './grant-key.ts';

/** The longest that SQS keeps a message: what nobody reads until then is gone, so an alarm goes off before. */
export const queueRetention = Duration.days(14);

export interface LetterQueueProps {
  readonly queueName?: string;
  /** Why nothing comes after this queue. */
  readonly last: string;
  readonly protect: boolean;
  readonly encryptionKey?: IKey | undefined;
}

/** A queue that somebody reads by hand, with an alarm as soon as something lies in it. */
export function createLetterQueue(
  scope: Construct,
  id: string,
  { queueName, last, protect, encryptionKey }: LetterQueueProps,
): Queue {
  const queue = new Queue(scope, id, {
    ...(queueName === undefined ? {} : { queueName }),
    retentionPeriod: queueRetention,
    enforceSSL: true,
    removalPolicy: protect ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    ...(encryptionKey === undefined
      ? { encryption: QueueEncryption.SQS_MANAGED }
      : { encryption: QueueEncryption.KMS, encryptionMasterKey: encryptionKey }),
  });
  acknowledge(queue, { 'AwsSolutions-SQS3': last, 'Serverless-SQSRedrivePolicy': last });
  return queue;
}

/** Lets a program send to a queue, and only that; `grantSendMessages` would also let it read the queue's settings. */
export function grantSend(grantee: IGrantable, queue: Queue): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn] }),
  );
  grantKey(grantee, queue.encryptionMasterKey, 'sendMessage');
}

function known(value: string, pseudoParameter: string): string {
  return Token.isUnresolved(value) ? `<AWS::${pseudoParameter}>` : value;
}

export interface DeadLetterStoreProps {
  readonly sinks: readonly Sink[];
  /** `<bridge>-<environment>`, the first part of names. */
  readonly prefix: string;
  readonly protect: boolean;
  readonly encryptionKey?: IKey | undefined;
}

/** Where sinks put what can never be written, as far as that is not a Kafka topic. */
export class DeadLetterStore extends Construct {
  /** By the name of the sink. */
  readonly queues: ReadonlyMap<string, Queue>;
  /** For letters that are too large for a topic or a queue; the letter that is stored there names the object. */
  readonly bucket: Bucket | undefined;
  readonly #prefix: string;

  constructor(scope: Construct, id: string, { sinks, prefix, protect, encryptionKey }: DeadLetterStoreProps) {
    super(scope, id);
    this.#prefix = prefix;
    this.queues = new Map(
      sinks
        .filter(({ deadLetters }) => deadLetters.kind === 'queue')
        .map(({ name }) => [
          name,
          createLetterQueue(this, name, {
            queueName: `${prefix}-${name}-dead-letters`,
            last: 'This queue is itself where rejected records end; an alarm goes off as soon as one lies in it.',
            protect,
            encryptionKey,
          }),
        ]),
    );
    this.bucket = sinks.some(({ deadLetters }) => deadLetters.bucket)
      ? this.#createBucket(protect, encryptionKey)
      : undefined;
  }

  /** What a sink needs in its environment. */
  environment(sink: Sink) {
    const queue = this.queues.get(sink.name);
    return {
      ...(queue === undefined ? {} : { DEAD_LETTER_QUEUE_URL: queue.queueUrl }),
      ...(sink.deadLetters.bucket && this.bucket !== undefined ? { DEAD_LETTER_BUCKET: this.bucket.bucketName } : {}),
    } satisfies Partial<SinkVariables>;
  }

  /** Lets a sink store its letters, and read none. */
  grantStore(grantee: IGrantable, sink: Sink): void {
    const queue = this.queues.get(sink.name);
    if (queue !== undefined) grantSend(grantee, queue);
    if (!sink.deadLetters.bucket || this.bucket === undefined) return;
    // By name, so that the right reads the same whether the bucket is in this stack or in another.
    const { account, region, partition } = Stack.of(this.bucket);
    const objectsIn = (part: string, owner: string, place: string) =>
      `arn:${part}:s3:::${claimBucketName(this.#prefix, owner, place)}/${sink.name}/*`;
    const objects = objectsIn(partition, account, region);
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['s3:PutObject'], resources: [objects] }),
    );
    if (Construct.isConstruct(grantee)) {
      const named = objectsIn(known(partition, 'Partition'), known(account, 'AccountId'), known(region, 'Region'));
      acknowledge(grantee, {
        [`AwsSolutions-IAM5[Resource::${named}]`]:
          'A sink names its letters itself, under its own name in a bucket that holds nothing else.',
      });
    }
    grantKey(grantee, this.bucket.encryptionKey, 'putObject');
  }

  #createBucket(protect: boolean, encryptionKey: IKey | undefined): Bucket {
    const { account, region } = Stack.of(this);
    const bucket = new Bucket(this, 'Claims', {
      bucketName: claimBucketName(this.#prefix, account, region),
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      ...(encryptionKey === undefined
        ? { encryption: BucketEncryption.S3_MANAGED }
        : { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }),
      // Longer than the letter that names it: 14 days in a queue, the topic's retention of 7 days at most.
      lifecycleRules: [{ expiration: Duration.days(30), abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      removalPolicy: protect ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    acknowledge(bucket, {
      'AwsSolutions-S1':
        'Sinks write single letters and people read them; a log bucket would cost more than what it watches.',
    });
    return bucket;
  }
}
