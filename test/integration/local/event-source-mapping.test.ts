import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { KafkaEvent } from '../../../local/aws/build-kafka-event.ts';
import type { EventSourceMappingConfigInput } from '../../../local/aws/event-source-mapping-config.ts';
import { createTopics } from '../../../local/broker/create-topics.ts';
import { type ManagedProcess, startProcess } from '../../../local/processes/start-process.ts';
import { isAlive, waitUntil } from '../../unit/local/wait-until.ts';
import { startTestBroker } from './local-broker.ts';

const mainFile = path.resolve(import.meta.dirname, '../../../local/aws/event-source-mapping-main.ts');
let broker: Awaited<ReturnType<typeof startTestBroker>>;
let kafka: Kafka;
const mappings: ManagedProcess[] = [];

beforeAll(async () => {
  broker = await startTestBroker();
  kafka = new Kafka({ brokers: [broker.bootstrapServers], logLevel: logLevel.NOTHING });
});
afterEach(async () => {
  await Promise.all(mappings.splice(0).map((mapping) => mapping.stop()));
});
afterAll(() => broker?.stop());

type Overrides = Partial<Omit<EventSourceMappingConfigInput, 'function'>> & {
  function?: Partial<EventSourceMappingConfigInput['function']>;
};

interface Line {
  readonly event: string;
  readonly pid?: number;
  readonly [field: string]: unknown;
}

/** A topic and a function: a bundle made of `handler`, whose `note(value)` appends a JSON line that the test can read. */
async function scenario(topic: string, partitions: number, handler: string, more: Overrides = {}) {
  await createTopics(broker.bootstrapServers, [{ topic, partitions }]);
  const folder = await mkdtemp(path.join(broker.folder, 'mapping-'));
  const noteFile = path.join(folder, 'notes.ndjson');
  await writeFile(noteFile, '');
  await writeFile(
    path.join(folder, 'index.mjs'),
    `import { appendFileSync } from 'node:fs';
     const note = (value) => appendFileSync(process.env.NOTES, JSON.stringify(value) + '\\n');
     let calls = 0;
     export async function handler(event, context) {
       calls += 1;
       const all = Object.values(event.records).flat();
       ${handler}
     }`,
  );
  const lines: Line[] = [];
  async function start() {
    const config: EventSourceMappingConfigInput = {
      bootstrapServers: broker.bootstrapServers,
      topics: [topic],
      groupId: `${topic}-group`,
      batchingWindowMs: 50,
      ...more,
      function: {
        name: 'probe',
        bundle: path.join(folder, 'index.mjs'),
        logFile: path.join(folder, 'lambda.log'),
        ...more.function,
        environment: { NOTES: noteFile, ...more.function?.environment },
      },
    };
    const mapping = await startProcess({
      name: 'event-source-mapping',
      command: process.execPath,
      args: [mainFile],
      env: { EVENT_SOURCE_MAPPING: JSON.stringify(config), LEAKED: 'must not reach the function' },
      cwd: folder,
      logFile: path.join(folder, 'mapping.log'),
      onStdoutLine: (line) => lines.push(JSON.parse(line)),
      stopGraceMs: 20_000,
    });
    mappings.push(mapping);
    return mapping;
  }
  return {
    lines,
    start,
    find: (event: string) => lines.filter((line) => line.event === event),
    notes: async <T>() =>
      (await readFile(noteFile, 'utf8'))
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as T),
  };
}

async function produce(topic: string, messages: { partition: number; value: string | null; key?: string }[]) {
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  await producer.send({
    topic,
    acks: -1,
    messages: messages.map(({ key = null, ...message }) => ({ ...message, key })),
  });
  await producer.disconnect();
}

async function committed(topic: string): Promise<Record<number, number>> {
  const admin = kafka.admin();
  await admin.connect();
  const [offsets] = await admin.fetchOffsets({ groupId: `${topic}-group`, topics: [topic] });
  await admin.disconnect();
  return Object.fromEntries(offsets?.partitions.map(({ partition, offset }) => [partition, Number(offset)]) ?? []);
}

const numbered = (count: number, partitions: number) =>
  Array.from({ length: count }, (_, index) => ({ partition: index % partitions, value: String(index) }));

test('a function sees the event, the environment and the context that Lambda gives', async () => {
  const { start, notes, find } = await scenario(
    'seen-1',
    2,
    'note({ event, env: process.env, argv: process.execArgv, left: context.getRemainingTimeInMillis(), id: context.awsRequestId, name: context.functionName })',
    { function: { memoryMb: 200, timeoutMs: 20_000, environment: { AWS_ACCESS_KEY_ID: 'local' } } },
  );
  const producer = kafka.producer();
  await producer.connect();
  const headers = { source: Buffer.from('é') };
  await producer.send({
    topic: 'seen-1',
    messages: [
      { partition: 0, key: 'k', value: 'v', headers, timestamp: '1545084650987' },
      { partition: 0, key: 'gone', value: null },
      { partition: 1, value: 'no key' },
    ],
  });
  await producer.disconnect();
  const mapping = await start();
  await waitUntil(async () => (await committed('seen-1'))[1] === 1);

  type Seen = {
    event: KafkaEvent;
    env: Record<string, string>;
    argv: string[];
    left: number;
    id: string;
    name: string;
  };
  const [seen] = await notes<Seen>();
  expect(seen?.event).toMatchObject({ eventSource: 'aws:kafka', bootstrapServers: broker.bootstrapServers });
  const all = (await notes<Seen>()).flatMap(({ event }) => Object.entries(event.records));
  const [first, tombstone] = all.find(([key]) => key === 'seen-1-0')?.[1] ?? [];
  expect(first).toEqual({
    topic: 'seen-1',
    partition: 0,
    offset: 0,
    timestamp: 1545084650987,
    timestampType: 'CREATE_TIME',
    key: Buffer.from('k').toString('base64'),
    value: Buffer.from('v').toString('base64'),
    headers: [{ source: [-61, -87] }],
  });
  expect(Object.keys(tombstone ?? {})).not.toContain('value');
  expect(all.find(([key]) => key === 'seen-1-1')?.[1][0]?.key).toBeNull();

  expect(seen?.env).toMatchObject({
    AWS_ACCESS_KEY_ID: 'local',
    AWS_LAMBDA_FUNCTION_NAME: 'probe',
    AWS_REGION: 'us-east-1',
    TZ: ':UTC',
    _HANDLER: 'index.handler',
  });
  expect(seen?.env).not.toHaveProperty('LEAKED');
  expect(seen?.env).not.toHaveProperty('HOME');
  expect(seen?.argv).toContain('--max-old-space-size=180');
  expect(seen?.name).toBe('probe');
  expect(seen?.id).toMatch(/^[0-9a-f-]{36}$/);
  expect(seen?.left).toBeGreaterThan(10_000);
  expect(seen?.left).toBeLessThanOrEqual(20_000);

  const { pid = 0 } = find('lambda-started')[0] ?? {};
  expect(isAlive(pid)).toBe(true);
  await mapping.stop();
  expect(await mapping.exited).toEqual({ code: 0, signal: null });
  expect(find('stopped')[0]).toMatchObject({ failedInvocations: 0, delivered: 3 });
  expect(isAlive(pid)).toBe(false);
});

describe.each([
  ['reported', [2]],
  ['fromLowest', [2, 4, 6]],
] as const)('a partial failure, %s', (redelivery, again) => {
  test('delivers again what this reading says, in order, and skips nothing', async () => {
    const topic = `partial-${redelivery}`;
    const { start, notes } = await scenario(
      topic,
      2,
      `note(all.filter((one) => one.partition === 0).map((one) => Number(Buffer.from(one.value, 'base64'))));
       if (calls > 2) return null;
       return { batchItemFailures: all.filter((one) => one.partition === 0 && one.offset === 1)
         .map((one) => ({ itemIdentifier: { partition: one.topic + '-' + one.partition, offset: one.offset } })) };`,
      { redelivery },
    );
    await produce(topic, numbered(8, 2));
    await start();
    await waitUntil(async () => {
      const offsets = await committed(topic);
      return offsets[0] === 4 && offsets[1] === 4;
    });
    const deliveries = (await notes<number[]>()).filter((values) => values.length > 0);
    expect(deliveries).toEqual([[0, 2, 4, 6], again, again]);
  });
});

test('kill -9 of the lambda process in the middle skips nothing', async () => {
  const topic = 'killed-lambda';
  const count = 600;
  // Each record is noted only after a while, so that a kill hits a batch half-way.
  const { start, notes, find } = await scenario(
    topic,
    3,
    `for (const one of all) {
       await new Promise((resolve) => setTimeout(resolve, 1));
       note(Number(Buffer.from(one.value, 'base64')));
     }`,
    { batchSize: 50 },
  );
  await produce(topic, numbered(count, 3));
  await start();
  for (const kills of [1, 2, 3]) {
    await waitUntil(() => find('lambda-started').length === kills);
    const noted = (await notes()).length;
    await waitUntil(async () => (await notes()).length > noted + 20);
    process.kill(find('lambda-started').at(-1)?.pid ?? 0, 'SIGKILL');
  }
  await waitUntil(async () => Object.values(await committed(topic)).reduce((sum, offset) => sum + offset, 0) === count);
  const seen = await notes<number>();
  expect(new Set(seen).size).toBe(count);
  expect(seen.length).toBeGreaterThan(count);
  expect(find('lambda-started')).toHaveLength(4);
  const reasons = find('invocation').filter(({ result }) => result === 'failed');
  expect(reasons.map(({ reason }) => reason)).toEqual(Array(3).fill(expect.stringContaining('SIGKILL')));
});

test('kill -9 of the mapping itself: the lambda process ends too, and the next mapping goes on', async () => {
  const topic = 'killed-mapping';
  const { start, notes, find } = await scenario(
    topic,
    1,
    `await new Promise((resolve) => setTimeout(resolve, 20)); for (const one of all) note(one.offset);`,
    { batchSize: 5 },
  );
  await produce(topic, numbered(200, 1));
  const first = await start();
  await waitUntil(async () => ((await committed(topic))[0] ?? 0) >= 20);
  process.kill(first.pid, 'SIGKILL');
  await first.exited;
  await waitUntil(() => !find('lambda-started').some(({ pid = 0 }) => isAlive(pid)), 10_000);
  const before = (await committed(topic))[0] ?? 0;
  const noted = (await notes()).length;
  await start();
  await waitUntil(async () => (await committed(topic))[0] === 200);
  const seen = await notes<number>();
  expect(new Set(seen).size).toBe(200);
  expect(Math.min(...seen.slice(noted))).toBeGreaterThanOrEqual(before);
});

test('a restart of the broker in the middle skips nothing', async () => {
  const topic = 'restarted';
  const { start, notes } = await scenario(
    topic,
    2,
    `await new Promise((resolve) => setTimeout(resolve, 20)); for (const one of all) note(one.partition + '/' + one.offset);`,
    { batchSize: 5 },
  );
  await produce(topic, numbered(600, 2));
  const mapping = await start();
  await waitUntil(async () => (await notes()).length > 50);
  await broker.restart();
  const noted = (await notes()).length;
  expect(noted).toBeLessThan(600);
  await waitUntil(async () => {
    const offsets = await committed(topic);
    return offsets[0] === 300 && offsets[1] === 300;
  });
  expect(new Set(await notes()).size).toBe(600);
  await mapping.stop();
  expect(await mapping.exited).toEqual({ code: 0, signal: null });
});

test('a function that throws, or takes too long, is tried again later and in the end given up', async () => {
  const topic = 'hopeless';
  const { start, find, notes } = await scenario(
    topic,
    1,
    `note(Date.now()); if (calls === 1) throw new TypeError('no'); await new Promise((resolve) => setTimeout(resolve, 60_000));`,
    { maxRetryAttempts: 2, function: { timeoutMs: 500 } },
  );
  await produce(topic, numbered(1, 1));
  await start();
  await waitUntil(async () => (await committed(topic))[0] === 1);
  const reasons = find('invocation').map(({ reason }) => reason);
  expect(reasons).toEqual([
    'TypeError: no',
    'Sandbox.Timedout: Task timed out after 500 ms',
    // A fresh process counts its calls from one.
    'TypeError: no',
  ]);
  expect(find('on-failure')[0]).toMatchObject({ condition: 'RetryAttemptsExhausted' });
  const [first = 0, second = 0] = await notes<number>();
  expect(second - first).toBeGreaterThanOrEqual(50);
});

test('a stop in the middle of an invocation lets it finish and commits it', async () => {
  const topic = 'stopped';
  const { start, notes, find } = await scenario(
    topic,
    1,
    `note('begun'); await new Promise((resolve) => setTimeout(resolve, 1_000)); note('done');`,
  );
  await produce(topic, numbered(3, 1));
  const mapping = await start();
  await waitUntil(async () => (await notes()).length === 1);
  await mapping.stop();
  expect(await mapping.exited).toEqual({ code: 0, signal: null });
  expect(await notes()).toEqual(['begun', 'done']);
  expect((await committed(topic))[0]).toBe(3);
  expect(find('stopped')[0]).toMatchObject({ invocations: 1, delivered: 3 });
});

test('a topic that does not exist, and a config with mistakes, are refused with a reason', async () => {
  const missing = await scenario('exists', 1, '', { topics: ['does-not-exist'] });
  expect(await (await missing.start()).exited).toMatchObject({ code: 1 });
  expect(missing.find('failed')[0]).toMatchObject({
    code: 'SKB_KAFKA_DENIED',
    message: expect.stringContaining('does-not-exist'),
  });

  const invalid = await scenario('exists', 1, '', { batchSize: 20_000, groupId: '' });
  expect(await (await invalid.start()).exited).toMatchObject({ code: 1 });
  expect(invalid.find('failed')[0]).toMatchObject({
    code: 'SKB_CONFIG_INVALID',
    message: expect.stringMatching(/groupId:.*\n.*batchSize:/),
  });
});

test('large records: batches stay below the payload limit, one over it goes to the destination', async () => {
  const topic = 'large';
  const { start, notes, find } = await scenario(topic, 1, 'note(JSON.stringify(event).length)', {
    maxPayloadBytes: 500_000,
  });
  const values = [...Array(6).fill(100_000), 600_000, 100_000].map((size) => 'x'.repeat(size));
  // One by one: together they would be more than the broker takes in one request.
  for (const value of values) await produce(topic, [{ partition: 0, value }]);
  await start();
  await waitUntil(async () => (await committed(topic))[0] === 8);
  const sizes = await notes<number>();
  expect(Math.max(...sizes)).toBeLessThanOrEqual(500_000);
  expect(find('on-failure')).toEqual([
    expect.objectContaining({
      condition: 'MaximumPayloadSizeExceeded',
      records: { 'large-0': expect.objectContaining({ firstRecordOffset: '6', lastRecordOffset: '6' }) },
    }),
  ]);
});
