import { Stack } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';

export interface AlarmTopicProps {
  readonly topicArn?: string | undefined;
  readonly emails: readonly string[];
  /** Its policy must let cloudwatch.amazonaws.com use it. @default not encrypted, because alarms cannot use SNS's own key */
  readonly encryptionKey?: IKey | undefined;
}

/** The topic that every alarm goes to: an existing one, or one made here. */
export function alarmTopic(scope: Construct, id: string, { topicArn, emails, encryptionKey }: AlarmTopicProps): ITopic {
  if (topicArn !== undefined) return Topic.fromTopicArn(scope, id, topicArn);
  const topic = new Topic(scope, id, {
    displayName: 'Salesforce-Kafka bridge',
    enforceSSL: true,
    ...(encryptionKey === undefined ? {} : { masterKey: encryptionKey }),
  });
  // enforceSSL replaces the topic's default policy, which had let alarms of this account in:
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
  topic.grantPublish(
    new ServicePrincipal('cloudwatch.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(topic).account } },
    }),
  );
  for (const email of emails) {
    acknowledge(topic.addSubscription(new EmailSubscription(email)), {
      'Serverless-SNSRedrivePolicy':
        'A mail that does not arrive needs no queue: the alarm itself stays in its state until somebody mends the cause.',
    });
  }
  return topic;
}
