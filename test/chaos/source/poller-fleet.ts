import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readLogLine } from '../../../local/dev/watch-log.ts';
import { type ManagedProcess, startProcess } from '../../../local/processes/start-process.ts';

/** The poller's tasks: as many processes as wanted, each started again when it ends, as ECS does it. */
export interface PollerFleet {
  /** How many subscribes Salesforce has accepted in all, by `<org> <channel>`. */
  readonly subscribed: ReadonlyMap<string, number>;
  /** The task that was the last to subscribe the first channel; undefined when it is gone. */
  owner(): ManagedProcess | undefined;
  /** How often a change of an object's fields was logged. */
  reported(): number;
  /** How many changes of fields the tasks measured; complete when they were drained. */
  measured(): number;
  /** How often a task ended otherwise than by SIGKILL. */
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
  /** What differs between the tasks. */
  readonly envOfTask: (task: number) => Readonly<Record<string, string>>;
  readonly folder: string;
}

const restartPauseMs = 300;

export function createPollerFleet({ tasks, bundle, env, envOfTask, folder }: PollerFleetParts): PollerFleet {
  const running = new Map<number, ManagedProcess>();
  const subscribed = new Map<string, number>();
  const ownerOf = new Map<string, number>();
  let watching: Promise<void>[] = [];
  let stopped = true;
  let unexpected = 0;
  let reported = 0;
  let measured = 0;

  const startTask = (task: number) =>
    startProcess({
      name: `poller ${task}`,
      command: process.execPath,
      args: ['--enable-source-maps', bundle],
      env: { ...env, ...envOfTask(task) },
      cwd: folder,
      logFile: path.join(folder, `poller-${task}.log`),
      stopGraceMs: 60_000,
      onStdoutLine(line) {
        const entry = readLogLine(line);
        measured += Number(entry?.['SchemaChanges'] ?? 0);
        if (entry?.message !== 'subscribed') return;
        const channel = `${entry['org']} ${entry['channel']}`;
        subscribed.set(channel, (subscribed.get(channel) ?? 0) + 1);
        ownerOf.set(channel, task);
      },
      onStderrLine(line) {
        if (readLogLine(line)?.message === 'fields of an object changed') reported += 1;
      },
    });

  async function keepRunning(task: number): Promise<void> {
    while (!stopped) {
      const program = await startTask(task);
      running.set(task, program);
      const { signal } = await program.exited;
      running.delete(task);
      for (const [channel, owner] of ownerOf) if (owner === task) ownerOf.delete(channel);
      if (stopped) return;
      if (signal !== 'SIGKILL') unexpected += 1;
      await delay(restartPauseMs);
    }
  }

  return {
    subscribed,
    reported: () => reported,
    measured: () => measured,
    unexpectedEnds: () => unexpected,
    owner() {
      const [channel] = subscribed.keys();
      const task = ownerOf.get(channel ?? '');
      return task === undefined ? undefined : running.get(task);
    },
    async start() {
      stopped = false;
      watching = Array.from({ length: tasks }, (_, task) => keepRunning(task));
      // A task that cannot even be started shows when the fleet is stopped.
      for (const watch of watching) watch.catch(() => undefined);
    },
    kill(random) {
      const alive = [...running.values()];
      const chosen = alive[Math.floor(random() * alive.length)];
      chosen?.kill();
      return chosen !== undefined;
    },
    async killAll() {
      stopped = true;
      for (const program of running.values()) program.kill();
      await Promise.all(watching);
    },
    async stop() {
      stopped = true;
      await Promise.all([...running.values()].map((program) => program.stop()));
      await Promise.all(watching);
    },
  };
}
