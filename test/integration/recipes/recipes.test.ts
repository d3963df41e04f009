import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalAws, startLocalAws } from '../../../local/aws/start-local-aws.ts';
import { startProcess } from '../../../local/processes/start-process.ts';
import { readShownCounts } from '../../fixtures/recipe-readme.ts';
import { type DevRun, startDev } from '../dev-run.ts';
import { killUnderLoad } from '../kill-under-load.ts';
import { startTestBroker, type TestBroker, testCache } from '../local/local-broker.ts';

// All recipes share a broker and a local AWS, as a user's own would be shared, and two of them run at a time. Those of one
// list follow each other: some have a topic in common.
const lanes = [
  ['sensor-status', 'orders-as-platform-events', 'address-cleaning', 'product-inventory'],
  ['price-book', 'price-book-existing', 'lead-replication', 'two-way-accounts'],
] as const;
type Name = (typeof lanes)[number][number];

let folder: string;
let broker: TestBroker;
let aws: LocalAws;
const running = new Set<DevRun>();
const ends = new Map<Name, Awaited<DevRun['exited']>>();
let kills = 0;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'recipes-'));
  const runFolder = path.join(folder, 'aws');
  [broker, aws] = await Promise.all([
    startTestBroker(),
    startLocalAws({ runFolder, cache: testCache, environment: process.env, startProcess }),
  ]);
  await Promise.all(
    lanes.map(async (names) => {
      for (const name of names) ends.set(name, await runToItsEnd(name));
    }),
  );
}, 1_200_000);

afterAll(async () => {
  for (const run of running) {
    run.process.kill('SIGKILL');
    await run.exited;
  }
  await Promise.all([broker?.stop(), aws?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

async function runToItsEnd(name: Name): Promise<Awaited<DevRun['exited']>> {
  const place = name === 'price-book-existing' ? name : `../../../examples/${name}`;
  const definition = fileURLToPath(new URL(`${place}/bridge.config.ts`, import.meta.url));
  const run = startDev(['--once', '--bridge', definition], {
    KAFKA_BROKERS: broker.bootstrapServers,
    AWS_ENDPOINT_URL: aws.endpoint,
  });
  running.add(run);
  const [end, killed] = await Promise.all([run.exited, name === 'sensor-status' ? killTenTimes(run) : 0]);
  kills += killed;
  running.delete(run);
  return end;
}

function killTenTimes(run: DevRun): Promise<number> {
  let pids: number[] = [];
  run.onLine((line) => {
    const [, pid] = /^sink readings runs its function \(process (\d+)\)/.exec(line) ?? [];
    if (pid !== undefined) pids = [Number(pid)];
  });
  return killUnderLoad(run, {
    consumerGroup: 'sensor-status.readings',
    topic: 'devices.readings',
    kills: 10,
    victims: () => pids,
  });
}

const nothingAmiss = { lost: 0, wrong: 0, deadLettered: 0 };

describe('the recipes, on a real broker and emulated orgs', () => {
  it.each(lanes.flat().filter((name) => name !== 'price-book-existing'))(
    '%s ends as its judge and its README say',
    (name) => {
      const { code, result, said } = ends.get(name) ?? {};
      // Ten kills leave traces in what is said.
      if (name !== 'sensor-status') expect(said).not.toMatch(/SKB_/);
      expect(result).toMatchObject({ ...nothingAmiss, ...readShownCounts(name) });
      expect(code).toBe(0);
    },
  );

  it('price-book writes 10,000 updates of existing entries with few calls', () => {
    const { code, result, said } = ends.get('price-book-existing') ?? {};
    expect(result).toMatchObject({ ...nothingAmiss, recordsIn: 10_000, recordsWritten: 5_000, filtered: 5_000 });
    const rows = result?.rowsWritten ?? 0;
    expect(rows).toBe(5_000);
    expect(said).toMatch(/^API calls +1 token, 1 describe, .*composite/m);
    expect(result?.apiCalls).toBeLessThanOrEqual(Math.ceil(rows / 1_000) + 6);
    expect(code).toBe(0);
  });

  it('sensor-status writes the changes only, and the same when its sink is killed ten times', () => {
    expect(kills).toBe(10);
    expect(ends.get('sensor-status')?.result).toMatchObject({
      ...nothingAmiss,
      recordsIn: 200_000,
      recordsWritten: 9_123,
      filtered: 190_877,
    });
  });
});
