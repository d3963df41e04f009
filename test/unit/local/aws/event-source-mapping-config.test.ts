import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { locateHandler, parseEventSourceMappingConfig } from '../../../../local/aws/event-source-mapping-config.ts';
import { heapLimitMb, lambdaEnvironment } from '../../../../local/aws/lambda-environment.ts';
import { retryDelayMs } from '../../../../local/aws/partition-queue.ts';

const least = {
  bootstrapServers: 'b:1',
  topics: ['erp.price-updates'],
  groupId: 'prices',
  function: { name: 'sink', bundle: '/dist/sink/index.mjs', logFile: '/run/sink.log' },
};

describe('parseEventSourceMappingConfig', () => {
  test("fills in Lambda's defaults", () => {
    expect(parseEventSourceMappingConfig(JSON.stringify(least))).toMatchObject({
      startingPosition: 'TRIM_HORIZON',
      batchSize: 100,
      batchingWindowMs: 500,
      maxPayloadBytes: 6_291_456,
      pollers: 1,
      redelivery: 'fromLowest',
      maxRetryAttempts: 10_000,
      maxRecordAgeMs: 604_800_000,
      retryBackoff: { initialMs: 100, maxMs: 10_000 },
      function: { environment: {}, region: 'us-east-1', timeoutMs: 60_000, memoryMb: 512 },
    });
  });

  test('names every mistake with its place', () => {
    const config = {
      ...least,
      topics: [],
      batchSize: 10_001,
      bachSize: 1,
      function: { ...least.function, memoryMb: 1 },
    };
    let message = '';
    try {
      parseEventSourceMappingConfig(JSON.stringify(config));
    } catch (error) {
      ({ message } = error as Error);
    }
    for (const place of ['topics:', 'batchSize:', 'function.memoryMb:', 'bachSize']) expect(message).toContain(place);
  });

  test.each(['', '{'])('no JSON: %j', (text) => {
    expect(() => parseEventSourceMappingConfig(text)).toThrow('no JSON');
  });
});

describe('locateHandler', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'bundle-'));
    await writeFile(path.join(folder, 'sink.mjs'), '');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('a file, a folder, and a handler of another name', () => {
    expect(locateHandler(path.join(folder, 'sink.mjs'), undefined)).toEqual({
      taskRoot: folder,
      handler: 'sink.handler',
    });
    expect(locateHandler(folder, undefined)).toEqual({ taskRoot: folder, handler: 'index.handler' });
    expect(locateHandler(folder, 'sink.run')).toEqual({ taskRoot: folder, handler: 'sink.run' });
    expect(() => locateHandler(path.join(folder, 'other.mjs'), undefined)).toThrow('no bundle at');
  });
});

test('a function sees the configured variables and nothing of this process', () => {
  const settings = {
    name: 'sink',
    taskRoot: '/task',
    handler: 'index.handler',
    environment: { TABLE: 'state', AWS_ACCESS_KEY_ID: 'local' },
    region: 'eu-central-1',
    timeoutMs: 1_000,
    memoryMb: 512,
  };
  const environment = lambdaEnvironment(settings, 1);
  expect(environment).toMatchObject({
    TABLE: 'state',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_REGION: 'eu-central-1',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
    LAMBDA_TASK_ROOT: '/task',
    _HANDLER: 'index.handler',
    TZ: ':UTC',
  });
  expect(environment).not.toHaveProperty('HOME');
  expect(heapLimitMb(512)).toBe(460);
});

test.each([
  [1, 50, 100],
  [2, 100, 200],
  [7, 3_200, 6_400],
  [8, 5_000, 10_000],
  [5_000, 5_000, 10_000],
])('after %i failures in a row a partition waits %i to %i ms', (failures, least, most) => {
  const backoff = { initialMs: 100, maxMs: 10_000 };
  expect(retryDelayMs(backoff, failures, () => 0)).toBe(least);
  expect(retryDelayMs(backoff, failures, () => 1)).toBe(most);
});
