import { createServer } from 'node:http';

// Answers what the sink asks of DynamoDB and Secrets Manager at once, so that a bench measures the sink and not a table.
// Nothing is remembered: every partition is new.

const answers = {
  GetItem: {},
  UpdateItem: {},
  PutItem: {},
  DeleteItem: {},
  Query: { Items: [], Count: 0, ScannedCount: 0 },
  BatchGetItem: { Responses: {}, UnprocessedKeys: {} },
  BatchWriteItem: { UnprocessedItems: {} },
};

/** @param {object} credentials what the secret holds */
export async function startAwsStub(credentials) {
  const secret = { ARN: 'bench', Name: 'bench', SecretString: JSON.stringify(credentials) };
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const operation = String(request.headers['x-amz-target']).split('.')[1];
      const answer = operation === 'GetSecretValue' ? secret : answers[operation];
      response.writeHead(answer === undefined ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(answer ?? { __type: `Unknown: ${operation}` }));
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const { port } = server.address();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
  });
}
