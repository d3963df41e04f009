import { RemovalPolicy } from 'aws-cdk-lib';
import { CfnTopic } from 'aws-cdk-lib/aws-msk';
import { Construct } from 'constructs';
import type { FlowTopic } from '../flow-topics.ts';

export interface KafkaTopicsProps {
  readonly clusterArn: string;
  readonly topics: readonly FlowTopic[];
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly retentionDays: number;
  readonly brokerType: 'standard' | 'express';
  readonly protect: boolean;
}

const day = 86_400_000;

/**
 * Records carry the time of their change, and Salesforce keeps events for up to three days. Express brokers refuse what is
 * older than one; Kafka's own default, and that of Standard brokers, is to take everything:
 * https://docs.aws.amazon.com/msk/latest/developerguide/msk-configuration-express-read-write.html
 */
const takesOldRecords = { 'message.timestamp.before.max.ms': '9223372036854775807' };

/**
 * Topics of a provisioned cluster, declared instead of made on first use: a typo is then an error, and partitions are
 * decided. Name and replication factor cannot be changed without a new topic:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-msk-topic.html
 */
export class KafkaTopics extends Construct {
  constructor(scope: Construct, id: string, props: KafkaTopicsProps) {
    super(scope, id);
    for (const { name, use } of props.topics) {
      const topic = new CfnTopic(this, name, {
        clusterArn: props.clusterArn,
        topicName: name,
        // A dead letter's place in the order means nothing, and somebody reads them one by one.
        partitionCount: use === 'deadLetter' ? 1 : props.partitions,
        replicationFactor: props.replicationFactor,
        configs: encode({
          'cleanup.policy': 'delete',
          'retention.ms': String(props.retentionDays * day),
          ...(use === 'own' && props.brokerType === 'express' ? takesOldRecords : {}),
        }),
      });
      topic.applyRemovalPolicy(props.protect ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY);
    }
  }
}

function encode(configs: Readonly<Record<string, string>>): string {
  const lines = Object.entries(configs).map(([key, value]) => `${key}=${value}`);
  return Buffer.from(lines.join('\n')).toString('base64');
}
