import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isAlive, waitUntil } from '../../unit/local/wait-until.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'guard-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const startProcessFile = path.resolve(import.meta.dirname, '../../../local/processes/start-process.ts');

/** A supervisor that starts one program, which starts another one; it prints all process ids and stays. */
async function startSupervisor(program: string) {
  const file = path.join(folder, 'supervisor.ts');
  await writeFile(
    file,
    `import { startProcess } from ${JSON.stringify(startProcessFile)};
     const program = await startProcess({
       name: 'program', command: process.execPath, args: ['-e', ${JSON.stringify(program)}], env: {},
       cwd: ${JSON.stringify(folder)}, logFile: ${JSON.stringify(path.join(folder, 'program.log'))},
       onStdoutLine: (line) => console.log(line),
     });
     console.log(program.pid);`,
  );
  const supervisor = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pids: number[] = [];
  createInterface({ input: supervisor.stdout }).on('line', (line) => pids.push(Number(line)));
  return { supervisor, pids };
}

const obedient = 'setInterval(() => {}, 1000);';
const stubborn = `process.on('SIGTERM', () => {}); ${obedient}`;
const withChild = (child: string) =>
  `const { spawn } = require('child_process');
   console.log(spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'ignore' }).pid);`;

test.each([
  ['a program that obeys SIGTERM', `${withChild(obedient)} ${obedient}`],
  ['a program and a child that ignore SIGTERM', `${withChild(stubborn)} ${stubborn}`],
  ['a program that spins', `${withChild(obedient)} setTimeout(() => { for (;;); }, 100)`],
])('SIGKILL of the supervisor leaves nothing of %s after 10 s', async (_, program) => {
  const { supervisor, pids } = await startSupervisor(program);
  await waitUntil(() => pids.length === 2);
  expect(pids.every(isAlive)).toBe(true);
  supervisor.kill('SIGKILL');
  await once(supervisor, 'exit');
  await waitUntil(() => !pids.some(isAlive), 10_000);
});
