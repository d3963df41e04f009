import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Kafka } from 'kafkajs';
import { clientSettings, createStateTable, putSecret } from '../../../local/aws/resources.ts';
import { startOrgProcess } from '../../../local/dev/org-process.ts';
import { createStopList } from '../../../local/dev/stop-list.ts';
import { createControlClient } from '../../../local/org/control-client.ts';
import { seededRandom } from '../../../local/sample/random.ts';
import { readDispositionCounts } from '../../../shared/state/dynamodb-progress-store.ts';
import type { ChaosGround } from '../ground/chaos-ground.ts';
import { makeTopics } from '../ground/make-topics.ts';
import { chaosKafka, readWholeTopic } from '../ground/read-whole-topic.ts';
import { judgeRows } from './judge-rows.ts';
import { keyField, type MarkedRecord, markedRecords, object, validationRule } from './marked-records.ts';
import { faultHits, runSinkSteps } from './run-sink-steps.ts';
import { startSinkProcess } from './sink-process.ts';
import type { SinkScenario } from './sink-scenario.ts';

/** What is printed for a scenario of the sink side. */
export interface SinkResult {
  readonly scenario: string;
  readonly sent: number;
  readonly written: number;
  readonly rejected: number;
  readonly lost: number;
  readonly wrong: number;
  readonly doubled: number;
  readonly redelivered: number;
  readonly faults: number;
  readonly seconds: number;
}

export interface SinkRun {
  readonly result: SinkResult;
  /** What broke the promise; empty when it was kept. */
  readonly problems: readonly string[];
}

const markHeader = 'chaos.mark';
const bridgeApp = 'Bridge';
/** No partition moved for this long while something was left: then it is lost. */
const stallMs = 90_000;
const readLimitMs = 60_000;

export async function runSinkScenario(scenario: SinkScenario, ground: ChaosGround, seed: number): Promise<SinkRun> {
  const startedAt = performance.now();
  const random = seededRandom(seed);
  const { load } = scenario;
  const partitions = load.partitions ?? 4;
  const timeoutSeconds = scenario.functionTimeoutSeconds ?? 60;
  const limit = AbortSignal.timeout((scenario.limitSeconds ?? 180) * 1000);
  const folder = path.join(ground.runFolder, `sink-${scenario.name}`);
  await mkdir(folder, { recursive: true });
  const stops = createStopList();
  try {
    const org = await startOrgProcess({
      runFolder: folder,
      seed: { settings: { randomSeed: seed, ...scenario.orgSettings }, validationRules: [validationRule] },
    });
    await stops.add('org', () => org.stop());
    const control = createControlClient(org.access.controlUrl ?? '');
    await control.resetCounters();

    const topic = `chaos.sink.${scenario.name}`;
    const parentsTopic = `${topic}.parents`;
    // As when it is deployed: each topic of a list has a group and an event source of its own.
    const feeds =
      load.parentsCome === 'onTopic'
        ? [topic, parentsTopic].map((each) => ({ topic: each, groupId: `chaos.${scenario.name}.${each}` }))
        : [{ topic, groupId: `chaos.${scenario.name}` }];
    const deadLetterTopic = `${topic}.dead-letter`;
    const groupId = `chaos.${scenario.name}`;
    const table = `chaos-sink-${scenario.name}`;
    const definition = {
      name: 'chaos',
      orgs: { main: {} },
      sinks: {
        rows: {
          ...(feeds.length === 1 ? { topic } : { topics: feeds.map((feed) => feed.topic) }),
          write: {
            operation: load.deleteShare === undefined ? 'upsert' : 'fromRecord',
            object,
            externalId: keyField,
          },
          function: { timeoutSeconds },
          ...scenario.sink,
          // The emulated org ends a call within seconds; ten minutes would outlast the scenarios.
          fenceSeconds: 20,
          deadLetterTopic,
          consumerGroup: groupId,
        },
      },
    };
    const [secretArn] = await Promise.all([
      putSecret(ground.aws, `${table}/main`, org.access.bridge),
      createStateTable(ground.aws, table),
      makeTopics(ground.brokers, [
        ...feeds.map((feed) => ({ topic: feed.topic, partitions })),
        { topic: deadLetterTopic, partitions: 1 },
      ]),
    ]);
    const kafka = chaosKafka(ground.brokers);
    const letters = await readWholeTopic(kafka, deadLetterTopic, 1);
    await stops.add('eventSources', () => letters.stop());

    for (const fault of scenario.faultsFromStart ?? []) await control.addFault(fault);
    const records = markedRecords(load, scenario.name, random);
    const topicOf = ({ onParentsTopic }: MarkedRecord) => (onParentsTopic === true ? parentsTopic : topic);
    const parts = load.parts ?? 1;
    // Without further parts the records are there before the sink is, so that batches are as full as they can be.
    if (parts === 1) await send(kafka, topicOf, records);
    const failpoints = path.join(folder, 'failpoints');
    await mkdir(failpoints);
    const startFeed = (feed: (typeof feeds)[number]) =>
      startSinkProcess(
        {
          bootstrapServers: ground.brokers.join(','),
          topics: [feed.topic],
          groupId: feed.groupId,
          batchSize: 200,
          ...scenario.mapping,
          function: {
            name: `chaos-${scenario.name}`,
            bundle: ground.sinkBundle,
            logFile: path.join(folder, `sink-${feed.topic}.log`),
            region: ground.aws.region,
            timeoutMs: timeoutSeconds * 1000,
            environment: {
              ...ground.aws.credentialsEnv,
              SINK_NAME: 'rows',
              STATE_TABLE_NAME: table,
              SALESFORCE_SECRET_ARN: secretArn,
              KAFKA_BROKERS: ground.brokers.join(','),
              CHAOS_DEFINITION: JSON.stringify(definition),
              CHAOS_FAILPOINTS: failpoints,
              CHAOS_ANSWERS_GET_LOST: String(scenario.answersGetLost ?? false),
            },
          },
        },
        path.join(folder, feed.topic),
      );
    await Promise.all(feeds.map((feed) => mkdir(path.join(folder, feed.topic))));
    const sinks = await Promise.all(
      feeds.map(async (feed) => {
        const started = await startFeed(feed);
        await stops.add('eventSources', () => started.stop());
        return started;
      }),
    );
    const [sink] = sinks;
    if (sink === undefined) throw new Error('a scenario has at least one topic');

    const sending = parts === 1 ? Promise.resolve() : sendInParts(kafka, topicOf, records, parts, load.everyMs ?? 200);
    sending.catch(() => undefined);
    const stepFaults = await runSinkSteps(scenario.steps ?? [], { control, sink, random, failpoints, limit });
    await sending;
    const committed = await Promise.all(
      feeds.map((feed) => waitUntilCommitted(kafka, feed.groupId, feed.topic, limit)),
    );
    const settled = committed.every((each) => each);
    const faults = stepFaults + (await faultHits(control));
    await Promise.all(sinks.map((each) => each.stop()));
    await letters.readToEnd(readLimitMs);

    const client = DynamoDBDocumentClient.from(new DynamoDBClient(clientSettings(ground.aws)));
    const dispositions = await readDispositionCounts({
      client,
      tableName: table,
      sink: 'rows',
      consumerGroup: groupId,
    });
    client.destroy();
    const lettered = new Set(letters.records().map(({ headers }) => headers[markHeader] ?? ''));
    const verdict = judgeRows(records, await control.rows(object), lettered);
    const { rowsWrittenByApp, apiCallsByApp } = await control.counters();
    const rowsWritten = rowsWrittenByApp[bridgeApp]?.[object] ?? 0;
    const calls = apiCallsByApp[bridgeApp]?.total ?? 0;

    const ends = dispositions.written + dispositions.filtered + dispositions.absorbed + dispositions.deadLettered;
    const { mostRowsWritten = Number.POSITIVE_INFINITY, mostCalls = Number.POSITIVE_INFINITY } = scenario;
    const notices = sinks.reduce((sum, each) => sum + each.failureNotices(), 0);
    const redelivered = sinks.reduce((sum, { counts }) => sum + counts.redelivered, 0);
    const { leastRedelivered = 0 } = scenario;
    const problems = [
      ...(settled ? [] : ['records were left that the sink did not settle']),
      ...named('changes are lost', verdict.lost),
      ...named('rows are not what the records say', verdict.wrong),
      ...named('good records became dead letters', verdict.rejectedGood),
      ...(verdict.doubled > 0 ? [`${verdict.doubled} rows were created twice`] : []),
      ...(notices > 0 ? [`the failure destination holds ${notices} notices`] : []),
      ...(settled && ends !== records.length ? [`${ends} ends were counted for ${records.length} records`] : []),
      ...(rowsWritten > mostRowsWritten ? [`${rowsWritten} rows were written instead of ${mostRowsWritten}`] : []),
      ...(redelivered < leastRedelivered
        ? [`only ${redelivered} records came again, so the trouble did not happen`]
        : []),
      ...(calls > mostCalls ? [`${calls} calls were made instead of ${mostCalls}`] : []),
    ];
    const result: SinkResult = {
      scenario: scenario.name,
      sent: verdict.sent,
      written: verdict.written,
      rejected: lettered.size,
      lost: verdict.lost.length,
      wrong: verdict.wrong.length,
      doubled: verdict.doubled,
      redelivered,
      faults,
      seconds: Math.round((performance.now() - startedAt) / 1000),
    };
    return { result, problems };
  } finally {
    await stops.stopAll();
  }
}

function named(what: string, marks: readonly string[]): string[] {
  return marks.length === 0 ? [] : [`${marks.length} ${what}, such as ${marks.slice(0, 3).join(', ')}`];
}

type TopicOf = (record: MarkedRecord) => string;

async function send(kafka: Kafka, topicOf: TopicOf, records: readonly MarkedRecord[]): Promise<void> {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false });
  await producer.connect();
  const topicMessages = [...Map.groupBy(records, topicOf)].map(([topic, ofTopic]) => ({
    topic,
    messages: ofTopic.map(({ key, value, mark, partition }) => ({
      key,
      value,
      headers: { [markHeader]: mark },
      ...(partition === undefined ? {} : { partition }),
    })),
  }));
  await producer.sendBatch({ acks: -1, topicMessages });
  await producer.disconnect();
}

async function sendInParts(
  kafka: Kafka,
  topicOf: TopicOf,
  records: readonly MarkedRecord[],
  parts: number,
  everyMs: number,
): Promise<void> {
  const size = Math.ceil(records.length / parts);
  for (let start = 0; start < records.length; start += size) {
    await send(kafka, topicOf, records.slice(start, start + size));
    await delay(everyMs);
  }
}

/** True when the group has committed everything; false when it stood still for long or the time was up. */
async function waitUntilCommitted(kafka: Kafka, groupId: string, topic: string, limit: AbortSignal): Promise<boolean> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    let last = '';
    let movedAt = performance.now();
    while (!limit.aborted && performance.now() - movedAt < stallMs) {
      const ends = await admin.fetchTopicOffsets(topic);
      const [group] = await admin.fetchOffsets({ groupId, topics: [topic] });
      const committed = new Map(group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
      if (ends.every(({ partition, high }) => high === '0' || (committed.get(partition) ?? -1) >= Number(high)))
        return true;
      const now = JSON.stringify([...committed]);
      if (now !== last) movedAt = performance.now();
      last = now;
      await delay(200);
    }
    return false;
  } finally {
    await admin.disconnect();
  }
}
