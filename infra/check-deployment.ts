import type { Bridge, Sink, Source } from '../shared/bridge/bridge.ts';
import { BridgeError } from '../shared/errors/bridge-error.ts';
import { isExpress, transactionsOf } from './cluster-settings.ts';
import type { Environment } from './environment-settings.ts';
import { producedBySink } from './flow-topics.ts';
import { claimBucketName, deploymentName, feedSubject, functionName, otherSubjects } from './names.ts';
import type { Deployment } from './read-deployment.ts';

/**
 * Rules that need both the definition and the environment.
 *
 * @param givenSecrets orgs that a stack gives secrets for, besides those of the environment.
 * @throws BridgeError SKB_CONFIG_INVALID naming every problem with its path.
 */
export function checkDeployment(bridge: Bridge, environment: Environment, givenSecrets: readonly string[] = []): void {
  const deployment = { bridge, environment };
  const problems = [
    ...checkSecrets(deployment, givenSecrets),
    ...checkSubjects(bridge),
    ...bridge.sources.flatMap((source) => checkDelivery(deployment, source)),
    ...bridge.sinks.flatMap((sink) => [
      ...checkWayOut(deployment, sink),
      ...checkTopics(deployment, sink),
      ...checkNames(deployment, sink),
    ]),
  ];
  if (problems.length === 0) return;
  throw new BridgeError('SKB_CONFIG_INVALID', `The deployment has problems:\n  ${problems.join('\n  ')}`, {
    context: { problems },
  });
}

function checkSecrets({ bridge, environment }: Deployment, givenSecrets: readonly string[]): string[] {
  const orgs = bridge.orgs.map((org) => org.name);
  return [...Object.keys(environment.secrets), ...givenSecrets]
    .filter((org) => !orgs.includes(org))
    .map((org) => `environment ${environment.name}, secrets.${org}: the definition has no such org`);
}

function checkDelivery({ environment }: Deployment, source: Source): string[] {
  if (source.delivery !== 'exactlyOnce' || transactionsOf(environment.cluster) === 'available') return [];
  return [
    `sources.${source.name}.delivery: must not be 'exactlyOnce' in environment ${environment.name}, whose cluster has no transactions`,
  ];
}

function checkWayOut({ environment: { name, network } }: Deployment, sink: Sink): string[] {
  const produced = producedBySink(sink);
  if (network.kind !== 'create' || network.egress !== 'publicAddress' || produced.length === 0) return [];
  // https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html
  return [
    `environment ${name}, network.egress: must be 'nat', because functions get no public address and sinks.${sink.name} writes to ${produced.join(' and ')}`,
  ];
}

function checkTopics({ environment }: Deployment, sink: Sink): string[] {
  const topics = sink.feeds.map(({ topic }) => topic);
  const { failureTopic } = environment.eventSource;
  return [
    // https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
    ...topics
      .filter((topic) => topic.length < 2 || topic.startsWith('.'))
      .map(
        (topic) =>
          `sinks.${sink.name}.topic: Lambda reads no topic ${topic}; it wants two characters, and no dot first`,
      ),
    // https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html
    ...topics
      .filter((topic) => topic === failureTopic)
      .map(
        () => `environment ${environment.name}, eventSource.failureTopic: must differ from sinks.${sink.name}.topic`,
      ),
  ];
}

/** Names that are made of those of bridge, environment and sink. */
function checkNames({ bridge, environment: { name, region } }: Deployment, sink: Sink): string[] {
  const prefix = deploymentName(bridge.name, name);
  const bucket = claimBucketName(prefix, '111122223333', region ?? 'ap-southeast-1');
  const path = `sinks.${sink.name}`;
  return [
    ...(functionName(prefix, sink.name).length > 64
      ? [`${path}: makes a function name of more than 64 characters with the bridge and environment`]
      : []),
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    ...(sink.deadLetters.bucket && bucket.length > 63
      ? [
          `${path}.deadLetters.bucket: makes a bucket name of more than 63 characters with the bridge, environment, account and region`,
        ]
      : []),
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    ...subjectsOf(sink)
      .filter((subject) => `${prefix}-${subject}-${longestAlarm}`.length > 255)
      .map(
        (subject) =>
          `${path}.topics: makes alarm names of more than 255 characters with the bridge and environment: ${subject}`,
      ),
  ];
}

/** Alarms are named by what they are about, so two things must not have one name. */
function checkSubjects(bridge: Bridge): string[] {
  const taken = new Map<string, string>(otherSubjects.map((subject) => [subject, `the ${subject}`]));
  return bridge.sinks.flatMap((sink) =>
    subjectsOf(sink).flatMap((subject) => {
      const other = taken.get(subject);
      taken.set(subject, `sinks.${sink.name}`);
      return other === undefined || other === `sinks.${sink.name}`
        ? []
        : [`sinks.${sink.name}: its alarms would be named like those of ${other}: ${subject}`];
    }),
  );
}

function subjectsOf({ name, feeds }: Sink): string[] {
  return [...new Set([name, ...feeds.map(({ topic }) => feedSubject(name, topic, feeds.length))])];
}

const longestAlarm = 'polling-errors';

/** What somebody should know before a deploy that is no mistake. */
export function notesOn(bridge: Bridge, { cluster, topics }: Environment): string[] {
  if (bridge.sources.length === 0) return [];
  const notes: string[] = [];
  if (transactionsOf(cluster) === 'unavailable') {
    notes.push('The cluster has no transactions: after a crash some records may appear twice (delivery atLeastOnce).');
  }
  if (isExpress(cluster) && topics.create === 'none') {
    // https://docs.aws.amazon.com/msk/latest/developerguide/msk-configuration-express-read-write.html
    notes.push(
      "Express brokers refuse records that are more than a day old, and events wait for up to three days after an outage: set message.timestamp.before.max.ms of the sources' topics to 9223372036854775807.",
    );
  }
  return notes;
}
