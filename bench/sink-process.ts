import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleProgram } from '../local/bundle.ts';
import { bundleOptions } from '../shared/bundle/esbuild-options.ts';

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export type TaskKind = 'sink' | 'collections' | 'composite' | 'event' | 'init';

/** What to do, and how much memory the function has; without it Node decides, as for a process that holds prepared batches. */
type Task = Readonly<Record<string, unknown>> & { readonly kind: TaskKind; readonly memoryMb?: number };
type Environment = Readonly<Record<string, string>>;

/** Runs one task of the bench in a process of its own. */
export async function runTask<Result>(task: Task, environment: Environment = {}): Promise<Result> {
  const { next, close } = startTask(task, environment);
  const result = (await next()) as Result;
  await close();
  return result;
}

/** What processes did together in one round. */
export interface Round {
  readonly rows: number;
  readonly seconds: number;
  /** Of all of them. */
  readonly cpuSeconds: number;
}

export interface Team {
  /** From the moment when all begin until the last is through. */
  round(): Promise<Round>;
  close(): Promise<unknown>;
}

/** Processes that run one task each, an instance of their own; they are ready when this resolves, and wait between rounds. */
export async function startTeam(task: Task, instances: number, environment: Environment = {}): Promise<Team> {
  const team = Array.from({ length: instances }, (_, instance) => startTask({ ...task, instance }, environment));
  await Promise.all(team.map(({ next }) => next()));
  return {
    async round() {
      const started = performance.now();
      for (const { go } of team) go();
      const results = (await Promise.all(team.map(({ next }) => next()))) as Round[];
      const seconds = (performance.now() - started) / 1000;
      const sum = (pick: (each: Round) => number) => results.reduce((total, each) => total + pick(each), 0);
      return { rows: sum(({ rows }) => rows), seconds, cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds) };
    },
    close: () => Promise.all(team.map(({ close }) => close())),
  };
}

/**
 * As Lambda starts Node for a function: a twentieth of its memory is the young generation, nine tenths are the old one
 * (/var/runtime/bootstrap in https://gallery.ecr.aws/lambda/nodejs).
 */
function lambdaOptions(memoryMb: number): readonly string[] {
  const share = (percent: number) => Math.floor((memoryMb * percent) / 100);
  return [`--max-semi-space-size=${share(5)}`, `--max-old-space-size=${share(90)}`];
}

function startTask(task: Task, environment: Environment) {
  const options = task.memoryMb === undefined ? [] : lambdaOptions(task.memoryMb);
  const child = spawn(process.execPath, [...options, file('programs/sink-run.mjs'), JSON.stringify(task)], {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    /** What it says next. */
    async next(): Promise<unknown> {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`The task ${String(task['kind'])} ended before it was through`);
      return JSON.parse(value);
    },
    go: () => child.stdin.write('go\n'),
    close: () => {
      child.stdin.end();
      return ended;
    },
  };
}

export interface Bundles {
  readonly folder: string;
  /** As it is deployed. */
  readonly sink: string;
  /** The same with all of jsforce beside it. */
  readonly withJsforce: string;
  sizeOf(bundle: string): Promise<number>;
  remove(): Promise<void>;
}

export async function buildBundles(): Promise<Bundles> {
  const folder = await mkdtemp(path.join(tmpdir(), 'bench-sink-'));
  const handler = file('../functions/sink/handler.ts');
  const definition = file('programs/sink-bridge.ts');
  const sink = path.join(folder, 'sink.mjs');
  const withJsforce = path.join(folder, 'with-jsforce.mjs');
  await bundleProgram({ entry: handler, definition, outputFile: sink });
  const { entryPoints: _, ...options } = bundleOptions({ entry: handler, definition, outputFile: withJsforce });
  const contents = `import jsforce from 'jsforce';\nexport { handler } from ${JSON.stringify(handler)};\nexport const { Connection } = jsforce;`;
  await build({ ...options, stdin: { contents, resolveDir: file('..') } });
  return {
    folder,
    sink,
    withJsforce,
    sizeOf: async (bundle) => (await stat(bundle)).size,
    remove: () => rm(folder, { recursive: true }),
  };
}
