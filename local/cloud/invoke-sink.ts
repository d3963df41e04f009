import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Sink } from '../../shared/bridge/bridge.ts';
import { readDispositionCounts } from '../../shared/state/dynamodb-progress-store.ts';
import type { KafkaEvent } from '../aws/build-kafka-event.ts';
import type { AwsAccess } from '../aws/start-local-aws.ts';
import type { createLambdaClient } from './lambda-client.ts';

export interface InvokeParts {
  readonly aws: AwsAccess;
  readonly lambda: ReturnType<typeof createLambdaClient>;
  /** `<bridge>-local`, the first part of names. */
  readonly stack: string;
}

/** How the records of an invocation ended, as the deployed table says, and what Lambda would deliver again. */
export interface SinkCounts {
  readonly written: number;
  readonly filtered: number;
  readonly deadLettered: number;
  readonly handedBack: number;
}

/** @throws when the deployed function fails, with the beginning of its answer. */
export async function invokeSink(
  sink: Pick<Sink, 'name' | 'consumerGroup'>,
  event: KafkaEvent,
  { aws: { endpoint, region }, lambda, stack }: InvokeParts,
): Promise<SinkCounts> {
  const { answer, functionError } = await lambda.invoke(`${stack}-${sink.name}`, 'live', event);
  if (functionError !== undefined) {
    throw new Error(`The sink ${sink.name} failed: ${JSON.stringify(answer).slice(0, 500)}`);
  }
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const counts = await readDispositionCounts({
    client: DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region, credentials })),
    tableName: `${stack}-state`,
    sink: sink.name,
    consumerGroup: sink.consumerGroup,
  });
  const { batchItemFailures = [] } = answer as { batchItemFailures?: readonly unknown[] };
  return { ...counts, handedBack: batchItemFailures.length };
}
