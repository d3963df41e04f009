import { randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import definition from '#bridge';
import { givingUpAfter } from '../../shared/aws/giving-up-after.ts';
import { createSecretStore } from '../../shared/aws/secret-store.ts';
import { createSecretReader } from '../../shared/aws/secrets.ts';
import { parseBridge } from '../../shared/bridge/define-bridge.ts';
import { deliveryOf } from '../../shared/bridge/delivery.ts';
import { transactionalId } from '../../shared/bridge/transactional-id.ts';
import { createIamToken, readKafkaLogin, secureKafka } from '../../shared/kafka/kafka-connection.ts';
import { createKafkajsChannelProducers } from '../../shared/kafka/kafkajs-channel-producer.ts';
import { createKafkajs } from '../../shared/kafka/kafkajs-client.ts';
import { createKafkajsPublishedLog } from '../../shared/kafka/kafkajs-published-log.ts';
import { legacyLogin } from '../../shared/salesforce/auth/credentials.ts';
import { createBayeuxClient } from '../../shared/salesforce/bayeux-client.ts';
import { clientName, connectOrg } from '../../shared/salesforce/connect-org.ts';
import { createDynamodbChannelStore } from '../../shared/state/dynamodb-channel-store.ts';
import { createDynamodbFindWritten } from '../../shared/state/dynamodb-find-written.ts';
import { createDynamodbObjectStore } from '../../shared/state/dynamodb-object-store.ts';
import { createDynamodbRereadStore } from '../../shared/state/dynamodb-reread-store.ts';
import { createEmfMeasure } from '../../shared/telemetry/emf-measure.ts';
import { errorFields } from '../../shared/telemetry/logger.ts';
import { pollerMetrics } from '../../shared/telemetry/metrics.ts';
import { createLogger } from '../../shared/telemetry/powertools-logger.ts';
import { systemClock } from './clock.ts';
import { readConfig } from './config.ts';
import { createCounters } from './counters.ts';
import { createHealth } from './health.ts';
import { type PollerParts, runPoller } from './poller.ts';
import type { PollerOrg } from './poller-org.ts';

// Salesforce → Kafka, until a signal ends it.
//
//   Salesforce ──CometD──▶ bayeux ──events──▶ poller ──records──▶ producers ──▶ Kafka
//                                               │ └─what is there─▶ log ───────┘
//                                               └──leases and positions──▶ channels ──▶ DynamoDB

/** A drain that takes longer than this is stuck; the task has 120 s until ECS kills it. */
const DRAIN_TIMEOUT_MS = 60_000;
/** A table that does not answer must not take the lease's time with it. */
const TABLE_TIMEOUT_MS = 3_000;
const SECRET_TIMEOUT_MS = 10_000;
/** How long a login to Kafka is remembered; a changed secret is noticed after this time. */
const KAFKA_SECRET_MS = 60_000;

const logger = createLogger('poller');

/** Wraps what the poller talks to, for programs that make trouble on purpose; the poller itself knows nothing of it. */
export type Decorate = (ports: DecoratedPorts) => DecoratedPorts;
type DecoratedPorts = Pick<PollerParts, 'producers' | 'channels' | 'clock'>;

/** Wires the poller and runs it until a signal ends it, and then ends the process. */
export async function runProgram(decorate: Decorate = (ports) => ports): Promise<never> {
  const drain = drainOnSignals();
  try {
    await poll(drain, decorate);
    logger.info('poller ended');
    process.exit(0);
  } catch (error) {
    // Told to end before it had begun.
    if (drain.aborted && error === drain.reason) process.exit(0);
    logger.error('poller failed', errorFields(error));
    process.exit(1);
  }
}

async function poll(signal: AbortSignal, decorate: Decorate): Promise<void> {
  const bridge = parseBridge(definition);
  const config = readConfig(bridge);
  const { region } = config;

  const table = {
    client: DynamoDBDocumentClient.from(new DynamoDBClient({ region, ...givingUpAfter(TABLE_TIMEOUT_MS) })),
    tableName: config.stateTableName,
  };
  const channels = createDynamodbChannelStore(table);
  const secretsManager = new SecretsManagerClient({ region, ...givingUpAfter(SECRET_TIMEOUT_MS) });
  const readSecret = createSecretReader(secretsManager);
  const secrets = createSecretStore(secretsManager);
  const health = createHealth({ date: systemClock.date, write: healthWriter(config.healthFile), logger });

  const clientId = `${bridge.name}-poller`;
  const login = readKafkaLogin(process.env);
  const kafkaSecurity = rememberFor(KAFKA_SECRET_MS, systemClock.now, () =>
    secureKafka(login, { readSecret, iamToken: createIamToken }),
  );
  // Asked for when a channel needs it: neither a secret that cannot be read yet nor a cluster that is down ends the poller.
  const kafka = async (requestTimeoutMs?: number) => {
    const security = await kafkaSecurity();
    return createKafkajs({ brokers: config.kafkaBrokers, clientId, security, logger, requestTimeoutMs });
  };
  const ports = decorate({
    producers: createKafkajsChannelProducers({ kafka, leaseMs: bridge.poller.leaseSeconds * 1000 }),
    channels,
    clock: systemClock,
  });
  const orgs = bridge.orgs.flatMap((org): PollerOrg[] => {
    const sources = bridge.sources.filter((source) => source.org === org.name);
    const secretArn = config.secretArns.get(org.name);
    if (sources.length === 0 || secretArn === undefined) return [];
    if (org.auth === 'password') logger.warn(legacyLogin, { org: org.name });
    const { tokens, rest, quota } = connectOrg({ org, secretArn, readSecret, secrets, now: ports.clock.now });
    const { name, apiVersion } = org;
    return [{ name, apiVersion, sources, rest, quota, bayeux: createBayeuxClient({ tokens, apiVersion }) }];
  });
  logger.info('poller started', { bridge: bridge.name, orgs: orgs.map((org) => org.name) });
  const parts: PollerParts = {
    ...ports,
    rereads: createDynamodbRereadStore(table),
    objects: createDynamodbObjectStore(table),
    written: createDynamodbFindWritten({ ...table, now: Date.now }),
    ourClients: new Set([clientName, ...bridge.sinks.flatMap(({ call }) => call.client ?? [])]),
    log: createKafkajsPublishedLog({ kafka, now: systemClock.now }),
    owner: `${hostname()}-${process.pid}-${randomUUID()}`,
    transactionalIdOf: (key) => transactionalId(config.transactionalIdPrefix, key),
    deliveryOf: (sources) =>
      deliveryOf(
        sources.map(({ source }) => source),
        config.kafkaTransactions,
      ),
    settings: bridge.poller,
    health,
    counters: createCounters(),
    measure: createEmfMeasure({
      metrics: pollerMetrics,
      deployment: config.deployment,
      program: 'poller',
      date: systemClock.date,
      write: (line) => process.stdout.write(`${line}\n`),
    }),
    random: Math.random,
    logger,
  };
  await runPoller(orgs, parts, signal);
}

/** Asks again after a time, and after a failure. */
function rememberFor<T>(ms: number, now: () => number, ask: () => Promise<T>): () => Promise<T> {
  let answer: { readonly value: T; readonly until: number } | undefined;
  return async () => {
    if (answer === undefined || now() >= answer.until) answer = { value: await ask(), until: now() + ms };
    return answer.value;
  };
}

/** Replaces the file in one step, so that a health check never reads half of it. */
function healthWriter(file: string | undefined): (text: string) => Promise<void> {
  if (file === undefined) return async () => undefined;
  return async (text) => {
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  };
}

/** The first signal drains, the second one ends the program where it stands. */
function drainOnSignals(): AbortSignal {
  const drain = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    if (drain.signal.aborted) process.exit(1);
    logger.info('draining', { signal: name });
    drain.abort();
    setTimeout(() => {
      logger.error('the drain took too long; uncommitted events will be read again', { timeoutMs: DRAIN_TIMEOUT_MS });
      process.exit(1);
    }, DRAIN_TIMEOUT_MS).unref();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return drain.signal;
}
