import type { Bridge } from '../shared/bridge/bridge.ts';
import { BridgeError } from '../shared/errors/bridge-error.ts';
import { isExpress, transactionsOf } from './cluster-settings.ts';
import type { Environment } from './environment-settings.ts';
import { producedBySink } from './flow-topics.ts';

/**
 * Rules that need both the definition and the environment.
 *
 * @param givenSecrets orgs that a stack gives secrets for, besides those of the environment.
 * @throws BridgeError SKB_CONFIG_INVALID naming every problem with its path.
 */
export function checkDeployment(bridge: Bridge, environment: Environment, givenSecrets: readonly string[] = []): void {
  const problems: string[] = [];
  const { failureTopic } = environment.eventSource;
  const orgs = new Set(bridge.orgs.map((org) => org.name));
  for (const org of [...Object.keys(environment.secrets), ...givenSecrets]) {
    if (!orgs.has(org))
      problems.push(`environment ${environment.name}, secrets.${org}: the definition has no such org`);
  }
  for (const source of bridge.sources) {
    if (source.delivery === 'exactlyOnce' && transactionsOf(environment.cluster) === 'unavailable') {
      problems.push(
        `sources.${source.name}.delivery: must not be 'exactlyOnce' in environment ${environment.name}, whose cluster has no transactions`,
      );
    }
  }
  const { network } = environment;
  for (const sink of bridge.sinks) {
    if (network.kind === 'create' && network.egress === 'publicAddress' && producedBySink(sink).length > 0) {
      // https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html
      problems.push(
        `environment ${environment.name}, network.egress: must be 'nat', because functions get no public address and sinks.${sink.name} writes to ${producedBySink(sink).join(' and ')}`,
      );
    }
    // https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html
    if (sink.feeds.some(({ topic }) => topic === failureTopic)) {
      problems.push(
        `environment ${environment.name}, eventSource.failureTopic: must differ from sinks.${sink.name}.topic`,
      );
    }
    if (`${bridge.name}-${environment.name}-${sink.name}`.length > 64) {
      problems.push(
        `sinks.${sink.name}: makes a function name of more than 64 characters with the bridge and environment`,
      );
    }
    if (
      sink.deadLetters.bucket &&
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
      `${bridge.name}-${environment.name}-claims-111122223333-${environment.region ?? 'ap-southeast-1'}`.length > 63
    ) {
      problems.push(
        `sinks.${sink.name}.deadLetters.bucket: makes a bucket name of more than 63 characters with the bridge, environment, account and region`,
      );
    }
    if (sink.function.timeoutSeconds > environment.topics.retentionDays * 86_400) {
      problems.push(`sinks.${sink.name}.function.timeoutSeconds: must be below the retention of the topic`);
    }
  }
  if (problems.length === 0) return;
  throw new BridgeError('SKB_CONFIG_INVALID', `The deployment has problems:\n  ${problems.join('\n  ')}`, {
    context: { problems },
  });
}

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
