import { build } from 'esbuild';
import { type BundleRequest, bundleOptions } from '../shared/bundle/esbuild-options.ts';

/** Bundles a program with a user's definition into one ES module, as it runs in AWS. */
export async function bundleProgram(request: BundleRequest): Promise<void> {
  await build(bundleOptions(request));
}
