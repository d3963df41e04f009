import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { ClaimStore } from './claim-store.ts';

/** Claims as objects of a bucket, each sink under its own name. */
export function createS3Claims({
  client,
  bucket,
}: {
  readonly client: Pick<S3Client, 'send'>;
  readonly bucket: string;
}): ClaimStore {
  return {
    async put(sink, { topic, partition, offset }, envelope) {
      const key = `${sink}/${topic}/${partition}/${offset}.json`;
      await client.send(
        new PutObjectCommand({ Bucket: bucket, Key: key, Body: envelope, ContentType: 'application/json' }),
      );
      return `s3://${bucket}/${key}`;
    },
  };
}
