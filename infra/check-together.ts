import type { Problem } from '../shared/bridge/problems.ts';
import { judge } from '../shared/bridge/readable.ts';
import { isExpress } from './cluster-settings.ts';
import type { EnvironmentSettings } from './environment-settings.ts';

// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
const taskMemoryMb: Readonly<Record<EnvironmentSettings['poller']['cpu'], readonly number[]>> = {
  256: [512, 1024, 2048],
  512: [1024, 2048, 3072, 4096],
  1024: [2048, 3072, 4096, 5120, 6144, 7168, 8192],
};

type Check = (settings: EnvironmentSettings) => readonly Problem[];

/**
 * Rules between settings of one environment, which no single setting can break.
 *
 * @param settings what can be read of them; a rule that needs more finds nothing.
 */
export function checkTogether(name: string, settings: EnvironmentSettings): Problem[] {
  const checks: readonly Check[] = [
    checkPlace,
    checkRegions,
    checkZones,
    checkZonesInRegion,
    (each) => checkCreatedCluster(name, each),
    checkCreatedNetwork,
    checkDeclaredTopics,
    checkReplicas,
    checkFailureTopic,
    checkPollers,
    checkTaskSize,
  ];
  return judge(checks.map((check) => () => check(settings)));
}

function problem(path: string, rule: string): Problem[] {
  return [{ path, rule }];
}

function checkPlace({ account, region }: EnvironmentSettings): Problem[] {
  if ((account === undefined) === (region === undefined)) return [];
  const missing = account === undefined ? 'account' : 'region';
  return problem(missing, 'account and region are given together or not at all');
}

/**
 * Lambda, CloudWatch and Secrets Manager reach what is in their own region only; of secrets for event sources:
 * https://docs.aws.amazon.com/lambda/latest/dg/with-kafka-configure.html
 */
function checkRegions(settings: EnvironmentSettings): Problem[] {
  const { region } = settings;
  if (region === undefined) return [];
  const elsewhere = ({ path, arn }: Arn) =>
    !path.startsWith('tags.') && ![region, ''].includes(arn.split(':')[3] ?? '');
  return arnsIn(settings)
    .filter(elsewhere)
    .flatMap(({ path }) => problem(path, `must be in the region of the environment, ${region}`));
}

interface Arn {
  readonly path: string;
  readonly arn: string;
}

/** Every ARN in what can be read of some settings. */
function arnsIn(settings: unknown, path = ''): Arn[] {
  if (typeof settings === 'string') return settings.startsWith('arn:') ? [{ path, arn: settings }] : [];
  if (typeof settings !== 'object' || settings === null) return [];
  const parts = settings as Readonly<Record<string, unknown>>;
  const within = (key: string) => arnsIn(parts[key], path === '' ? key : `${path}.${key}`);
  return judge(Object.keys(parts).map((key) => () => within(key)));
}

function checkZonesInRegion({ network, region }: EnvironmentSettings): Problem[] {
  if (network.kind !== 'existing' || region === undefined) return [];
  return [...network.availabilityZones.entries()]
    .filter(([, zone]) => !zone.startsWith(region))
    .flatMap(([index]) => problem(`network.availabilityZones.${index}`, `must be a zone of the region, ${region}`));
}

function checkZones({ network }: EnvironmentSettings): Problem[] {
  if (network.kind !== 'existing' || network.subnetIds.length === network.availabilityZones.length) return [];
  return problem('network.availabilityZones', 'must name one zone for each of network.subnetIds, in the same order');
}

function checkCreatedCluster(name: string, { cluster }: EnvironmentSettings): Problem[] {
  if (cluster.kind !== 'create' || name === 'dev') return [];
  return problem('cluster.kind', "'create' is for dev only; name the cluster that holds your data");
}

function checkCreatedNetwork({ cluster, network }: EnvironmentSettings): Problem[] {
  if (cluster.kind !== 'create' || network.kind === 'create') return [];
  return problem('cluster.kind', "a cluster is created only in a created network (network.kind: 'create')");
}

function checkDeclaredTopics({ cluster, topics }: EnvironmentSettings): Problem[] {
  if (topics.create === 'none' || cluster.kind === 'create' || cluster.kind === 'msk') return [];
  // https://docs.aws.amazon.com/msk/latest/developerguide/msk-topic-operations-information.html
  return problem('topics.create', `must be 'none', because topics of a ${cluster.kind} cluster cannot be declared`);
}

function checkReplicas({ cluster, topics }: EnvironmentSettings): Problem[] {
  if (topics.create === 'none' || !isExpress(cluster) || topics.replicationFactor === 3) return [];
  // https://docs.aws.amazon.com/msk/latest/developerguide/msk-configuration-express-read-only.html
  return problem('topics.replicationFactor', 'must be 3, which Express brokers have for every topic');
}

function checkFailureTopic({ cluster, eventSource }: EnvironmentSettings): Problem[] {
  if (cluster.kind !== 'selfManaged' || eventSource.failureTopic === undefined) return [];
  return problem('eventSource.failureTopic', 'is for MSK clusters');
}

function checkPollers({ eventSource }: EnvironmentSettings): Problem[] {
  if (eventSource.minimumPollers <= eventSource.maximumPollers) return [];
  return problem('eventSource.minimumPollers', 'must not be above maximumPollers');
}

function checkTaskSize({ poller: { cpu, memoryMb } }: EnvironmentSettings): Problem[] {
  if (taskMemoryMb[cpu].includes(memoryMb)) return [];
  const sizes = taskMemoryMb[cpu].join(', ');
  return problem('poller.memoryMb', `must be one of ${sizes}, which Fargate has with a cpu of ${cpu}`);
}
