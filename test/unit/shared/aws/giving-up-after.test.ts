import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { givingUpAfter } from '../../../../shared/aws/giving-up-after.ts';

let server: Server;
let asked = 0;
let answersFrom = Number.POSITIVE_INFINITY;

beforeEach(async () => {
  asked = 0;
  server = createServer((_, response) => {
    asked += 1;
    if (asked >= answersFrom) response.setHeader('content-type', 'application/x-amz-json-1.0').end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function read(maxAttempts: number) {
  const client = new DynamoDBClient({
    ...givingUpAfter(200),
    maxAttempts,
    region: 'eu-central-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  return client.send(new GetItemCommand({ TableName: 'state', Key: { pk: { S: 'a' } } }));
}

describe('a request to AWS that is not answered', () => {
  it('is given up, and an error in the end', async () => {
    answersFrom = Number.POSITIVE_INFINITY;
    await expect(read(2)).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(asked).toBe(2);
  });

  it('is tried again', async () => {
    answersFrom = 2;
    await expect(read(2)).resolves.toMatchObject({ $metadata: { attempts: 2 } });
  });
});
