import { isExpress } from './cluster-settings.ts';
import type { EnvironmentSettings } from './environment-settings.ts';

// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
const taskMemoryMb: Readonly<Record<EnvironmentSettings['poller']['cpu'], readonly number[]>> = {
  256: [512, 1024, 2048],
  512: [1024, 2048, 3072, 4096],
  1024: [2048, 3072, 4096, 5120, 6144, 7168, 8192],
};

/**
 * Rules between settings of one environment, which no single setting can break.
 *
 * @param settings those that are well-formed; a rule holds where one of its settings is not there.
 * @returns the broken ones, as `<path>: <rule>`.
 */
export function checkTogether(name: string, settings: Partial<EnvironmentSettings>): string[] {
  return [
    ...placeProblems(settings),
    ...networkProblems(settings),
    ...clusterProblems(name, settings),
    ...pollerProblems(settings),
  ];
}

function placeProblems(settings: Partial<EnvironmentSettings>): string[] {
  const { account, region, cluster } = settings;
  const problems: string[] = [];
  if ('account' in settings && 'region' in settings && (account === undefined) !== (region === undefined)) {
    const missing = account === undefined ? 'account' : 'region';
    problems.push(`${missing}: account and region are given together or not at all`);
  }
  if (cluster !== undefined && 'arn' in cluster && region !== undefined && region !== cluster.arn.split(':')[3]) {
    problems.push(`cluster.arn: must be in the region of the environment, ${region}`);
  }
  return problems;
}

function clusterProblems(
  name: string,
  { cluster, network, topics, eventSource }: Partial<EnvironmentSettings>,
): string[] {
  if (cluster === undefined) return [];
  const problems: string[] = [];
  if (cluster.kind === 'create' && name !== 'dev') {
    problems.push("cluster.kind: 'create' is for dev only; name the cluster that holds your data");
  }
  if (cluster.kind === 'create' && network !== undefined && network.kind !== 'create') {
    problems.push("cluster.kind: a cluster is created only in a created network (network.kind: 'create')");
  }
  const declared = topics !== undefined && topics.create !== 'none';
  if (declared && cluster.kind !== 'create' && cluster.kind !== 'msk') {
    // https://docs.aws.amazon.com/msk/latest/developerguide/msk-topic-operations-information.html
    problems.push(`topics.create: must be 'none', because topics of a ${cluster.kind} cluster cannot be declared`);
  }
  if (declared && isExpress(cluster) && topics.replicationFactor !== 3) {
    // https://docs.aws.amazon.com/msk/latest/developerguide/msk-configuration-express-read-only.html
    problems.push('topics.replicationFactor: must be 3, which Express brokers have for every topic');
  }
  if (cluster.kind === 'selfManaged' && eventSource?.failureTopic !== undefined) {
    problems.push('eventSource.failureTopic: is for MSK clusters');
  }
  return problems;
}

function networkProblems({ network }: Partial<EnvironmentSettings>): string[] {
  if (network?.kind !== 'existing' || network.subnetIds.length === network.availabilityZones.length) return [];
  return ['network.availabilityZones: must name one zone for each of network.subnetIds, in the same order'];
}

function pollerProblems({ poller }: Partial<EnvironmentSettings>): string[] {
  if (poller === undefined || taskMemoryMb[poller.cpu].includes(poller.memoryMb)) return [];
  const sizes = taskMemoryMb[poller.cpu].join(', ');
  return [`poller.memoryMb: must be one of ${sizes}, which Fargate has with a cpu of ${poller.cpu}`];
}
