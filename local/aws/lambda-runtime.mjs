// The inside of a local Lambda: loads the handler named by _HANDLER from LAMBDA_TASK_ROOT and answers invocations, one at a time.
// File descriptor 3 is the way to the event source mapping, one JSON object a line:
//   in   {id, event, deadlineMs, arn}
//   out  {ready: true} | {failed: {errorType, errorMessage, trace}}, then {id, response} | {id, error} for each invocation
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { Socket } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const channel = new Socket({ fd: 3, readable: true, writable: true });
const send = (message) => channel.write(`${JSON.stringify(message)}\n`);
// Whoever invokes us is gone, so nobody would ever end this process.
channel.on('close', () => process.exit(1));
channel.on('error', () => process.exit(1));

/** Not node:readline, which also breaks lines at U+2028 and U+2029, and JSON may hold those. */
function receive(onMessage) {
  let begun = [];
  channel.setEncoding('utf8');
  channel.on('data', (text) => {
    const [first, ...others] = text.split('\n');
    begun.push(first);
    for (const part of others) {
      onMessage(JSON.parse(begun.join('')));
      begun = [part];
    }
  });
}

function describe(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] };
}

async function loadHandler() {
  const { LAMBDA_TASK_ROOT: root, _HANDLER: name } = process.env;
  const dot = name.lastIndexOf('.');
  // In Lambda's order: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
  const file = ['.js', '.mjs', '.cjs'].map((ending) => path.join(root, name.slice(0, dot) + ending)).find(existsSync);
  if (!file) throw new Error(`Cannot find module '${name.slice(0, dot)}' in ${root}`);
  const module = await import(pathToFileURL(file).href);
  const handler = module[name.slice(dot + 1)] ?? module.default?.[name.slice(dot + 1)];
  if (typeof handler !== 'function') throw new Error(`${name} is undefined or not exported`);
  return handler;
}

function createContext({ deadlineMs, arn }) {
  const { env } = process;
  return {
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: arn,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    awsRequestId: randomUUID(),
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
}

try {
  const handler = await loadHandler();
  receive(async (invocation) => {
    try {
      const response = await handler(invocation.event, createContext(invocation));
      send({ id: invocation.id, response: response ?? null });
    } catch (error) {
      send({ id: invocation.id, error: describe(error) });
    }
  });
  send({ ready: true });
} catch (error) {
  channel.end(`${JSON.stringify({ failed: describe(error) })}\n`, () => process.exit(1));
}
