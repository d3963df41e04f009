import type { StartProcess } from '../processes/start-process.ts';
import type { FunctionSettings } from './lambda-environment.ts';
import { type LambdaInstance, startLambdaInstance } from './lambda-instance.ts';

export interface LambdaFunction {
  /** The handler's answer; rejects when the invocation failed. */
  invoke(event: object): Promise<unknown>;
  stop(): Promise<void>;
}

export interface LambdaFunctionSettings {
  readonly function: FunctionSettings;
  /** Output of the handler is appended here. */
  readonly logFile: string;
  readonly startProcess: StartProcess;
  readonly onStarted: (pid: number) => void;
  /** Sees each line of the handler's output, besides the log file. */
  readonly onOutputLine?: (line: string) => void;
}

/**
 * A function as Lambda runs it: an execution environment serves one invocation at a time and is used again; one that crashed,
 * was killed or timed out is replaced by the next invocation.
 */
export function createLambdaFunction(settings: LambdaFunctionSettings): LambdaFunction {
  const idle: LambdaInstance[] = [];
  const running = new Set<LambdaInstance>();
  let started = 0;

  async function takeInstance(): Promise<LambdaInstance> {
    for (let instance = idle.pop(); instance; instance = idle.pop()) {
      if (instance.isUsable()) return instance;
      running.delete(instance);
    }
    started += 1;
    const { function: lambda, logFile, startProcess, onStarted, onOutputLine } = settings;
    const instance = await startLambdaInstance(lambda, started, logFile, startProcess, onStarted, onOutputLine);
    running.add(instance);
    return instance;
  }

  return {
    async invoke(event) {
      const instance = await takeInstance();
      try {
        return await instance.invoke(event);
      } finally {
        if (instance.isUsable()) idle.push(instance);
        else running.delete(instance);
      }
    },
    async stop() {
      await Promise.all([...running].map((instance) => instance.stop()));
    },
  };
}
