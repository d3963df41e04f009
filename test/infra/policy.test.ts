import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { programFile } from '../../infra/program-file.ts';
import { bundleOptions } from '../../shared/bundle/esbuild-options.ts';
import { rightsBesidePoller, rightsBesideSink } from './rights-of-others.ts';
import { definition, definitionFile, rightsOf, synthesize } from './synthesize.ts';

// With everything that makes a program call something.
const prices = definition.sinks?.['prices'] ?? expect.fail('no sink');
const { template } = synthesize(
  {},
  {
    bridge: {
      ...definition,
      orgs: { main: { auth: 'refreshToken' } },
      sinks: { prices: { ...prices, deadLetters: { kind: 'topic', bucket: true } } },
    },
  },
);

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
  return [...new Set(commands)].flatMap((command) => actions[command] ?? `unknown:${command}`).sort();
}

/** A new call is a new row here, and then a right in the stack. */
const actions: Readonly<Record<string, string | readonly string[]>> = {
  GetSecretValue: 'secretsmanager:GetSecretValue',
  PutSecretValue: 'secretsmanager:PutSecretValue',
  UpdateSecretVersionStage: 'secretsmanager:UpdateSecretVersionStage',
  // The document client's names.
  Get: 'dynamodb:GetItem',
  Put: 'dynamodb:PutItem',
  Delete: 'dynamodb:DeleteItem',
  Query: 'dynamodb:Query',
  Update: 'dynamodb:UpdateItem',
  BatchGet: 'dynamodb:BatchGetItem',
  BatchWrite: 'dynamodb:BatchWriteItem',
  // A transaction has no right of its own: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
  TransactWrite: ['dynamodb:PutItem', 'dynamodb:DeleteItem'],
  SendMessageBatch: 'sqs:SendMessage',
  PutObject: 's3:PutObject',
};

/** Kafka calls stand in no source as names of actions; test/integration/rights.test.ts records them. */
const recorded = /^kafka-cluster:/;

describe.each([
  ['functions/sink/handler', 'BridgeSinkprices', rightsBesideSink],
  ['functions/poller/main', 'BridgePollerTaskTaskRole', rightsBesidePoller],
])('%s', (entry, role, beside) => {
  const called = actionsOf(entry);
  const granted = [...rightsOf(template, role).keys()];

  it('may make every call it makes', () => {
    expect(called.length).toBeGreaterThan(0);
    expect(granted).toEqual(expect.arrayContaining(called));
  });

  it('may do nothing else that nobody uses', () => {
    const known = [...called, ...beside.map(({ action }) => action)];
    expect(granted.filter((action) => !recorded.test(action) && !known.includes(action))).toEqual([]);
  });
});
