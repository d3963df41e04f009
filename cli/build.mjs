// Builds the package: compiled JavaScript in dist/, because Node refuses to strip types under node_modules, and beside it
// the files that are no code.
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';

rmSync('dist', { recursive: true, force: true });
const { status } = spawnSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
for (const file of globSync('local/**/*.{xml,yaml}')) {
  const target = path.join('dist', file);
  mkdirSync(path.dirname(target), { recursive: true });
  cpSync(file, target);
}
