import { cpus, loadavg } from 'node:os';
import type { Benchmark } from './report.ts';

/** What `npm run bench -- <name>` measures; several benches may share a name. */
const benches: Readonly<Record<string, readonly (() => Promise<Benchmark>)[]>> = {
  org: [
    async () => (await import('./org.ts')).benchOrg,
    async () => (await import('./org-streaming.ts')).benchOrgStreaming,
  ],
  source: [async () => (await import('./source.ts')).benchSource],
  sink: [async () => (await import('./sink.ts')).benchSink],
  'sink-calls': [async () => (await import('./sink-calls.ts')).benchSinkCalls],
};

const name = process.argv[2] ?? '';
const chosen = benches[name];
if (chosen === undefined) {
  console.error(`Usage: npm run bench -- <name>, where <name> is one of: ${Object.keys(benches).join(', ')}`);
  process.exitCode = 2;
} else {
  const [cpu] = cpus();
  process.stdout.write(
    `${name} on ${cpus().length} cores (${cpu?.model ?? 'unknown'}), Node ${process.versions.node}, ` +
      `${loadavg()[0]?.toFixed(1)} programs ran in the last minute\n\n`,
  );
  for (const load of chosen) {
    const run = await load();
    await run((line) => process.stdout.write(`${line}\n`));
  }
}
