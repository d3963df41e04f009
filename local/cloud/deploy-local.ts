import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Bridge } from '../../shared/bridge/bridge.ts';
import { login } from '../../shared/salesforce/auth/login.ts';
import { createTokenProvider } from '../../shared/salesforce/auth/token-provider.ts';
import { createRestClient } from '../../shared/salesforce/rest-client.ts';
import { buildKafkaEvent } from '../aws/build-kafka-event.ts';
import type { AwsAccess } from '../aws/start-local-aws.ts';
import { createTopics } from '../broker/create-topics.ts';
import type { Environment } from '../cache.ts';
import { startGround } from '../dev/ground.ts';
import { createOrgHands } from '../dev/org-hands.ts';
import { prepareOrg } from '../dev/prepare-org.ts';
import type { Progress } from '../dev/progress.ts';
import { readOwnThings } from '../dev/settings.ts';
import { createStopList } from '../dev/stop-list.ts';
import { auditKafka, readFromNow } from '../dev/topic-reader.ts';
import { sampleCatalogue, samplePriceUpdates } from '../sample/price-updates.ts';
import { createRunCdk, type LocalCloudSettings } from './cdk.ts';
import { countMessages } from './count-messages.ts';
import { invokeSink, type SinkCounts } from './invoke-sink.ts';
import { createLambdaClient } from './lambda-client.ts';
import { throughTheBroker } from './read-batch.ts';

export interface DeployLocalParts {
  readonly bridge: Bridge;
  readonly environment: Environment;
  readonly cache: string;
  readonly runFolder: string;
  readonly progress: Progress;
}

/** What happened, for the one line at the end. */
export interface DeployLocalResult {
  readonly resources: number;
  readonly records: number;
  readonly counts: SinkCounts;
  /** Rows in the org that carry a mark of these records. */
  readonly rows: number;
  /** Letters that the deployed sink stored on the broker. */
  readonly letters: number;
  /** Of the same records, sent to the sink's twin outside any network. */
  readonly queued: SinkCounts;
  /** Letters in the queue of the twin. */
  readonly queuedLetters: number;
  readonly updatedMemoryMb: number;
  readonly destroyed: boolean;
}

const account = '000000000000';
const memoryMb = 512;
const updatedMemoryMb = 640;
const recordCount = 200;
const malformed = { key: 'SKU-00001', value: 'not a price' };

/**
 * Deploys the very stacks of the bridge into a cloud on this machine, feeds the deployed sink a real event of the local broker
 * against the local org, updates, compares and destroys.
 *
 * @throws when a step fails, with where its log is.
 */
export async function deployLocal(parts: DeployLocalParts): Promise<DeployLocalResult> {
  const { bridge, environment, cache, runFolder, progress } = parts;
  const [sink, twin] = [
    bridge.sinks.find(({ deadLetters }) => deadLetters.kind === 'topic'),
    bridge.sinks.find(({ deadLetters }) => deadLetters.kind === 'queue'),
  ];
  const feed = sink?.feeds[0];
  if (sink === undefined || twin === undefined || feed === undefined) {
    throw new Error('The definition has no sinks to invoke');
  }
  await mkdir(runFolder, { recursive: true });
  // MiniStack unpacks functions below, with a CommonJS worker beside them; the checkout's package.json would make it a module.
  await writeFile(path.join(runFolder, 'package.json'), '{"type":"commonjs"}\n');
  const stops = createStopList();
  try {
    const ground = await startGround({
      own: readOwnThings(environment),
      orgNames: bridge.orgs.map(({ name }) => name),
      environment,
      cache,
      runFolder,
      progress,
      stops,
    });
    const cdk = createRunCdk({ aws: ground.aws, environment, runFolder });
    const lambda = createLambdaClient(ground.aws);
    const stack = `${bridge.name}-local`;
    const functionName = `${stack}-${sink.name}`;
    const settings: LocalCloudSettings = {
      brokers: ground.brokers.join(','),
      region: ground.aws.region,
      account,
      memoryMb,
    };
    const app = (folder: string) => ['--app', 'node infra/local-app.ts', '--output', path.join(runFolder, folder)];

    progress.say('Deploying …');
    await cdk('bootstrap', ['bootstrap', `aws://${account}/${ground.aws.region}`]);
    await cdk('deploy', ['deploy', '--all', '--require-approval', 'never', ...app('deployed')], settings);
    const resources = await countResources(path.join(runFolder, 'deployed', `${stack}.template.json`));

    progress.say('Invoking the deployed sink …');
    const org = createOrgHands(
      createRestClient({
        tokens: createTokenProvider({
          now: () => performance.now(),
          login: () => login('clientCredentials', ground.org.hands),
        }),
        apiVersion: '66.0',
        clientName: 'deploy-local',
      }),
    );
    await prepareOrg(org, sampleCatalogue());
    await createTopics(settings.brokers, [
      { topic: feed.topic, partitions: 2 },
      { topic: sink.deadLetterTopic, partitions: 1 },
    ]);
    await fillSecret(ground.aws, `${bridge.name}/${sink.org}/local`, ground.org.bridge);
    const letters = await readFromNow(auditKafka(ground.brokers), sink.deadLetterTopic);
    await stops.add('eventSources', () => letters.stop());
    const sent = [...samplePriceUpdates('deploy-local').slice(0, recordCount - 1), malformed];
    const records = await throughTheBroker(ground.brokers, feed.topic, sent);
    const event = buildKafkaEvent(records, {
      bootstrapServers: settings.brokers,
      eventSourceArn: clusterArn(settings),
    });
    const invoking = { aws: ground.aws, lambda, stack };
    const counts = await invokeSink(sink, event, invoking);
    const rows = await org.query("SELECT ErpKey__c FROM PricebookEntry WHERE ErpChangeId__c LIKE 'deploy-local-%'");
    await waitFor(() => letters.records.length >= counts.deadLettered, 'the dead letters');
    if ((await lambda.configuration(`${stack}-${twin.name}`, 'live')).subnets > 0) {
      throw new Error(`The sink ${twin.name} sits in a network, which it has no use for`);
    }
    const queued = await invokeSink(twin, event, invoking);
    const queuedLetters = await countMessages(ground.aws, `${stack}-${twin.name}-dead-letters`);

    progress.say('Updating …');
    const updated = { ...settings, memoryMb: updatedMemoryMb };
    await cdk('update', ['deploy', '--all', '--require-approval', 'never', ...app('updated')], updated);
    const updatedMemory = (await lambda.configuration(functionName, 'live')).memoryMb;
    // Fails when what is deployed is not what the code says.
    await cdk('diff', ['diff', '--fail', ...app('compared')], updated);

    progress.say('Destroying …');
    // As it was deployed: nothing of it would be different if it were made once more.
    await cdk('destroy', ['destroy', '--all', '--force', '--app', path.join(runFolder, 'compared')], updated);
    return {
      resources,
      records: records.length,
      rows: rows.length,
      counts,
      letters: letters.records.length,
      queued,
      queuedLetters,
      updatedMemoryMb: updatedMemory,
      destroyed: !(await lambda.exists(functionName)),
    };
  } finally {
    await stops.stopAll();
  }
}

function clusterArn({ region, account: owner }: LocalCloudSettings): string {
  return `arn:aws:kafka:${region}:${owner}:cluster/local/11111111-2222-3333-4444-555555555555-1`;
}

async function waitFor(done: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!done()) {
    if (performance.now() > deadline) throw new Error(`Waited in vain for ${what}`);
    await delay(100);
  }
}

async function countResources(templateFile: string): Promise<number> {
  const { Resources } = JSON.parse(await readFile(templateFile, 'utf8')) as { Resources: object };
  return Object.keys(Resources).length;
}

async function fillSecret(aws: AwsAccess, name: string, credentials: object): Promise<void> {
  const client = new SecretsManagerClient({
    endpoint: aws.endpoint,
    region: aws.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  try {
    await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: JSON.stringify(credentials) }));
  } finally {
    client.destroy();
  }
}
