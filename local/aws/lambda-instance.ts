import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readLines } from '../processes/read-lines.ts';
import type { StartProcess } from '../processes/start-process.ts';
import { type FunctionSettings, functionArn, heapLimitMb, lambdaEnvironment } from './lambda-environment.ts';

const runtimeFile = fileURLToPath(new URL('lambda-runtime.mjs', import.meta.url));
/** Lambda allows 10 s; a busy laptop gets more. */
const initLimitMs = 30_000;

/** An invocation that gave no answer: the handler threw, took too long, or its process ended. */
export class InvocationError extends Error {
  override readonly name = 'InvocationError';
  readonly errorType: string;

  constructor(errorType: string, message: string) {
    super(message);
    this.errorType = errorType;
  }
}

export interface LambdaInstance {
  readonly pid: number;
  /** False once the process has ended or is ending. */
  isUsable(): boolean;
  invoke(event: object): Promise<unknown>;
  stop(): Promise<void>;
}

interface Answer {
  readonly id?: number;
  readonly ready?: boolean;
  readonly response?: unknown;
  readonly error?: Failure;
  readonly failed?: Failure;
}

interface Failure {
  readonly errorType: string;
  readonly errorMessage: string;
}

/** One execution environment: a Node process that has loaded the handler and takes one invocation at a time. */
export async function startLambdaInstance(
  settings: FunctionSettings,
  instance: number,
  logFile: string,
  startProcess: StartProcess,
  onStarted: (pid: number) => void,
  onOutputLine?: (line: string) => void,
): Promise<LambdaInstance> {
  const { timeoutMs } = settings;
  const program = await startProcess({
    name: `lambda ${settings.name}`,
    command: process.execPath,
    args: [`--max-old-space-size=${heapLimitMb(settings.memoryMb)}`, runtimeFile],
    env: lambdaEnvironment(settings, instance),
    cwd: settings.taskRoot,
    logFile,
    withChannel: true,
    ...(onOutputLine === undefined ? {} : { onStdoutLine: onOutputLine, onStderrLine: onOutputLine }),
    stopGraceMs: 1_000,
  });
  onStarted(program.pid);
  const { channel } = program;
  if (!channel) throw new Error('A lambda process needs its channel');

  let usable = true;
  const next = { id: 0, waiting: Promise.withResolvers<Answer>() };
  // Nobody may be waiting when the process ends.
  next.waiting.promise.catch(() => undefined);
  const ended = program.exited.then(({ code, signal }) => {
    usable = false;
    throw new InvocationError('Runtime.ExitError', `The lambda process ended: ${signal ?? `exit code ${code}`}`);
  });
  ended.catch(() => undefined);
  // Writing to a process that just ended: its exit says it better.
  channel.on('error', () => undefined);
  readLines(channel, (line) => {
    const answer = JSON.parse(line) as Answer;
    if (answer.id === undefined || answer.id === next.id) next.waiting.resolve(answer);
  });

  async function answerWithin(limitMs: number, what: string): Promise<Answer> {
    const timer = new AbortController();
    const timeout = sleep(limitMs, undefined, { signal: timer.signal }).then(() => {
      usable = false;
      program.kill();
      throw new InvocationError('Sandbox.Timedout', `${what} timed out after ${limitMs} ms`);
    });
    timeout.catch(() => undefined);
    try {
      return await Promise.race([next.waiting.promise, ended, timeout]);
    } finally {
      timer.abort();
    }
  }

  const { failed } = await answerWithin(initLimitMs, 'The init phase');
  if (failed) {
    await program.stop();
    throw new InvocationError(failed.errorType, failed.errorMessage);
  }

  return {
    pid: program.pid,
    isUsable: () => usable,
    stop: () => program.stop(),
    async invoke(event) {
      next.id += 1;
      next.waiting = Promise.withResolvers();
      const invocation = { id: next.id, event, deadlineMs: Date.now() + timeoutMs, arn: functionArn(settings) };
      channel.write(`${JSON.stringify(invocation)}\n`);
      const { error, response } = await answerWithin(timeoutMs, 'Task');
      if (error) throw new InvocationError(error.errorType, error.errorMessage);
      return response;
    },
  };
}
