import { GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { AwsAccess } from '../aws/start-local-aws.ts';

/** Takes what lies in a queue out of sight, and counts it. */
export async function countMessages({ endpoint, region }: AwsAccess, queueName: string): Promise<number> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new SQSClient({ endpoint, region, credentials });
  try {
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: queueName }));
    for (let count = 0; ; ) {
      const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      if (Messages.length === 0) return count;
      count += Messages.length;
    }
  } finally {
    client.destroy();
  }
}
