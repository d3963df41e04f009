import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it } from 'vitest';
import { clientSettings } from '../../local/aws/resources.ts';
import { startLocalAws } from '../../local/aws/start-local-aws.ts';
import { formatTable, type RunResult } from '../../local/dev/report.ts';
import { startOrg } from '../../local/org/org.ts';
import { startProcess } from '../../local/processes/start-process.ts';
import { expectPrices } from '../../local/sample/price-oracle.ts';
import { sampleCatalogue, samplePriceUpdates } from '../../local/sample/price-updates.ts';
import { type DevRun, descendantsOf, isAlive, startDev } from './dev-run.ts';
import { killUnderLoad } from './kill-under-load.ts';
import { startTestBroker, testCache } from './local/local-broker.ts';

const runs: DevRun[] = [];
const files: string[] = [];

function start(...settings: Parameters<typeof startDev>): DevRun {
  const run = startDev(...settings);
  runs.push(run);
  return run;
}

afterEach(async () => {
  for (const run of runs.splice(0)) {
    run.process.kill('SIGKILL');
    await run.exited;
  }
  for (const file of files.splice(0)) await rm(file, { force: true });
});

async function temporaryFile(name: string, content: string): Promise<string> {
  const file = path.join(tmpdir(), `bridge-${process.pid}-${name}`);
  files.push(file);
  await writeFile(file, content);
  return file;
}

describe('the main job, both ways, on a real broker', () => {
  it('settles every record of the sample load within the org’s calls', async () => {
    const { code, result, said } = await start(['--once']).exited;
    const expected = expectPrices(samplePriceUpdates('test'), new Set(sampleCatalogue().products));
    const count = (end: string) => expected.ends.filter((each) => each === end).length;
    expect(said).not.toMatch(/SKB_/);
    expect(result).toMatchObject({
      recordsIn: 10_000,
      recordsWritten: count('written'),
      filtered: count('filtered'),
      absorbed: 0,
      deadLettered: count('deadLettered'),
      eventsReceived: 1_400,
      recordsPublished: 1_400,
      lost: 0,
      duplicates: 0,
      wrong: 0,
    });
    expect(result?.apiCalls).toBeLessThanOrEqual(80);
    expect(result?.rowsWritten).toBeGreaterThanOrEqual(expected.finalRows.size);
    expect(code).toBe(0);

    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    const variable = /seconds|as the org counts/;
    const table = formatTable({ ...(result as RunResult), seconds: 23.9 }).split('\n');
    for (const row of table.filter((each) => !variable.test(each))) expect(readme).toContain(row);
  });

  it('loses nothing when poller and sink are killed in the middle of a load', async () => {
    const run = start(['--once']);
    const pids = new Map<string, number>();
    run.onLine((line) => {
      const [, program, pid] = /^(poller|sink prices runs its function).*\(process (\d+)\)/.exec(line) ?? [];
      if (program !== undefined) pids.set(program, Number(pid));
    });
    const kills = await killUnderLoad(run, {
      consumerGroup: 'commerce.prices',
      topic: 'erp.price-updates',
      kills: 3,
      victims: () => [...pids.values()],
    });
    const { code, result, said } = await run.exited;
    expect(kills).toBe(3);
    expect(said).toMatch(/poller ended \(SIGKILL\) and is started again/);
    expect(result).toMatchObject({ recordsIn: 10_000, lost: 0, wrong: 0 });
    const { recordsIn, recordsWritten, filtered, absorbed, deadLettered } = result ?? ({} as never);
    expect(recordsWritten + filtered + absorbed + deadLettered).toBe(recordsIn);
    expect(code).toBe(0);
  });

  it('runs a Kafka Connect file as it is, and says how Product2 is captured', async () => {
    const properties = fileURLToPath(new URL('../../examples/kafka-connect/product2.properties', import.meta.url));
    const { code, result, said } = await start(['--once', '--properties', properties]).exited;
    expect(said).toContain(
      'Product2 has no PushTopic support in Salesforce and is captured through Change Data Capture instead',
    );
    expect(result).toMatchObject({ recordsIn: 0, recordsPublished: 1_400, lost: 0 });
    expect(code).toBe(0);
  });

  it('takes price updates of the user’s own and names a line that is not JSON', async () => {
    const input = await temporaryFile(
      'prices.ndjson',
      '{"product":"MINE-1","unitPrice":10}\n{"product":"MINE-1","unitPrice":\n{"product":"MINE-2","unitPrice":3.5,"changeId":"x"}\n{"product":"MINE-1","unitPrice":10.0001}\n',
    );
    const { code, result, said } = await start(['--once', '--input', input]).exited;
    expect(said).toMatch(/prices\.ndjson line 2 is not a JSON object/);
    expect(result).toMatchObject({ recordsIn: 4, recordsWritten: 2, filtered: 1, deadLettered: 1, lost: 0, wrong: 0 });
    expect(code).toBe(0);
  });
});

describe('things of the user’s own', () => {
  it('uses a broker, an org and an AWS that run already, run after run, and leaves no table behind', async () => {
    const broker = await startTestBroker();
    const org = await startOrg({ port: 0, controlPort: 0, seed: {} });
    const aws = await startLocalAws({
      cache: testCache,
      environment: process.env,
      startProcess,
      runFolder: path.join(broker.folder, 'aws'),
    });
    try {
      const environment = {
        KAFKA_BROKERS: broker.bootstrapServers,
        ...aws.credentialsEnv,
        SALESFORCE_LOGIN_URL: org.instanceUrl,
        SALESFORCE_CLIENT_ID: org.credentials.clientId,
        SALESFORCE_CLIENT_SECRET: org.credentials.clientSecret,
      };
      for (const round of [1, 2]) {
        const { code, result, said } = await start(['--once'], environment).exited;
        expect(said, `round ${round}`).toMatch(/^Kafka +127\.0\.0\.1:\d+$/m);
        expect(result).toMatchObject({ recordsIn: 10_000, recordsPublished: 1_400, lost: 0, duplicates: 0, wrong: 0 });
        expect(result?.rowsWritten).toBeGreaterThan(1_000);
        expect(code).toBe(0);
      }
      const { TableNames: tables } = await new DynamoDBClient(clientSettings(aws)).send(new ListTablesCommand({}));
      expect(tables).toEqual([]);
    } finally {
      await aws.stop();
      await org.close();
      await broker.stop();
    }
  });
});

describe('ending', () => {
  it('drains every program on SIGTERM and ends with 0', async () => {
    const run = start([]);
    await run.waitFor(/Press Ctrl-C/);
    const children = descendantsOf(run.process.pid ?? 0);
    expect(children.length).toBeGreaterThan(8);
    run.process.kill('SIGTERM');
    expect((await run.exited).code).toBe(0);
    await expect.poll(() => children.filter(isAlive), { timeout: 10_000 }).toEqual([]);
  });

  it.each([
    ['while things are still starting', /^Salesforce /],
    ['in the middle of a load', /settled/],
  ])('ends with 0 when it is interrupted %s', async (_, line) => {
    const run = start([]);
    await run.waitFor(line);
    const children = descendantsOf(run.process.pid ?? 0);
    run.process.kill('SIGINT');
    expect((await run.exited).code).toBe(0);
    await expect.poll(() => children.filter(isAlive), { timeout: 10_000 }).toEqual([]);
  });

  it('leaves no process behind when the supervisor itself is killed', async () => {
    const run = start([]);
    await run.waitFor(/settled/);
    const children = descendantsOf(run.process.pid ?? 0);
    expect(children.length).toBeGreaterThan(8);
    run.process.kill('SIGKILL');
    await run.exited;
    await expect.poll(() => children.filter(isAlive), { timeout: 10_000 }).toEqual([]);
  });
});

describe('bad input', () => {
  it('refuses an unknown option', async () => {
    const { code, said } = await start(['--twice']).exited;
    expect(said).toContain("unknown option '--twice'");
    expect(code).toBe(1);
  });

  it('names all mistakes of a definition with their paths', async () => {
    const definition = await temporaryFile(
      'broken.config.ts',
      `export default {
        name: 'Commerce!',
        orgs: { main: { auth: 'magic' } },
        sources: { products: { capture: { kind: 'changeDataCapture', object: 'Product2' }, topic: 'a b' } },
        sinks: { prices: { topic: 'prices', write: { operation: 'upsert', object: 'A', externalId: 'B__c' } } },
      };`,
    );
    const { code, said } = await start(['--once', '--bridge', definition]).exited;
    expect(said).toContain('The bridge definition has 3 problems');
    for (const place of ['name:', 'orgs.main.auth:', 'sources.products.topic:']) {
      expect(said).toContain(place);
    }
    expect(code).toBe(1);
  });

  it.each([
    ['nonsense', /SKB_CONFIG_INVALID: .*\n +KAFKA_BROKERS: must be host:port/],
    ['127.0.0.1:9', /SKB_KAFKA_UNAVAILABLE: .*ECONNREFUSED/],
  ])('names a KAFKA_BROKERS that cannot be used: %s', async (brokers, message) => {
    const { code, said } = await start(['--once'], { KAFKA_BROKERS: brokers }).exited;
    expect(said).toMatch(message);
    expect(code).toBe(1);
  });

  it.each(['java', 'python3'])('names the ways out when %s is missing', async (program) => {
    const emptyFolder = path.dirname(process.execPath);
    const needed = { java: /java.*KAFKA_BROKERS/is, python3: /python3.*AWS_ENDPOINT_URL/is }[program] ?? /./;
    const other = program === 'java' ? { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' } : { KAFKA_BROKERS: '127.0.0.1:9' };
    const { code, said } = await start(['--once'], { PATH: emptyFolder, JAVA_HOME: '', ...other }).exited;
    expect(said).toMatch(needed);
    expect(said).toContain('SKB_ENVIRONMENT_UNFIT');
    expect(code).toBe(1);
  });

  it('says once that credentials are refused, and ends', async () => {
    const serving = start([]);
    const address = /http:\/\/localhost:\d+/.exec(await serving.waitFor(/^Salesforce /))?.[0];
    const kafka = /127\.0\.0\.1:\d+/.exec(await serving.waitFor(/^Kafka /))?.[0];
    const { code, said } = await start(['--once'], {
      KAFKA_BROKERS: kafka,
      SALESFORCE_LOGIN_URL: address,
      SALESFORCE_CLIENT_ID: 'nobody',
      SALESFORCE_CLIENT_SECRET: 'wrong-secret',
    }).exited;
    expect(said.match(/refused the login/g)).toHaveLength(1);
    expect(said).toMatch(/invalid_client/);
    expect(said).not.toContain('wrong-secret');
    expect(code).toBe(1);
  });
});
