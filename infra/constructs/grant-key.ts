import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';

/** What a service does with a key in the name of the program that calls it; CDK's own grants have wildcards for it. */
const actionsFor = {
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
  useTable: [
    'kms:Decrypt',
    'kms:DescribeKey',
    'kms:Encrypt',
    'kms:GenerateDataKey',
    'kms:GenerateDataKeyWithoutPlaintext',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
  ],
  // https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
  readSecret: ['kms:Decrypt'],
  writeSecret: ['kms:Decrypt', 'kms:GenerateDataKey'],
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
  sendMessage: ['kms:Decrypt', 'kms:GenerateDataKey'],
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
  putObject: ['kms:Decrypt', 'kms:GenerateDataKey'],
} as const;

/** Lets a program use what is encrypted with a key; nothing where AWS's own key does it. */
export function grantKey(grantee: IGrantable, key: IKey | undefined, use: keyof typeof actionsFor): void {
  key?.grant(grantee, ...actionsFor[use]);
}
