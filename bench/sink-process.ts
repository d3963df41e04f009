import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { bundleProgram } from '../local/bundle.ts';
import { bundleOptions } from '../shared/bundle/esbuild-options.ts';

const run = promisify(execFile);
const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Runs one task of the bench in a process of its own. */
export async function runTask<Result>(task: Readonly<Record<string, unknown>>, nodeOptions: readonly string[] = []) {
  const { stdout } = await run(
    process.execPath,
    [...nodeOptions, file('programs/sink-run.mjs'), JSON.stringify(task)],
    { maxBuffer: 64_000_000 },
  );
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Result;
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
