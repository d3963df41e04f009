import { CfnSecurityGroupIngress } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Bridge } from '../../shared/bridge/bridge.ts';
import { authOf, isExpress, portsOf, transactionsOf } from '../cluster-settings.ts';
import type { Environment } from '../environment-settings.ts';
import { topicsOf } from '../flow-topics.ts';
import { DevCluster } from './dev-cluster.ts';
import { KafkaAccess } from './kafka-access.ts';
import { KafkaTopics } from './kafka-topics.ts';
import type { Network } from './network.ts';

export interface ConnectKafkaProps {
  readonly bridge: Bridge;
  readonly environment: Environment;
  /** `<bridge>-<environment>`, the name of a cluster that is made. */
  readonly deployment: string;
  readonly network: Network | undefined;
  readonly encryptionKey: IKey | undefined;
}

/** The cluster of an environment, with its topics, open to the programs. */
export function connectKafka(scope: Construct, props: ConnectKafkaProps): KafkaAccess {
  const { cluster } = props.environment;
  const auth = authOf(cluster);
  const transactions = transactionsOf(cluster);
  if (cluster.kind === 'selfManaged') {
    admit(scope, props, cluster.securityGroupId);
    return new KafkaAccess({ brokers: cluster.brokers, auth, caSecretArn: cluster.caSecretArn, transactions });
  }
  const made = cluster.kind === 'create' ? make(scope, props) : undefined;
  const {
    arn: clusterArn,
    brokers,
    securityGroupId,
  } = made ?? (cluster as Exclude<typeof cluster, { kind: 'create' }>);
  admit(scope, props, securityGroupId);
  const topics = declareTopics(scope, props, clusterArn);
  const madeHere = [made?.construct, topics].filter((each) => each !== undefined);
  return new KafkaAccess({ clusterArn, brokers, auth, transactions, madeHere });
}

function make(scope: Construct, { environment, deployment, network, encryptionKey }: ConnectKafkaProps) {
  const { cluster, logRetentionDays } = environment;
  if (cluster.kind !== 'create' || network === undefined) throw new Error('A cluster is made in a network only');
  const made = new DevCluster(scope, 'Cluster', {
    clusterName: deployment,
    version: cluster.version,
    vpc: network.vpc,
    subnets: network.clusterSubnets,
    logRetention: logRetentionDays,
    encryptionKey,
  });
  const { clusterArn: arn, brokers, securityGroup } = made;
  return { construct: made, arn, brokers, securityGroupId: securityGroup.securityGroupId };
}

function declareTopics(
  scope: Construct,
  { bridge, environment: { cluster, topics, eventSource, protect } }: ConnectKafkaProps,
  clusterArn: string,
): KafkaTopics | undefined {
  if (topics.create === 'none') return undefined;
  return new KafkaTopics(scope, 'Topics', {
    ...topics,
    clusterArn,
    brokerType: isExpress(cluster) ? 'express' : 'standard',
    topics: topicsOf(bridge, eventSource.failureTopic).filter(({ use }) => topics.create === 'all' || use !== 'sink'),
    protect,
  });
}

/** Opens the brokers' security group to the programs. */
function admit(scope: Construct, { environment, network }: ConnectKafkaProps, groupId: string | undefined): void {
  if (groupId === undefined || network === undefined || !network.ownsSecurityGroup) return;
  for (const port of portsOf(environment.cluster)) {
    for (const { securityGroupId } of network.securityGroups) {
      new CfnSecurityGroupIngress(scope, `ProgramsToKafka${port}`, {
        groupId,
        sourceSecurityGroupId: securityGroupId,
        ipProtocol: 'tcp',
        fromPort: port,
        toPort: port,
        description: 'Poller and sinks of the bridge',
      });
    }
  }
}
