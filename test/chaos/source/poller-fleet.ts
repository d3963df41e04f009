import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readLogLine } from '../../../local/dev/watch-log.ts';
import { type ManagedProcess, startProcess } from '../../../local/processes/start-process.ts';

/** The poller's tasks: as many processes as wanted, each started again when it ends, as ECS does it. */
export interface PollerFleet {
  /** Process ids of the tasks that run. */
  running(): readonly number[];
  /** How many subscribes Salesforce has accepted in all, by `<org> <channel>`. */
  readonly subscribed: ReadonlyMap<string, number>;
  /** How often a task ended by itself with something else than a kill. */
  unexpectedEnds(): number;
  start(): Promise<void>;
  /** SIGKILL to one of the running tasks. False when none runs just now. */
  kill(random: () => number): boolean;
  /** SIGKILL to every task; none is started again. */
  killAll(): Promise<void>;
  /** Drains all tasks. */
  stop(): Promise<void>;
}

interface PollerFleetParts {
  readonly tasks: number;
  readonly bundle: string;
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
}

const restartPauseMs = 300;

export function createPollerFleet({ tasks, bundle, env, folder }: PollerFleetParts): PollerFleet {
  const running = new Set<ManagedProcess>();
  const killed = new Set<ManagedProcess>();
  const subscribed = new Map<string, number>();
  let watching: Promise<void>[] = [];
  let stopped = true;
  let unexpected = 0;

  const startTask = (task: number) =>
    startProcess({
      name: `poller ${task}`,
      command: process.execPath,
      args: ['--enable-source-maps', bundle],
      env,
      cwd: folder,
      logFile: path.join(folder, `poller-${task}.log`),
      stopGraceMs: 60_000,
      onStdoutLine(line) {
        const entry = readLogLine(line);
        if (entry?.message !== 'subscribed') return;
        const channel = `${entry['org']} ${entry['channel']}`;
        subscribed.set(channel, (subscribed.get(channel) ?? 0) + 1);
      },
    });

  async function keepRunning(task: number): Promise<void> {
    while (!stopped) {
      const program = await startTask(task);
      running.add(program);
      await program.exited;
      running.delete(program);
      if (stopped) return;
      if (!killed.has(program)) unexpected += 1;
      await delay(restartPauseMs);
    }
  }

  return {
    subscribed,
    running: () => [...running].map(({ pid }) => pid),
    unexpectedEnds: () => unexpected,
    async start() {
      stopped = false;
      watching = Array.from({ length: tasks }, (_, task) => keepRunning(task));
      // A task that cannot even be started shows when the fleet is stopped.
      for (const watch of watching) watch.catch(() => undefined);
    },
    kill(random) {
      const alive = [...running].filter((program) => !killed.has(program));
      const chosen = alive[Math.floor(random() * alive.length)];
      if (chosen === undefined) return false;
      killed.add(chosen);
      chosen.kill();
      return true;
    },
    async killAll() {
      stopped = true;
      for (const program of running) program.kill();
      await Promise.all(watching);
    },
    async stop() {
      stopped = true;
      await Promise.all([...running].map((program) => program.stop()));
      await Promise.all(watching);
    },
  };
}
