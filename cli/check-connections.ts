import { transactionsOf } from '../infra/cluster-settings.ts';
import { producedBySink, transactionalIdsOf } from '../infra/flow-topics.ts';
import { secretName } from '../infra/names.ts';
import type { Deployment } from '../infra/read-deployment.ts';
import type { Bridge, Org } from '../shared/bridge/bridge.ts';
import { topicsOfSource } from '../shared/bridge/topics-of-source.ts';
import { transactionalIdPrefix } from '../shared/bridge/transactional-id.ts';
import type { KafkaSurvey } from '../shared/kafka/kafkajs-survey.ts';

/** What a deployment talks to, with the logins that its settings name. */
export interface Connections {
  /** @throws BridgeError when the login's secret cannot be used. */
  kafka(): Promise<KafkaSurvey>;
  /** Logs in to an org once. @throws BridgeError when its secret has no usable value, or Salesforce refuses it. */
  logIn(org: Org, secretId: string): Promise<void>;
}

/** Tries every connection of a deployment. Answers what is wrong, each with its place; nothing is changed anywhere. */
export async function checkConnections(deployment: Deployment, connections: Connections): Promise<string[]> {
  const problems = await Promise.all([checkKafka(deployment, connections), checkOrgs(deployment, connections)]);
  return problems.flat();
}

async function checkOrgs({ bridge, environment }: Deployment, connections: Connections): Promise<string[]> {
  const problems = await Promise.all(
    bridge.orgs.map((org) => {
      const secretId = environment.secrets[org.name] ?? secretName(bridge.name, org.name, environment.name);
      return problemOf(`orgs.${org.name}`, connections.logIn(org, secretId));
    }),
  );
  return problems.flat();
}

async function checkKafka({ bridge, environment }: Deployment, connections: Connections): Promise<string[]> {
  const place = `environment ${environment.name}, cluster`;
  let survey: KafkaSurvey;
  let topics: ReadonlySet<string>;
  try {
    survey = await connections.kafka();
    topics = await survey.topics();
  } catch (error) {
    return [`${place}: ${messageOf(error)}`];
  }
  const missing = topicsByPath(bridge, environment.eventSource.failureTopic).filter(({ topic }) => !topics.has(topic));
  const prefix = transactionalIdPrefix(bridge.name, environment.name);
  const transactionalIds = transactionalIdsOf(bridge, prefix, transactionsOf(environment.cluster));
  const refused = await Promise.all(
    transactionalIds.map((id) => problemOf(`${place}, transactions of ${id}`, survey.findTransactions(id))),
  );
  return [
    ...missing.map(({ path, topic }) => `${path}: there is no topic ${topic}, or this login may not see it`),
    ...refused.flat(),
  ];
}

/** Every topic of a deployment, with the setting that names it. */
function topicsByPath(bridge: Bridge, failureTopic: string | undefined): { path: string; topic: string }[] {
  const named = (path: string, topics: readonly string[]) => topics.map((topic) => ({ path, topic }));
  return [
    ...bridge.sources.flatMap((source) => [
      ...named(`sources.${source.name}.topic`, topicsOfSource(source)),
      ...named(`sources.${source.name}.deadLetterTopic`, [source.deadLetterTopic]),
    ]),
    ...bridge.sinks.flatMap((sink) => [
      ...named(
        `sinks.${sink.name}.topic`,
        sink.feeds.map(({ topic }) => topic),
      ),
      ...named(`sinks.${sink.name}, what it writes`, producedBySink(sink)),
    ]),
    ...named('eventSource.failureTopic', failureTopic === undefined ? [] : [failureTopic]),
  ];
}

async function problemOf(place: string, attempt: Promise<unknown>): Promise<string[]> {
  return attempt.then(
    () => [],
    (error: unknown) => [`${place}: ${messageOf(error)}`],
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
