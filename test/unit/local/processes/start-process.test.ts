import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ProcessSettings, startProcess } from '../../../../local/processes/start-process.ts';
import { isAlive, waitUntil } from '../wait-until.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'processes-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function node(script: string, more: Partial<ProcessSettings> = {}): ProcessSettings {
  return {
    name: 'probe',
    command: process.execPath,
    args: ['-e', script],
    env: {},
    cwd: folder,
    logFile: path.join(folder, 'logs', 'probe.log'),
    ...more,
  };
}

describe('startProcess', () => {
  test('gives the program exactly the given environment and appends its output to the log', async () => {
    const lines: string[] = [];
    const errors: string[] = [];
    const settings = node('console.log(JSON.stringify(process.env)); console.error("to stderr")', {
      env: { ONLY: 'this', NOT_SET: undefined },
      onStdoutLine: (line) => lines.push(line),
    });
    expect(await (await startProcess(settings)).exited).toEqual({ code: 0, signal: null });
    const watched = { ...settings, onStderrLine: (line: string) => void errors.push(line) };
    expect(await (await startProcess(watched)).exited).toEqual({ code: 0, signal: null });
    expect(errors).toEqual(['to stderr']);
    expect(lines).toEqual(['{"ONLY":"this"}', '{"ONLY":"this"}']);
    const log = await readFile(settings.logFile, 'utf8');
    expect(log.split('\n').sort()).toEqual(['', 'to stderr', 'to stderr', ...lines]);
  });

  test.each([
    ['an exit code', 'process.exit(7)', { code: 7, signal: null }],
    ['a signal', 'process.kill(process.pid, "SIGKILL")', { code: null, signal: 'SIGKILL' }],
  ])('reports %s', async (_, script, exit) => {
    expect(await (await startProcess(node(script))).exited).toEqual(exit);
  });

  test('names the real process, and stop() lets it finish', async () => {
    const lines: string[] = [];
    const program = await startProcess(
      node(
        'process.on("SIGTERM", () => { console.log("drained"); process.exit(0) }); setInterval(() => {}, 1000); console.log(process.pid)',
        { onStdoutLine: (line) => lines.push(line) },
      ),
    );
    await waitUntil(() => lines.length === 1);
    expect(lines[0]).toBe(String(program.pid));
    await program.stop();
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(lines[1]).toBe('drained');
  });

  test('stop() kills a program that ignores SIGTERM, and what it started', async () => {
    const lines: string[] = [];
    const stubborn = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log(process.pid);';
    const script = `${stubborn} require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(stubborn)}], { stdio: 'inherit' });`;
    const program = await startProcess(node(script, { onStdoutLine: (line) => lines.push(line), stopGraceMs: 200 }));
    await waitUntil(() => lines.length === 2);
    await program.stop();
    expect(await program.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await waitUntil(() => !lines.map(Number).some(isAlive));
  });

  test('offers a two-way pipe to the program', async () => {
    const script =
      'const s = new (require("net").Socket)({ fd: 3 }); s.on("data", (d) => s.write(String(d).toUpperCase())); s.on("end", () => process.exit(3))';
    const program = await startProcess(node(script, { withChannel: true }));
    const answer = new Promise((resolve) => program.channel?.once('data', (data) => resolve(String(data))));
    program.channel?.write('hello');
    expect(await answer).toBe('HELLO');
    program.channel?.end();
    expect(await program.exited).toEqual({ code: 3, signal: null });
  });

  test('refuses a program that does not exist', async () => {
    const settings = node('', { command: path.join(folder, 'missing') });
    await expect(startProcess(settings)).rejects.toMatchObject({
      code: 'SKB_ENVIRONMENT_UNFIT',
      message: expect.stringContaining('Cannot start probe'),
    });
  });
});
