import { Fn } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IDependable } from 'constructs';
import type { PollerVariables } from '../../functions/poller/config.ts';
import type { KafkaTransactions } from '../../shared/bridge/delivery.ts';
import { type KafkaAuth, loginVariables } from '../cluster-settings.ts';

export interface KafkaAccessProps {
  /** Absent: brokers that are not MSK. */
  readonly clusterArn?: string | undefined;
  /** `host:port,…` */
  readonly brokers: string;
  readonly auth: KafkaAuth;
  /** The CA of self-managed brokers. */
  readonly caSecretArn?: string | undefined;
  readonly transactions: KafkaTransactions;
  /** What is made here and must be there before somebody reads: the cluster's rules, the topics. */
  readonly madeHere?: readonly IDependable[];
}

/**
 * A Kafka cluster as programs and event sources see it. CDK's event sources grant nothing on Kafka's data plane, so every
 * `kafka-cluster` right is written here, per topic and group:
 * https://docs.aws.amazon.com/msk/latest/developerguide/iam-access-control.html
 */
export class KafkaAccess {
  readonly clusterArn: string | undefined;
  readonly brokers: string;
  readonly auth: KafkaAuth;
  readonly caSecretArn: string | undefined;
  /** Where there are none, the poller delivers at least once. */
  readonly transactions: KafkaTransactions;
  readonly madeHere: readonly IDependable[];

  constructor({ clusterArn, brokers, auth, caSecretArn, transactions, madeHere = [] }: KafkaAccessProps) {
    this.clusterArn = clusterArn;
    this.brokers = brokers;
    this.auth = auth;
    this.caSecretArn = caSecretArn;
    this.transactions = transactions;
    this.madeHere = madeHere;
  }

  /** What a program needs in its environment to connect. */
  environment() {
    return {
      KAFKA_BROKERS: this.brokers,
      ...loginVariables(this.auth, this.caSecretArn),
      ...(this.transactions === 'available' ? {} : { KAFKA_TRANSACTIONS: this.transactions }),
    } satisfies Partial<PollerVariables> & ReturnType<typeof loginVariables>;
  }

  /** Lets a program publish to these topics with an idempotent producer. */
  grantProduce(grantee: IGrantable, topics: readonly string[]): void {
    this.grantLogin(grantee);
    if (topics.length === 0) return;
    // WriteDataIdempotently is evaluated on the cluster; on a topic it would never match.
    this.#grant(grantee, ['Connect', 'DescribeCluster', 'WriteDataIdempotently'], [this.clusterArn]);
    this.#grant(
      grantee,
      ['DescribeTopic', 'WriteData'],
      topics.map((topic) => this.#arn('topic', topic)),
    );
  }

  /** Lets a program publish in transactions under these IDs. */
  grantTransactions(grantee: IGrantable, transactionalIds: readonly string[]): void {
    if (transactionalIds.length === 0) return;
    this.#grant(
      grantee,
      ['DescribeTransactionalId', 'AlterTransactionalId'],
      transactionalIds.map((id) => this.#arn('transactional-id', id)),
    );
  }

  /** Lets a program look up in its topics what a former owner of a channel has published. */
  grantLookBack(grantee: IGrantable, topics: readonly string[]): void {
    if (topics.length === 0) return;
    this.#grant(
      grantee,
      ['ReadData'],
      topics.map((topic) => this.#arn('topic', topic)),
    );
  }

  /** Lets an event source read a topic as a consumer group. */
  grantConsume(grantee: IGrantable, topic: string, group: string): void {
    this.grantLogin(grantee);
    this.#grant(grantee, ['Connect', 'DescribeCluster'], [this.clusterArn]);
    this.#grant(grantee, ['DescribeTopic', 'ReadData'], [this.#arn('topic', topic)]);
    this.#grant(grantee, ['AlterGroup', 'DescribeGroup'], [this.#arn('group', group)]);
  }

  /** Lets an event source report to a topic; Lambda also reads from it: see kafka-on-failure-destination.html. */
  grantFailureTopic(grantee: IGrantable, topic: string): void {
    this.#grant(grantee, ['DescribeTopic', 'WriteData', 'ReadData'], [this.#arn('topic', topic)]);
  }

  /** Lets a program read the secrets that SCRAM and TLS log in with. */
  grantLogin(grantee: IGrantable): void {
    const resources = [
      ...('secretArn' in this.auth ? [this.auth.secretArn] : []),
      ...(this.caSecretArn === undefined ? [] : [this.caSecretArn]),
    ];
    if (resources.length === 0) return;
    add(grantee, ['secretsmanager:GetSecretValue'], resources);
    if ('keyArn' in this.auth && this.auth.keyArn !== undefined) add(grantee, ['kms:Decrypt'], [this.auth.keyArn]);
  }

  #grant(grantee: IGrantable, actions: readonly string[], resources: readonly (string | undefined)[]): void {
    // SCRAM and TLS users are authorised by Kafka's own ACLs.
    if (this.auth.kind !== 'iam') return;
    add(
      grantee,
      actions.map((action) => `kafka-cluster:${action}`),
      resources.filter((each) => each !== undefined),
    );
  }

  /** `…:cluster/<name>/<uuid>` becomes `…:topic/<name>/<uuid>/<topic>`; works on an ARN that deploy fills in, too. */
  #arn(resource: 'topic' | 'group' | 'transactional-id', name: string): string | undefined {
    if (this.clusterArn === undefined) return undefined;
    return `${Fn.join(`:${resource}/`, Fn.split(':cluster/', this.clusterArn, 2))}/${name}`;
  }
}

function add(grantee: IGrantable, actions: string[], resources: string[]): void {
  grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources }));
}
