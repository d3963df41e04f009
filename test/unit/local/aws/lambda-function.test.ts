import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createLambdaFunction } from '../../../../local/aws/lambda-function.ts';
import { startProcess } from '../../../../local/processes/start-process.ts';

const code = "export const handler = async () => { console.log('done'); console.warn('trouble'); };";

test('shows what a handler writes, warnings on its error output included', async () => {
  const taskRoot = await mkdtemp(path.join(tmpdir(), 'lambda-function-'));
  await writeFile(path.join(taskRoot, 'index.mjs'), code);
  const lines: string[] = [];
  const settings = { name: 'noisy', handler: 'index.handler', environment: {}, region: 'eu-central-1' };
  const lambda = createLambdaFunction({
    function: { ...settings, taskRoot, timeoutMs: 60_000, memoryMb: 256 },
    logFile: path.join(taskRoot, 'function.log'),
    startProcess,
    onStarted: () => undefined,
    onOutputLine: (line) => lines.push(line),
  });
  try {
    await lambda.invoke({});
    await expect.poll(() => [...lines].sort(), { timeout: 30_000 }).toEqual(['done', 'trouble']);
  } finally {
    await lambda.stop();
    await rm(taskRoot, { recursive: true, force: true });
  }
});
