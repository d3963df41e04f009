import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bridge } from '../../shared/bridge/bridge.ts';
import { bundleProgram } from '../bundle.ts';

interface BundleParts {
  readonly bridge: Bridge;
  readonly definitionFile: string;
  readonly runFolder: string;
}

/** Bundles the programs that a definition needs, with the definition, to `<run folder>/<program>/index.mjs`. */
export async function bundlePrograms({ bridge, definitionFile, runFolder }: BundleParts): Promise<void> {
  const bundle = (name: string, entry: string) =>
    bundleProgram({
      entry: fileURLToPath(new URL(entry + path.extname(import.meta.url), import.meta.url)),
      definition: definitionFile,
      outputFile: path.join(runFolder, name, 'index.mjs'),
    });
  await Promise.all([
    ...(bridge.sources.length > 0 ? [bundle('poller', '../../functions/poller/main')] : []),
    ...(bridge.sinks.length > 0 ? [bundle('sink', '../../functions/sink/handler')] : []),
  ]);
}
