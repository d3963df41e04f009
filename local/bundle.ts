import { build } from 'esbuild';

export interface BundleRequest {
  /** Entry file of the program. */
  readonly entry: string;
  /** The bridge definition that `#bridge` stands for in this bundle. */
  readonly definition: string;
  readonly outputFile: string;
}

/**
 * Bundles a program with a user's definition into one ES module, as it runs in AWS. Functions cannot travel into a
 * bundle as objects, so the definition travels as a module behind the `#bridge` alias.
 */
export async function bundleProgram({ entry, definition, outputFile }: BundleRequest): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile: outputFile,
    alias: { '#bridge': definition },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    sourcemap: 'linked',
    minify: true,
    keepNames: true,
    // kafkajs and jsforce are CommonJS and call require for Node's own modules.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    logLevel: 'silent',
  });
}
