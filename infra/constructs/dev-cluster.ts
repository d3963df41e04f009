import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  CfnSecurityGroupEgress,
  CfnSecurityGroupIngress,
  type ISecurityGroup,
  type IVpc,
  SecurityGroup,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnCluster, CfnConfiguration } from 'aws-cdk-lib/aws-msk';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';

export interface DevClusterProps {
  readonly clusterName: string;
  readonly version: string;
  readonly vpc: IVpc;
  readonly subnets: SubnetSelection;
  readonly logRetention: RetentionDays;
  readonly encryptionKey?: IKey | undefined;
}

const iamPort = 9098;

/** The cheapest MSK cluster that makes sense: two small brokers, IAM only. For dev; it goes with the stack. */
export class DevCluster extends Construct {
  readonly clusterArn: string;
  /** `host:port,…`, known when the cluster is. */
  readonly brokers: string;
  readonly securityGroup: ISecurityGroup;

  constructor(scope: Construct, id: string, props: DevClusterProps) {
    super(scope, id);
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: props.vpc,
      description: 'MSK brokers of the bridge',
      allowAllOutbound: false,
    });
    this.securityGroup = securityGroup;
    // The event source mapping's network interfaces carry the cluster's own group:
    // https://docs.aws.amazon.com/lambda/latest/dg/with-msk-cluster-network.html
    new CfnSecurityGroupIngress(this, 'FromEventSources', {
      groupId: securityGroup.securityGroupId,
      sourceSecurityGroupId: securityGroup.securityGroupId,
      ipProtocol: 'tcp',
      fromPort: iamPort,
      toPort: iamPort,
      description: 'Event source mappings',
    });
    // They also leave by it, and the group lets nothing out by itself. The same page: in provisioned mode Lambda makes every
    // other connection itself, so 443 is not needed, and a rule that names the group itself is enough.
    new CfnSecurityGroupEgress(this, 'ToBrokers', {
      groupId: securityGroup.securityGroupId,
      destinationSecurityGroupId: securityGroup.securityGroupId,
      ipProtocol: 'tcp',
      fromPort: iamPort,
      toPort: iamPort,
      description: 'Event source mappings',
    });
    const configuration = new CfnConfiguration(this, 'Configuration', {
      name: props.clusterName,
      // Two replicas with the default of two in-sync ones would refuse writes whenever a broker restarts.
      serverProperties: [
        'auto.create.topics.enable=false',
        'default.replication.factor=2',
        'min.insync.replicas=1',
        'offsets.topic.replication.factor=2',
        'transaction.state.log.replication.factor=2',
        'transaction.state.log.min.isr=1',
      ].join('\n'),
    });
    const logs = new LogGroup(this, 'BrokerLogs', {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(props.encryptionKey === undefined ? {} : { encryptionKey: props.encryptionKey }),
    });
    const cluster = new CfnCluster(this, 'Cluster', {
      clusterName: props.clusterName,
      kafkaVersion: props.version,
      numberOfBrokerNodes: 2,
      brokerNodeGroupInfo: {
        instanceType: 'kafka.t3.small',
        clientSubnets: props.vpc.selectSubnets(props.subnets).subnetIds,
        securityGroups: [securityGroup.securityGroupId],
        storageInfo: { ebsStorageInfo: { volumeSize: 10 } },
      },
      clientAuthentication: { sasl: { iam: { enabled: true } }, unauthenticated: { enabled: false } },
      encryptionInfo: {
        encryptionInTransit: { clientBroker: 'TLS', inCluster: true },
        ...(props.encryptionKey === undefined
          ? {}
          : { encryptionAtRest: { dataVolumeKmsKeyId: props.encryptionKey.keyArn } }),
      },
      configurationInfo: { arn: configuration.attrArn, revision: configuration.attrLatestRevisionRevision },
      enhancedMonitoring: 'DEFAULT',
      loggingInfo: { brokerLogs: { cloudWatchLogs: { enabled: true, logGroup: logs.logGroupName } } },
    });
    cluster.applyRemovalPolicy(RemovalPolicy.DESTROY);
    this.clusterArn = cluster.attrArn;
    this.brokers = this.#lookUpBrokers(cluster.attrArn);
  }

  /** CloudFormation does not say where the brokers are, so a call at deploy asks for it. */
  #lookUpBrokers(clusterArn: string): string {
    const lookup = new AwsCustomResource(this, 'Brokers', {
      resourceType: 'Custom::KafkaBrokers',
      onUpdate: {
        service: 'Kafka',
        action: 'getBootstrapBrokers',
        parameters: { ClusterArn: clusterArn },
        physicalResourceId: PhysicalResourceId.of('brokers'),
        outputPaths: ['BootstrapBrokerStringSaslIam'],
      },
      policy: AwsCustomResourcePolicy.fromSdkCalls({ resources: [clusterArn] }),
      installLatestAwsSdk: false,
    });
    // The function behind AwsCustomResource is CDK's own and one per stack.
    const provider = Stack.of(this).node.findChild(
      `AWS${AwsCustomResource.PROVIDER_FUNCTION_UUID.replaceAll('-', '')}`,
    );
    const reason = "CDK's own function runs once per deploy to ask where the brokers are, in dev only.";
    acknowledge(provider, {
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]':
        reason,
      'Serverless-LambdaDLQ': reason,
      'Serverless-LambdaDefaultMemorySize': reason,
      'Serverless-LambdaTracing': reason,
    });
    return lookup.getResponseField('BootstrapBrokerStringSaslIam');
  }
}
