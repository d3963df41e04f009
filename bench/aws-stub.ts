import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers what the sink asks of DynamoDB and Secrets Manager at once, so that a bench measures the sink and not a table. */
export interface AwsStub {
  /** Leads the SDK of a child process here. */
  readonly environment: Readonly<Record<string, string>>;
  close(): void;
}

/** @param secret what the one secret holds. Nothing is remembered: every partition is new. */
export async function startAwsStub(secret: object): Promise<AwsStub> {
  const answers: Readonly<Record<string, unknown>> = {
    GetItem: {},
    UpdateItem: {},
    PutItem: {},
    DeleteItem: {},
    Query: { Items: [], Count: 0, ScannedCount: 0 },
    BatchGetItem: { Responses: {}, UnprocessedKeys: {} },
    BatchWriteItem: { UnprocessedItems: {} },
    GetSecretValue: { ARN: 'bench', Name: 'bench', SecretString: JSON.stringify(secret) },
  };
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const known = answers[operation];
    response.writeHead(known === undefined ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(known ?? { __type: `Unknown: ${operation}` }));
  };
  const server = createServer((request, response) => request.resume().on('end', () => answer(request, response)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    environment: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
