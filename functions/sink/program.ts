import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import middy from '@middy/core';
import definition from '#bridge';
import { givingUpAfter } from '../../shared/aws/giving-up-after.ts';
import { createSecretStore } from '../../shared/aws/secret-store.ts';
import { createSecretReader } from '../../shared/aws/secrets.ts';
import { parseBridge } from '../../shared/bridge/define-bridge.ts';
import { chooseDeadLetters } from '../../shared/dead-letter/choose-dead-letters.ts';
import { createReportTopics } from '../../shared/dead-letter/report-topics.ts';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import { createIamToken, readKafkaLogin, secureKafka } from '../../shared/kafka/kafka-connection.ts';
import { createKafkajsProducer } from '../../shared/kafka/kafkajs-producer.ts';
import { decodeKafkaEvent } from '../../shared/kafka/lambda-event.ts';
import type { RecordProducer } from '../../shared/kafka/record-producer.ts';
import { type BulkIngest, createBulkIngest } from '../../shared/salesforce/bulk2.ts';
import { sendCalls } from '../../shared/salesforce/composite.ts';
import { connectOrg } from '../../shared/salesforce/connect-org.ts';
import { rowsByKeys } from '../../shared/salesforce/rows-by-keys.ts';
import { undeleteByIds } from '../../shared/salesforce/undelete.ts';
import { writeHeaders } from '../../shared/salesforce/write-headers.ts';
import { createDynamodbAggregateStore } from '../../shared/state/dynamodb-aggregate-store.ts';
import { createDynamodbBulkJobStore } from '../../shared/state/dynamodb-bulk-job-store.ts';
import { createDynamodbHeldKeys } from '../../shared/state/dynamodb-held-keys.ts';
import { createDynamodbLatelyWritten } from '../../shared/state/dynamodb-lately-written.ts';
import { createDynamodbProgressStore } from '../../shared/state/dynamodb-progress-store.ts';
import { createDynamodbStepMemory } from '../../shared/state/dynamodb-step-memory.ts';
import { itemsByKeys } from '../../shared/state/items-by-keys.ts';
import { createReadItem } from '../../shared/state/read-item.ts';
import { createEmfMeasure } from '../../shared/telemetry/emf-measure.ts';
import { sinkMetrics } from '../../shared/telemetry/metrics.ts';
import { createLogger } from '../../shared/telemetry/powertools-logger.ts';
import { isTick } from '../../shared/transform/tick.ts';
import { findAggregate } from '../../shared/transform/write-owed-rows.ts';
import type { BatchResponse } from './batch-response.ts';
import { createBulkLane } from './bulk-lane.ts';
import { parseSinkConfig } from './config.ts';
import { createMeasureBatch } from './measure-batch.ts';
import { createPace } from './pace.ts';
import { createProveWrites } from './prove-writes.ts';
import { rememberWritten } from './remember-written.ts';
import { createRowWriter } from './row-writer.ts';
import type { SendRequest } from './send-calls.ts';
import { createSink, type SinkParts, type SinkProgram } from './sink.ts';
import { createTargetObjects } from './target-objects.ts';

interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/** A table or a secret that does not answer must not take the whole invocation with it. */
const AWS_TIMEOUT_MS = 5_000;

/** Wraps what the sink talks to, for programs that make trouble on purpose; the sink itself knows nothing of it. */
export interface Decorations {
  readonly parts?: (parts: SinkParts) => SinkParts;
  readonly send?: (send: SendRequest) => SendRequest;
  readonly bulk?: (bulk: BulkIngest) => BulkIngest;
}

/** The wiring of one sink: real clients are built here and nowhere else, once per execution environment. */
function wire(decorations: Decorations): SinkProgram {
  const { parts: decorateParts = same, send: decorateSend = same, bulk: decorateBulk = same } = decorations;
  const config = parseSinkConfig(process.env);
  const logger = createLogger(`sink-${config.sinkName}`);
  const bridge = parseBridge(definition);
  const sink = bridge.sinks.find((each) => each.name === config.sinkName);
  const org = bridge.orgs.find((each) => each.name === sink?.org);
  if (sink === undefined || org === undefined) {
    throw new BridgeError('SKB_CONFIG_INVALID', `SINK_NAME: the definition has no sink ${config.sinkName}`);
  }
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(givingUpAfter(AWS_TIMEOUT_MS)));
  const secretsManager = new SecretsManagerClient(givingUpAfter(AWS_TIMEOUT_MS));
  const readSecret = createSecretReader(secretsManager);
  const login = readKafkaLogin(process.env);
  const callTimeoutMs = callTimeoutOf(sink.function.timeoutSeconds);
  const { rest, quota } = connectOrg({
    org,
    secretArn: config.salesforceSecretArn,
    readSecret,
    secrets: createSecretStore(secretsManager),
    now: () => performance.now(),
    callTimeoutMs,
    client: sink.call.client,
  });
  const state = {
    client,
    tableName: config.stateTableName,
    sink: sink.name,
    consumerGroup: sink.consumerGroup,
    read: createReadItem(client, config.stateTableName),
  };
  const producer = connectOnce(async () =>
    createKafkajsProducer({
      brokers: config.kafkaBrokers,
      clientId: `${bridge.name}.${sink.name}`,
      security: await secureKafka(login, { readSecret, iamToken: createIamToken }),
      logger,
    }),
  );
  const { reports } = sink;
  const { assignmentRule } = sink.call;
  const bulk = createBulkLane({
    bulk: decorateBulk(
      createBulkIngest({
        rest,
        ...(typeof assignmentRule === 'string' ? { assignmentRuleId: assignmentRule } : {}),
      }),
    ),
    jobs: createDynamodbBulkJobStore(state),
    fromRows: sink.bulkFromRows,
    now: Date.now,
  });
  const query = (soql: string) => rest.query(soql);
  const describe = (object: string) => rest.describe(object);
  const writer = createRowWriter({
    send: decorateSend((calls) =>
      sendCalls(rest, calls, { apiVersion: org.apiVersion, headers: writeHeaders(sink.call) }),
    ),
    query,
    queryAll: (soql) => rest.queryAll(soql),
    undelete: (ids) => undeleteByIds(rest, ids),
    describe,
    pace: createPace(sink.concurrentCalls),
    callTimeoutMs,
    ...(sink.bulkFromRows === 0 ? {} : { bulk }),
  });
  const guarded = bridge.sources.some((source) => source.org === org.name && source.loopGuard);
  const written = createDynamodbLatelyWritten({ ...state, now: Date.now });
  const measure = createEmfMeasure({
    metrics: sinkMetrics,
    deployment: config.deployment,
    program: `sink-${sink.name}`,
    date: () => new Date(),
    write: (line) => process.stdout.write(`${line}\n`),
  });
  return createSink(
    decorateParts({
      sink,
      writer: guarded ? rememberWritten(writer, org.name, written, logger) : writer,
      bulk,
      prove: createProveWrites({ query, describe, callTimeoutMs }),
      objects: createTargetObjects(sink, rest.describes),
      orgId: () => rest.orgId(),
      memory: createDynamodbStepMemory(state),
      lookups: {
        salesforceRows: (wanted) => rowsByKeys(rest, org.apiVersion, wanted),
        dynamodbItems: (wanted) => itemsByKeys(client, wanted),
      },
      aggregates: createDynamodbAggregateStore(state),
      progress: createDynamodbProgressStore(state),
      heldKeys: createDynamodbHeldKeys({ ...state, now: Date.now, unique: randomUUID }),
      deadLetters: chooseDeadLetters({
        sink,
        queueUrl: config.deadLetterQueueUrl,
        bucket: config.deadLetterBucket,
        producer,
        sqs: () => new SQSClient(),
        s3: () => new S3Client(),
      }),
      ...(reports.success === undefined && reports.error === undefined
        ? {}
        : { reports: createReportTopics({ sink: sink.name, ...reports, producer }) }),
      callTimeoutMs,
      measureBatch: createMeasureBatch(measure, {
        now: Date.now,
        hasAggregate: findAggregate(sink.transform) !== undefined,
        usage: quota.usage,
      }),
      measureOwed: (seconds) => measure({ OwedRowAge: seconds }),
      logger,
      now: Date.now,
      sleep: (milliseconds) => delay(milliseconds),
      random: Math.random,
    }),
  );
}

function same<Part>(part: Part): Part {
  return part;
}

/** So short that an unanswered call leaves time to find out what became of it and to settle the rest. */
function callTimeoutOf(functionTimeoutSeconds: number): number {
  return Math.min(120_000, (functionTimeoutSeconds * 1000) / 3);
}

/** Letters are rare, so the Kafka client is connected for the first one; a failed try is not remembered. */
function connectOnce(connect: () => Promise<RecordProducer>): () => Promise<RecordProducer> {
  let connected: Promise<RecordProducer> | undefined;
  return () => {
    connected ??= connect().catch((error: unknown) => {
      connected = undefined;
      throw error;
    });
    return connected;
  };
}

/** The function's handler; it is wired with the first batch, so that loading the bundle does no work. */
export function createHandler(decorations: Decorations = {}) {
  let program: SinkProgram | undefined;
  return middy(async (event: unknown, context: LambdaContext): Promise<BatchResponse> => {
    program ??= wire(decorations);
    const budget = { remainingMs: () => context.getRemainingTimeInMillis() };
    if (!isTick(event)) return program.handle(decodeKafkaEvent(event), budget);
    await program.tick(budget);
    return { batchItemFailures: [] };
  });
}
