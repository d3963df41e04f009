import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { CfnEventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { KafkaAccess } from './kafka-access.ts';

export interface SinkEventSourceProps {
  /** An alias, so that a version can be taken back. */
  readonly function: IFunction;
  readonly kafka: KafkaAccess;
  readonly topic: string;
  readonly consumerGroup: string;
  readonly batchSize: number;
  readonly windowSeconds: number;
  readonly minimumPollers: number;
  readonly maximumPollers: number;
  /** Mappings of one group in one VPC share what they are billed for. */
  readonly pollerGroup: string;
  readonly maxRecordAgeSeconds: number;
  /** ARN of a queue, or `kafka://<topic>`. */
  readonly failureDestination: string;
  /** Where self-managed brokers are; MSK's network is known to Lambda. */
  readonly network?:
    | { readonly vpc: IVpc; readonly subnets: SubnetSelection; readonly securityGroups: readonly ISecurityGroup[] }
    | undefined;
}

/**
 * Feeds one sink from its topic. The L1 resource, because CDK's ManagedKafkaEventSource knows no mutual TLS, adds a managed
 * policy, and lets failure settings pass without the provisioned mode that they need:
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
 */
export class SinkEventSource extends Construct {
  readonly mapping: CfnEventSourceMapping;

  constructor(scope: Construct, id: string, props: SinkEventSourceProps) {
    super(scope, id);
    const { kafka } = props;
    const group = { consumerGroupId: props.consumerGroup };
    this.mapping = new CfnEventSourceMapping(this, 'Mapping', {
      functionName: props.function.functionArn,
      ...(kafka.clusterArn === undefined
        ? {
            selfManagedEventSource: { endpoints: { kafkaBootstrapServers: kafka.brokers.split(',') } },
            selfManagedKafkaEventSourceConfig: group,
          }
        : { eventSourceArn: kafka.clusterArn, amazonManagedKafkaEventSourceConfig: group }),
      ...this.#access(props),
      topics: [props.topic],
      // LATEST may miss records while the mapping starts. A group that has offsets goes on from them.
      startingPosition: 'TRIM_HORIZON',
      batchSize: props.batchSize,
      maximumBatchingWindowInSeconds: props.windowSeconds,
      // Everything from here on works in provisioned mode only.
      provisionedPollerConfig: {
        minimumPollers: props.minimumPollers,
        maximumPollers: props.maximumPollers,
        pollerGroupName: props.pollerGroup,
      },
      functionResponseTypes: ['ReportBatchItemFailures'],
      // Explicit, because Lambda turns "without end" into 10 as soon as there is a destination. An outage of Salesforce is
      // waited out; the sink itself decides what a bad record is.
      maximumRetryAttempts: 10_000,
      maximumRecordAgeInSeconds: props.maxRecordAgeSeconds,
      // Halving batches helps against one bad record, which the sink finds by itself, and harms in an outage.
      bisectBatchOnFunctionError: false,
      destinationConfig: { onFailure: { destination: props.failureDestination } },
      metricsConfig: { metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'] },
      loggingConfig: { systemLogLevel: 'INFO' },
    });
  }

  /** https://docs.aws.amazon.com/lambda/latest/dg/msk-cluster-auth.html: without an entry, MSK uses IAM. */
  #access({ kafka, network }: SinkEventSourceProps) {
    const entries: CfnEventSourceMapping.SourceAccessConfigurationProperty[] = [];
    if (kafka.auth.kind === 'scram') entries.push({ type: 'SASL_SCRAM_512_AUTH', uri: kafka.auth.secretArn });
    if (kafka.auth.kind === 'tls') entries.push({ type: 'CLIENT_CERTIFICATE_TLS_AUTH', uri: kafka.auth.secretArn });
    if (kafka.caSecretArn !== undefined) entries.push({ type: 'SERVER_ROOT_CA_CERTIFICATE', uri: kafka.caSecretArn });
    // In provisioned mode it needs no endpoints of AWS services there, and no port but the brokers':
    // https://docs.aws.amazon.com/lambda/latest/dg/with-kafka-cluster-network.html
    if (kafka.clusterArn === undefined && network !== undefined) {
      for (const { subnetId } of network.vpc.selectSubnets(network.subnets).subnets) {
        entries.push({ type: 'VPC_SUBNET', uri: `subnet:${subnetId}` });
      }
      for (const { securityGroupId } of network.securityGroups) {
        entries.push({ type: 'VPC_SECURITY_GROUP', uri: `security_group:${securityGroupId}` });
      }
    }
    return entries.length === 0 ? {} : { sourceAccessConfigurations: entries };
  }
}
