import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { expect, test } from 'vitest';
import { createTopics } from '../../../local/broker/create-topics.ts';
import { startBroker } from '../../../local/broker/start-broker.ts';
import { startProcess } from '../../../local/processes/start-process.ts';
import { isAlive } from '../../unit/local/wait-until.ts';
import { testCache } from './local-broker.ts';

const admin = (bootstrapServers: string) =>
  new Kafka({ brokers: [bootstrapServers], logLevel: logLevel.NOTHING }).admin();

test('starts, keeps topics over a restart on the same port, creates no topic by itself, and stops', async () => {
  const runFolder = await mkdtemp(path.join(os.tmpdir(), 'broker-'));
  const settings = { runFolder, cache: testCache, environment: process.env, startProcess };
  const first = await startBroker(settings);
  await createTopics(first.bootstrapServers, [{ topic: 'prices', partitions: 3 }]);
  await first.stop();
  expect(isAlive(first.process.pid)).toBe(false);

  const second = await startBroker({ ...settings, port: first.port });
  try {
    expect(second.bootstrapServers).toBe(first.bootstrapServers);
    await createTopics(second.bootstrapServers, [
      { topic: 'prices', partitions: 5 },
      { topic: 'letters', partitions: 1, config: { 'cleanup.policy': 'compact' } },
    ]);
    const client = admin(second.bootstrapServers);
    await client.connect();
    const { topics } = await client.fetchTopicMetadata({ topics: ['prices', 'letters'] });
    expect(topics.map(({ name, partitions }) => [name, partitions.length])).toEqual(
      expect.arrayContaining([
        ['prices', 3],
        ['letters', 1],
      ]),
    );
    await expect(client.fetchTopicMetadata({ topics: ['mistyped'] })).rejects.toThrow('does not host this topic');
    await client.disconnect();
  } finally {
    await second.stop();
    await rm(runFolder, { recursive: true, force: true });
  }
});

test('says so when a fixed port is taken', async () => {
  const runFolder = await mkdtemp(path.join(os.tmpdir(), 'broker-'));
  const squatter = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => squatter.once('listening', resolve));
  const { port } = squatter.address() as { port: number };
  await expect(
    startBroker({ runFolder, cache: testCache, environment: process.env, startProcess, port }),
  ).rejects.toMatchObject({ code: 'SKB_ENVIRONMENT_UNFIT', message: expect.stringContaining('KAFKA_BROKERS') });
  squatter.close();
  await rm(runFolder, { recursive: true, force: true });
});
