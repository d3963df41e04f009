import type { BuildOptions } from 'esbuild';

export interface BundleRequest {
  /** Entry file of the program. */
  readonly entry: string;
  /** The bridge definition that `#bridge` stands for in this bundle. Not needed by a program that does not import it. */
  readonly definition?: string;
  readonly outputFile: string;
}

/**
 * How a program becomes one ES module with a user's definition inside, on a laptop and in the cloud alike. Functions cannot
 * travel into a bundle as objects, so the definition travels as a module behind the `#bridge` alias.
 */
export function bundleOptions({ entry, definition, outputFile }: BundleRequest) {
  return {
    entryPoints: [entry],
    outfile: outputFile,
    ...(definition === undefined ? {} : { alias: { '#bridge': definition } }),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    sourcemap: 'linked',
    minify: true,
    // Not keepNames: it wraps every function as it is made, closures of hot paths included. Stack traces have their
    // names from the source map, and errors say theirs themselves.
    // kafkajs and jsforce are CommonJS and call require for Node's own modules.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    logLevel: 'silent',
  } as const satisfies BuildOptions;
}
