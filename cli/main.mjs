#!/usr/bin/env node
// Plain JavaScript that any Node from 18 on can read, so that a too old one gets a sentence instead of a stack trace.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const needed = 24;
const found = process.versions.node;

if (Number(found.split('.')[0]) < needed) {
  process.stderr.write(
    `This needs Node ${needed}, and Node ${found} is running.\n` +
      'Ways out: run it through npm after `npm ci` (on Linux x64 and arm64 that installs Node 24 beside the code),\n' +
      'or install Node 24 from https://nodejs.org and run it with that.\n',
  );
  process.exit(1);
}

// In a checkout the TypeScript runs as it is; the published package carries it compiled.
const source = new URL('./bridge.ts', import.meta.url);
const program = existsSync(fileURLToPath(source)) ? source : new URL('./bridge.js', import.meta.url);
const { runBridge } = await import(program.href);
const code = await runBridge(process.argv);
if (code !== 0) process.exitCode = code;
