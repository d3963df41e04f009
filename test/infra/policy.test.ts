import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { programFile } from '../../infra/program-file.ts';
import { bundleOptions } from '../../shared/bundle/esbuild-options.ts';
import { definitionFile, rightsOf, synthesize } from './synthesize.ts';

const { template } = synthesize();

/** IAM's names of the AWS calls that a program's own code makes: every SDK command in the files of its bundle. */
function actionsOf(entry: string): string[] {
  const root = path.resolve(import.meta.dirname, '../..');
  const { metafile } = buildSync({
    ...bundleOptions({ entry: programFile(entry), definition: definitionFile, outputFile: 'out.mjs' }),
    absWorkingDir: root,
    write: false,
    metafile: true,
  });
  const own = Object.keys(metafile.inputs).filter((file) => !file.includes('node_modules'));
  const texts = own.map((file) => readFileSync(path.join(root, file), 'utf8'));
  const commands = texts.flatMap((text) => [...text.matchAll(/new (\w+)Command\(/g)].map((match) => match[1] ?? ''));
  return [...new Set(commands)].map((command) => actions[command] ?? `unknown:${command}`).sort();
}

/** A new call is a new row here, and then a right in the stack. */
const actions: Readonly<Record<string, string>> = {
  GetSecretValue: 'secretsmanager:GetSecretValue',
  PutSecretValue: 'secretsmanager:PutSecretValue',
  UpdateSecretVersionStage: 'secretsmanager:UpdateSecretVersionStage',
  // The document client's names.
  Get: 'dynamodb:GetItem',
  Put: 'dynamodb:PutItem',
  Query: 'dynamodb:Query',
  Update: 'dynamodb:UpdateItem',
  BatchGet: 'dynamodb:BatchGetItem',
  BatchWrite: 'dynamodb:BatchWriteItem',
};

/** Called only for orgs with auth: 'refreshToken', and granted for those only. */
const notCalled = ['secretsmanager:PutSecretValue', 'secretsmanager:UpdateSecretVersionStage'];

/** Rights that no SDK call of ours uses, each with who does, and where that is said. */
const usedByOthers: Readonly<Record<string, string>> = {
  'dynamodb:DeleteItem': 'sink: the store of Bulk jobs, shared/state/dynamodb-bulk-job-store.ts',
  'dynamodb:Query': 'sink: the store of Bulk jobs, shared/state/dynamodb-bulk-job-store.ts',
  'ec2:CreateNetworkInterface': 'Lambda: lambda/latest/dg/with-msk-permissions.html',
  'ec2:DeleteNetworkInterface': 'Lambda: lambda/latest/dg/with-msk-permissions.html',
  'ec2:DescribeNetworkInterfaces': 'Lambda: lambda/latest/dg/with-msk-permissions.html',
  'ec2:DescribeSecurityGroups': 'Lambda: lambda/latest/dg/with-msk-permissions.html',
  'ec2:DescribeSubnets': 'Lambda: lambda/latest/dg/with-msk-permissions.html',
  'ec2:DescribeVpcs': 'Lambda: lambda/latest/dg/with-msk-permissions.html',
  'kafka:DescribeCluster': 'event source mapping: lambda/latest/dg/with-msk-permissions.html',
  'kafka:DescribeClusterV2': 'event source mapping: lambda/latest/dg/with-msk-permissions.html',
  'kafka:GetBootstrapBrokers': 'event source mapping: lambda/latest/dg/with-msk-permissions.html',
  'kafka-cluster:AlterGroup': 'event source mapping: lambda/latest/dg/msk-cluster-auth.html',
  'kafka-cluster:DescribeGroup': 'event source mapping: lambda/latest/dg/msk-cluster-auth.html',
  'kafka-cluster:ReadData': 'event source mapping: lambda/latest/dg/msk-cluster-auth.html; poller: Fetch',
  'kafka-cluster:AlterTransactionalId': 'producer: EndTxn, msk/latest/developerguide/kafka-actions.html',
  'kafka-cluster:DescribeTransactionalId': 'producer: InitProducerId, msk/latest/developerguide/kafka-actions.html',
  'kafka-cluster:Connect':
    'producer of letters, and event source mapping: msk/latest/developerguide/iam-access-control.html',
  'kafka-cluster:DescribeCluster': 'event source mapping: lambda/latest/dg/msk-cluster-auth.html',
  'kafka-cluster:DescribeTopic': 'producer: Metadata, msk/latest/developerguide/kafka-actions.html',
  'kafka-cluster:WriteData': 'producer: Produce, msk/latest/developerguide/kafka-actions.html',
  'kafka-cluster:WriteDataIdempotently': 'producer: InitProducerId, msk/latest/developerguide/kafka-actions.html',
  'logs:CreateLogStream': 'Lambda: lambda/latest/dg/monitoring-cloudwatchlogs.html',
  'logs:PutLogEvents': 'Lambda: lambda/latest/dg/monitoring-cloudwatchlogs.html',
  'sqs:SendMessage': 'event source mapping: lambda/latest/dg/kafka-on-failure.html',
};

describe.each([
  ['functions/sink/handler', 'BridgeSinkprices'],
  ['functions/poller/main', 'BridgePollerTaskTaskRole'],
])('%s', (entry, role) => {
  const called = actionsOf(entry).filter((action) => !notCalled.includes(action));
  const granted = [...rightsOf(template, role).keys()];

  it('may make every call it makes', () => {
    expect(called.length).toBeGreaterThan(0);
    expect(granted).toEqual(expect.arrayContaining(called));
  });

  it('may do nothing else that nobody uses', () => {
    const others = granted.filter((action) => !called.includes(action));
    expect(others.filter((action) => !(action in usedByOthers))).toEqual([]);
  });
});
