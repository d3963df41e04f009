import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { App, Stack } from 'aws-cdk-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stagePollerImage } from '../../../infra/constructs/poller-image.ts';
import localDefinition from '../../../infra/local-definition.ts';
import { programFile } from '../../../infra/program-file.ts';
import { type LocalAws, startLocalAws } from '../../../local/aws/start-local-aws.ts';
import { createTopics } from '../../../local/broker/create-topics.ts';
import { createRunCdk } from '../../../local/cloud/cdk.ts';
import { type StartedOrg, startOrg } from '../../../local/org/org.ts';
import { type ManagedProcess, startProcess } from '../../../local/processes/start-process.ts';
import { parseBridge } from '../../../shared/bridge/define-bridge.ts';
import { guardKafkajsTimer } from '../../../shared/kafka/kafkajs-timer-guard.ts';
import { goesOff, goingOn, type MetricLine, metricLines } from '../../infra/alarm-state.ts';
import type { Resource, TemplateJson } from '../../infra/rule.ts';
import { startTestBroker, type TestBroker, testCache } from '../local/local-broker.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const region = 'eu-central-1';
const account = '000000000000';
const stack = 'commerce-local';
const measuresEverySeconds = 30;
const limit = { timeout: 180_000, interval: 200 };

let folder = '';
/** The folder that the poller's image is built from. */
let image = '';
let broker: TestBroker;
let aws: LocalAws;
let org: StartedOrg;
let template: TemplateJson;
let poller: ManagedProcess;
const printed: string[] = [];

beforeAll(async () => {
  guardKafkajsTimer();
  folder = await mkdtemp(path.join(os.tmpdir(), 'first-deploy-'));
  const surroundings = { cache: testCache, environment: process.env, startProcess, region };
  [broker, org, aws] = await Promise.all([
    startTestBroker(),
    startOrg({ port: 0, controlPort: 0, seed: {} }),
    startLocalAws({ ...surroundings, runFolder: path.join(folder, 'aws') }),
  ]);
  const runCdk = createRunCdk({ aws, environment: process.env, runFolder: folder });
  await runCdk('bootstrap', ['bootstrap', `aws://${account}/${region}`]);
  const args = ['--all', '--require-approval', 'never', '--app', 'node infra/local-app.ts'];
  const settings = { brokers: broker.bootstrapServers, region, account, memoryMb: 512 };
  await runCdk('deploy', ['deploy', ...args, '--output', path.join(folder, 'cdk.out')], settings);
  template = JSON.parse(await readFile(path.join(folder, `cdk.out/${stack}.template.json`), 'utf8')) as TemplateJson;
  await createTopics(
    broker.bootstrapServers,
    parseBridge(localDefinition).sources.flatMap(({ topic, deadLetterTopic }) => [
      { topic, partitions: 1 },
      { topic: deadLetterTopic, partitions: 1 },
    ]),
  );
  poller = await startDeployedPoller();
});
afterAll(async () => {
  await poller.stop();
  await Promise.all([broker.stop(), org.close(), aws.stop()]);
  await rm(folder, { recursive: true, force: true });
});

/** The folder of the image as it is staged, run with the variables of the task that was deployed. */
async function startDeployedPoller(): Promise<ManagedProcess> {
  const scope = new Stack(new App({ outdir: path.join(folder, 'image') }), 'image');
  image = stagePollerImage(scope, programFile('infra/local-definition'), 'example/node:24');
  return startProcess({
    name: 'poller',
    command: process.execPath,
    args: ['--enable-source-maps', path.join(image, 'main.mjs')],
    env: {
      ...(await variablesOfTask()),
      ...aws.credentialsEnv,
      // The local broker has no login, and the volume of the task is not there.
      KAFKA_AUTH: 'none',
      HEALTH_FILE: path.join(folder, 'health.json'),
    },
    cwd: folder,
    logFile: path.join(folder, 'poller.log'),
    onStdoutLine: (line) => printed.push(line),
    onStderrLine: (line) => printed.push(line),
  });
}

/** As the local cloud filled them in. A local cloud checks no signature. */
async function variablesOfTask(): Promise<Record<string, string>> {
  const ask = async (call: string, input: object) => {
    const response = await fetch(aws.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AmazonEC2ContainerServiceV20141113.${call}`,
        authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/${region}/ecs/aws4_request, SignedHeaders=host, Signature=local`,
      },
      body: JSON.stringify(input),
    });
    return (await response.json()) as Record<string, never>;
  };
  const [taskDefinition] = (await ask('ListTaskDefinitions', {}))['taskDefinitionArns'] as unknown as string[];
  const { containerDefinitions } = (await ask('DescribeTaskDefinition', { taskDefinition }))[
    'taskDefinition'
  ] as unknown as { containerDefinitions: { environment: { name: string; value: string }[] }[] };
  const [container] = containerDefinitions;
  return Object.fromEntries((container?.environment ?? []).map(({ name, value }) => [name, value]));
}

/** What the container's health check says. */
async function health(): Promise<{ healthy: boolean; state: string }> {
  const file = path.join(folder, 'health.json');
  const check = path.join(image, 'health-check.mjs');
  const healthy = await promisify(execFile)(process.execPath, [check], { env: { HEALTH_FILE: file } }).then(
    () => true,
    () => false,
  );
  return { healthy, state: (JSON.parse(await readFile(file, 'utf8')) as { state: string }).state };
}

/** Names of the poller's alarms that go off when it goes on as it measured last. */
function alarmsAfter(seconds: number): string[] {
  const lines = goingOn(metricLines(printed), measuresEverySeconds, seconds);
  return pollerAlarms()
    .filter((alarm) => goesOff(alarm, lines, seconds * 1000))
    .map(({ Properties: { AlarmName: name } }) => String(name));
}

/**
 * Those on a single metric of the poller; the others stand for metric math, which a local cloud does not know, and are held
 * against what programs measure in test/infra/release-alarms.test.ts.
 */
function pollerAlarms(): Resource[] {
  return Object.values(template.Resources).filter(
    ({ Type: type, Properties: alarm }) =>
      type === 'AWS::CloudWatch::Alarm' &&
      String(alarm['AlarmName']).startsWith(`${stack}-poller-`) &&
      alarm['Dimensions'] !== undefined,
  );
}

const lastMeasured = (): MetricLine | undefined => metricLines(printed).at(-1);

describe('the first deploy', () => {
  it('succeeds while the secret has no value, and its poller is healthy and waits', async () => {
    await expect.poll(health, limit).toEqual({ healthy: true, state: 'waiting-for-credentials' });
    expect(printed.join('\n')).toMatch(/SKB_AUTH_REJECTED/);
  });

  it('alarms for the credentials within ten minutes, and for nothing else, so that nothing is rolled back', async () => {
    await expect.poll(() => lastMeasured()?.['WaitingForCredentials'], limit).toBe(1);
    expect(await health()).toMatchObject({ healthy: true });
    expect(pollerAlarms().length).toBeGreaterThan(10);
    expect(alarmsAfter(300)).toEqual([]);
    expect(alarmsAfter(600)).toEqual([`${stack}-poller-waiting-for-credentials`]);
    // The alarm that takes a version back looks at a share of the events, and there are none.
    expect(lastMeasured()).toMatchObject({ EventsReceived: 0, EventsDeadLettered: 0 });
  });

  it('ends with "bridge credentials put": the poller streams without a restart, and the alarm goes back', async () => {
    const environments = path.join(folder, 'environments.mjs');
    const local = { network: { kind: 'create' }, cluster: { kind: 'selfManaged', brokers: broker.bootstrapServers } };
    const settings = { ...local, cluster: { ...local.cluster, auth: { kind: 'none' } }, topics: { create: 'none' } };
    await writeFile(environments, `export const environments = ${JSON.stringify({ local: settings })};\n`);
    const { clientId: consumerKey, clientSecret: consumerSecret } = org.credentials;
    const put = promisify(execFile)(
      process.execPath,
      ['cli/main.mjs', 'credentials', 'put', '--env', 'local', '--environments', environments],
      { cwd: repository, env: { ...process.env, ...aws.credentialsEnv } },
    );
    put.child.stdin?.end(JSON.stringify({ consumerKey, consumerSecret, baseUri: org.instanceUrl }));
    expect((await put).stdout).toContain('commerce/main/local is filled');

    await expect.poll(health, limit).toEqual({ healthy: true, state: 'streaming' });
    await expect.poll(() => lastMeasured()?.['WaitingForCredentials'], limit).toBe(0);
    expect(alarmsAfter(600)).toEqual([]);
    expect(printed.join('\n')).not.toContain(consumerSecret);
  });
});
