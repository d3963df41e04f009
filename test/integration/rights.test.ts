import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import example from '../../bridge.config.ts';
import { startLocalAws } from '../../local/aws/start-local-aws.ts';
import { startProcess } from '../../local/processes/start-process.ts';
import { type RightOfOthers, rightsBesidePoller, rightsBesideSink } from '../infra/rights-of-others.ts';
import { rightsOf, synthesize } from '../infra/synthesize.ts';
import { startDev } from './dev-run.ts';
import { startTestBroker, testCache } from './local/local-broker.ts';
import { recordAws, recordKafka } from './recorded-calls.ts';

const transactional = ['kafka-cluster:DescribeTransactionalId', 'kafka-cluster:AlterTransactionalId'];

/**
 * What IAM wants for a request of Kafka's protocol: https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html
 * The sink's producer has no transactional ID, the poller's always has one.
 */
const actionsOfApi: Readonly<Record<string, (program: string) => readonly string[]>> = {
  // Produce, Fetch, ListOffsets, Metadata
  0: () => ['kafka-cluster:WriteData'],
  1: () => ['kafka-cluster:ReadData'],
  2: () => ['kafka-cluster:DescribeTopic'],
  3: () => ['kafka-cluster:DescribeTopic'],
  // FindCoordinator, of a transaction
  10: () => ['kafka-cluster:DescribeTransactionalId'],
  // SaslHandshake, ApiVersions, SaslAuthenticate
  17: () => ['kafka-cluster:Connect'],
  18: () => ['kafka-cluster:Connect'],
  36: () => ['kafka-cluster:Connect'],
  // InitProducerId
  22: (program) => ['kafka-cluster:WriteDataIdempotently', ...(program === 'poller' ? transactional : [])],
  // AddPartitionsToTxn, EndTxn
  24: () => ['kafka-cluster:WriteData', ...transactional],
  26: () => transactional,
};

/** The client IDs under which the programs are known to the broker. */
const programOfClient: Readonly<Record<string, string>> = { 'commerce-poller': 'poller', 'commerce.prices': 'sink' };

let called: Readonly<Record<'poller' | 'sink', ReadonlySet<string>>>;

beforeAll(async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'rights-'));
  let brokerPort = 0;
  const kafka = await recordKafka(() => brokerPort);
  const broker = await startTestBroker({
    // Clients are told the recorder's address wherever they ask, so they get by no way around it.
    properties: ({ port }) => {
      brokerPort = port;
      return { 'advertised.listeners': `PLAINTEXT://${kafka.address}` };
    },
  });
  const local = { environment: process.env, cache: testCache, startProcess };
  const cloud = await startLocalAws({ ...local, runFolder: path.join(folder, 'aws') });
  const aws = await recordAws(cloud.endpoint, (userAgent, body) => {
    // The SDK names Lambda's environment; what else asks is the poller or the run itself, which makes tables and secrets.
    if (userAgent.includes('exec-env/AWS_Lambda')) return 'sink';
    return body.includes('CHANNEL#') || /^\{"SecretId":"[^"]*"\}$/.test(body) ? 'poller' : undefined;
  });
  try {
    const { code, result, said } = await startDev(['--once'], {
      ...cloud.credentialsEnv,
      KAFKA_BROKERS: kafka.address,
      AWS_ENDPOINT_URL: aws.address,
    }).exited;
    expect(code, said).toBe(0);
    expect(result).toMatchObject({ recordsIn: 10_000, recordsPublished: 1_400, lost: 0 });
  } finally {
    await cloud.stop();
    await broker.stop();
    await Promise.all([kafka.close(), aws.close()]);
    await rm(folder, { recursive: true, force: true });
  }
  called = { poller: new Set(actionsOf('poller')), sink: new Set(actionsOf('sink')) };

  function actionsOf(program: string): string[] {
    const ofKafka = [...kafka.calls]
      .map((call) => call.split(' '))
      .filter(([client = '']) => programOfClient[client] === program)
      .flatMap(([, api = '']) => actionsOfApi[api]?.(program) ?? [`unknown API key ${api}`]);
    const ofAws = [...aws.calls]
      .filter((call) => call.startsWith(`${program} `))
      .map((call) => call.split(' ')[1] ?? '');
    return [...ofKafka, ...ofAws].sort();
  }
});

describe.each<['poller' | 'sink', string, readonly RightOfOthers[]]>([
  ['sink', 'BridgeSinkprices', rightsBesideSink],
  ['poller', 'BridgePollerTaskTaskRole', rightsBesidePoller],
])('the role of the %s', (program, role, others) => {
  const { template } = synthesize({}, { bridge: example });
  const granted = [...rightsOf(template, role).keys()].sort();

  it('may make every call that it was seen to make', () => {
    expect(called[program].size).toBeGreaterThan(5);
    expect([...called[program]].filter((action) => !granted.includes(action))).toEqual([]);
  });

  it('may do nothing else but what the table says others use, and the table says nothing else', () => {
    const rest = granted.filter((action) => !called[program].has(action));
    expect(rest).toEqual(others.map(({ action }) => action).sort());
  });
});
