import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Stack, Stage } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { buildSync } from 'esbuild';
import { bundleOptions } from '../shared/bundle/esbuild-options.ts';

export interface StagedProgram {
  /** Entry file of the program. */
  readonly entry: string;
  /** The definition file behind `#bridge`. */
  readonly definition?: string;
  /** Name of the bundle in the folder. */
  readonly fileName: string;
}

/**
 * Bundles programs into a folder of the cloud assembly. The folder's content, and so the hash of the asset, depends on the
 * code only: neither on the machine nor on where the checkout lies.
 */
export function stageFolder(
  scope: Construct,
  programs: readonly StagedProgram[],
  otherFiles: Readonly<Record<string, string>> = {},
): string {
  const folder = path.join(Stage.of(scope)?.outdir ?? 'cdk.out', 'bundles', scope.node.addr);
  const files = new Map(Object.entries(otherFiles));
  for (const program of programs) for (const [name, text] of bundleOf(scope, program)) files.set(name, text);
  for (const [name, text] of files) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return folder;
}

function bundleOf(scope: Construct, { entry, definition, fileName }: StagedProgram): [string, string][] {
  // The context key aws:cdk:bundling-stacks, as for CDK's own bundling: tests of a template need no bundle.
  if (!Stack.of(scope).bundlingRequired) return [[fileName, `// not bundled: ${hash(fileName)}\n`]];
  // The source map names its sources relative to the output, so this is a place beside them; nothing is written there.
  const outputFile = path.join(path.dirname(definition ?? entry), fileName);
  const options = bundleOptions({ entry, outputFile, ...(definition === undefined ? {} : { definition }) });
  const { outputFiles } = buildSync({ ...options, write: false });
  return outputFiles.map(({ path: file, text }) => [path.basename(file), text]);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
