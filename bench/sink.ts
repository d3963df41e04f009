import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type AwsStub, startAwsStub } from './aws-stub.ts';
import { type OrgProcess, startOrgProcess } from './org-process.ts';
import { accountRow, eventText } from './programs/accounts.ts';
import { type Bundles, buildBundles, type Round, runTask, startTeam } from './sink-process.ts';

const rowsPerBatch = 1000;
/** Execution environments at once, each a process with one batch at a time; bare loops likewise. */
const instances = 4;
/** Batches of each before the first round: so many until the compiler has nothing left to do. */
const warmUp = 25;
/** Of each in a round. Short ones in turn, so that whatever else the machine does strikes both alike. */
const batches = 8;
const rounds = 15;

/**
 * The bundle as it is deployed, with Lambda's events, against an org in a process of its own: rows a second beside a loop
 * that only posts bodies which are ready, memory for the largest event, size and time to load.
 */
export async function benchSink(print: (line: string) => void): Promise<void> {
  const bundles = await buildBundles();
  const org = await startOrgProcess({ publishDelayMs: 0, dailyApiRequests: 10_000_000 });
  const aws = await startAwsStub(org.credentials);
  try {
    await compareWithBareLoop(print, org, aws, bundles);
    await measureMemory(print, aws, bundles);
    await measureLoading(print, bundles);
  } finally {
    aws.close();
    await org.close();
    await bundles.remove();
  }
}

async function compareWithBareLoop(
  print: (line: string) => void,
  org: OrgProcess,
  aws: AwsStub,
  bundles: Bundles,
): Promise<void> {
  const { instanceUrl, token } = org;
  const shared = { warmUp, rounds, batches, batchSize: rowsPerBatch };
  const bareLoop = { kind: 'bare', ...shared, instanceUrl, token };
  await createRows(bareLoop);
  const bare = await startTeam({ ...bareLoop, mark: 'bare' }, instances);
  const sink = await startTeam(
    { kind: 'sink', ...shared, bundle: bundles.sink, mark: 'sink' },
    instances,
    aws.environment,
  );
  const ratios: number[] = [];
  const cpu = { bare: 0, sink: 0, org: 0, rows: 0 };
  for (let round = 1; round <= rounds; round += 1) {
    const loop = await bare.round();
    const orgBefore = (await org.cpuSeconds()) ?? 0;
    const ours = await sink.round();
    cpu.org += ((await org.cpuSeconds()) ?? 0) - orgBefore;
    const ratio = loop.seconds / ours.seconds;
    const rate = ({ rows, seconds }: Round) => `${Math.round(rows / seconds).toLocaleString('en-US')} rows/s`;
    print(`round ${round}: bare loop ${rate(loop)}, sink ${rate(ours)}: ${Math.round(ratio * 100)} %`);
    ratios.push(ratio);
    cpu.rows += ours.rows;
    cpu.bare += loop.cpuSeconds;
    cpu.sink += ours.cpuSeconds;
  }
  await Promise.all([bare.close(), sink.close()]);
  const median = ratios.sort((a, b) => a - b)[Math.floor(ratios.length / 2)] ?? 0;
  const perRow = (seconds: number) => `${((seconds * 1e6) / cpu.rows).toFixed(1)} µs`;
  print(`sink / bare loop: ${Math.round(median * 100)} %, the median of ${rounds} rounds (target 85 %)`);
  print(`processor time for a row: sink ${perRow(cpu.sink)}, bare loop ${perRow(cpu.bare)}, org ${perRow(cpu.org)}\n`);
}

/** Rows exist from then on, so that both do the same. */
async function createRows(bareLoop: Readonly<Record<string, unknown>>): Promise<void> {
  const all = await startTeam({ ...bareLoop, warmUp: warmUp + rounds * batches, rounds: 0, mark: 'made' }, instances);
  await all.close();
}

/** A synchronous invocation's payload may have 6 MB. */
const largestEvent = 6 * 1_048_576;
const memoryRuns = 5;
/** The least that a definition may give a function. */
const memoryMb = 256;

async function measureMemory(print: (line: string) => void, aws: AwsStub, bundles: Bundles): Promise<void> {
  const row = (index: number) => accountRow(index, 'd'.repeat(200));
  const bytesPerRecord = eventText(0, 1, [row(9000)]).length - eventText(0, 1, []).length + 1;
  const count = Math.floor(largestEvent / bytesPerRecord);
  const eventFile = path.join(bundles.folder, 'event.json');
  const text = eventText(
    0,
    1,
    Array.from({ length: count }, (_, index) => row(index)),
  );
  await writeFile(eventFile, text);
  const figures: { loadedMb: number; peakMb: number }[] = [];
  for (let run = 0; run < memoryRuns; run += 1) {
    figures.push(await runTask({ kind: 'event', bundle: bundles.sink, eventFile, memoryMb }, aws.environment));
  }
  const largest = (pick: (each: (typeof figures)[number]) => number) => Math.round(Math.max(...figures.map(pick)));
  print(
    `memory: ${largest(({ peakMb }) => peakMb)} MB at most in ${memoryRuns} runs, for an event of ` +
      `${(text.length / 1_048_576).toFixed(1)} MB with ${count.toLocaleString('en-US')} records ` +
      `(target ${memoryMb} MB; ${largest(({ loadedMb }) => loadedMb)} MB once loaded)\n`,
  );
}

async function measureLoading(print: (line: string) => void, bundles: Bundles): Promise<void> {
  const figures: Record<string, { size: number; milliseconds: number }> = {};
  for (const name of ['sink', 'withJsforce'] as const) {
    const times: number[] = [];
    for (let run = 0; run < 7; run += 1) {
      times.push((await runTask<{ milliseconds: number }>({ kind: 'init', bundle: bundles[name] })).milliseconds);
    }
    const milliseconds = times.sort((a, b) => a - b)[3] ?? 0;
    figures[name] = { size: await bundles.sizeOf(bundles[name]), milliseconds };
  }
  for (const [name, what] of [
    ['sink', 'bundle'],
    ['withJsforce', 'bundle with all of jsforce'],
  ] as const) {
    const { size = 0, milliseconds = 0 } = figures[name] ?? {};
    print(`${what.padEnd(30)} ${(size / 1_000_000).toFixed(2)} MB, loaded in ${Math.round(milliseconds)} ms`);
  }
}
