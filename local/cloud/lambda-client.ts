import type { KafkaEvent } from '../aws/build-kafka-event.ts';
import type { AwsAccess } from '../aws/start-local-aws.ts';

export interface Invocation {
  readonly answer: unknown;
  /** `Handled` or `Unhandled` when the function failed. */
  readonly functionError: string | undefined;
}

/** The two calls of Lambda's API that a check needs, without an SDK of their own; a local cloud checks no signature. */
export function createLambdaClient({ endpoint, region }: AwsAccess) {
  const call = (path: string, init: RequestInit = {}) =>
    fetch(`${endpoint}/2015-03-31/functions/${path}`, {
      ...init,
      headers: {
        'content-type': 'application/json',
        authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/${region}/lambda/aws4_request, SignedHeaders=host, Signature=local`,
      },
    });
  return {
    async invoke(functionName: string, alias: string, event: KafkaEvent): Promise<Invocation> {
      const response = await call(`${functionName}/invocations?Qualifier=${alias}`, {
        method: 'POST',
        body: JSON.stringify(event),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`Lambda answered ${response.status} to an invocation: ${text.slice(0, 300)}`);
      return {
        answer: text === '' ? undefined : JSON.parse(text),
        functionError: response.headers.get('x-amz-function-error') ?? undefined,
      };
    },
    /** Of the version that the alias stands for. */
    async configuration(functionName: string, alias: string): Promise<{ memoryMb: number; subnets: number }> {
      const response = await call(`${functionName}/configuration?Qualifier=${alias}`);
      const { MemorySize: memoryMb, VpcConfig: network } = (await response.json()) as {
        MemorySize: number;
        VpcConfig?: { SubnetIds?: readonly string[] };
      };
      return { memoryMb, subnets: network?.SubnetIds?.length ?? 0 };
    },
    async exists(functionName: string): Promise<boolean> {
      return (await call(`${functionName}/configuration`)).ok;
    },
  };
}
