import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DescribeTableCommand, DescribeTimeToLiveCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStateTable, putSecret } from '../../../local/aws/resources.ts';
import { type LocalAws, startLocalAws } from '../../../local/aws/start-local-aws.ts';
import { startProcess } from '../../../local/processes/start-process.ts';
import { testCache } from './local-broker.ts';

let folder: string;
let aws: LocalAws;
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'aws-'));
  const runFolder = path.join(folder, 'aws');
  const { AWS_REGION, ...environment } = process.env;
  aws = await startLocalAws({ runFolder, cache: testCache, environment, startProcess });
});
afterAll(async () => {
  await aws?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('the state table is made once, with TTL', async () => {
  await createStateTable(aws, 'state');
  await createStateTable(aws, 'state');
  const client = new DynamoDBClient({ endpoint: aws.endpoint, region: aws.region, credentials });
  const { Table } = await client.send(new DescribeTableCommand({ TableName: 'state' }));
  expect(Table?.KeySchema?.map(({ AttributeName, KeyType }) => [AttributeName, KeyType])).toEqual([
    ['pk', 'HASH'],
    ['sk', 'RANGE'],
  ]);
  const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: 'state' }));
  expect(TimeToLiveDescription).toMatchObject({ AttributeName: 'expiresAt', TimeToLiveStatus: 'ENABLED' });
});

test('a secret is stored, then replaced under the same ARN', async () => {
  const arn = await putSecret(aws, 'salesforce/main', { consumerKey: 'a' });
  expect(arn).toMatch(/^arn:aws:secretsmanager:us-east-1:\d{12}:secret:salesforce\/main-/);
  expect(await putSecret(aws, 'salesforce/main', { consumerKey: 'b' })).toBe(arn);
  const client = new SecretsManagerClient({ endpoint: aws.endpoint, region: aws.region, credentials });
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
  expect(JSON.parse(SecretString ?? '')).toEqual({ consumerKey: 'b' });
});

test.runIf(process.platform === 'linux')('listens on loopback only', async () => {
  const port = new URL(aws.endpoint).port;
  const listening = (await readFile('/proc/net/tcp', 'utf8'))
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === '0A' && Number.parseInt(local?.split(':')[1] ?? '', 16) === Number(port));
  expect(listening.map(([, local]) => local?.split(':')[0])).toEqual(['0100007F']);
});

test('uses an AWS that runs already', async () => {
  const other = await startLocalAws({
    endpoint: aws.endpoint,
    runFolder: folder,
    cache: testCache,
    environment: { AWS_ACCESS_KEY_ID: 'mine', AWS_SECRET_ACCESS_KEY: 'too', AWS_REGION: 'eu-west-1' },
    startProcess,
  });
  expect(other.credentialsEnv).toEqual({
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'mine',
    AWS_SECRET_ACCESS_KEY: 'too',
  });
  await other.stop();
  expect(await putSecret(aws, 'still-there', {})).toMatch(/^arn:/);
});
