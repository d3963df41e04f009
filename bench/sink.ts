import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type AwsStub, startAwsStub } from './aws-stub.ts';
import { type OrgProcess, startOrgProcess } from './org-process.ts';
import { accountRow, eventText } from './programs/accounts.ts';
import {
  type Bundles,
  buildBundles,
  type Round,
  runTask,
  startTeam,
  type TaskKind,
  type Team,
} from './sink-process.ts';

const rowsPerBatch = 1000;
/** Execution environments at once, each a process with one batch at a time; bare loops likewise. */
const instances = 4;
/** Batches of each before the first round: so many until the compiler has nothing left to do. */
const warmUp = 40;
/**
 * Of each in a round. Rounds are short and in turn, so that whatever else the machine does strikes all alike; and so long that
 * their ends, where the org waits for the first batches and nobody is left beside the last ones, weigh little.
 */
const batches = 16;
const rounds = 7;

/**
 * The bundle as it is deployed, with Lambda's events, against an org in a process of its own: rows a second beside loops
 * that only post bodies which are ready, memory for the largest event, size and time to load.
 */
export async function benchSink(print: (line: string) => void): Promise<void> {
  const bundles = await buildBundles();
  const org = await startOrgProcess({ publishDelayMs: 0, dailyApiRequests: 10_000_000 });
  const aws = await startAwsStub(org.credentials);
  try {
    await compareWithBareLoops(print, org, aws, bundles);
    await measureMemory(print, aws, bundles);
    await measureLoading(print, bundles);
  } finally {
    aws.close();
    await org.close();
    await bundles.remove();
  }
}

const teams = ['collections', 'composite', 'sink'] as const satisfies TaskKind[];
type TeamName = (typeof teams)[number];

async function compareWithBareLoops(
  print: (line: string) => void,
  org: OrgProcess,
  aws: AwsStub,
  bundles: Bundles,
): Promise<void> {
  const { instanceUrl, token } = org;
  const shared = { warmUp, rounds, batches, batchSize: rowsPerBatch };
  const loop = { ...shared, instanceUrl, token };
  await createRows(loop);
  const tasks = { collections: loop, composite: loop, sink: { ...shared, bundle: bundles.sink } };
  const running: [TeamName, Team][] = [];
  for (const name of teams) {
    const task = { ...tasks[name], kind: name, mark: name };
    running.push([name, await startTeam(task, instances, name === 'sink' ? aws.environment : {})]);
  }
  const measured: Record<TeamName, Measured[]> = { collections: [], composite: [], sink: [] };
  for (let round = 1; round <= rounds; round += 1) {
    for (const [name, team] of running) {
      const orgBefore = (await org.cpuSeconds()) ?? 0;
      const figures = await team.round();
      measured[name].push({ ...figures, orgCpuSeconds: ((await org.cpuSeconds()) ?? 0) - orgBefore });
    }
    const rates = teams.map((name) => `${name} ${inThousands(rateOf(measured[name].at(-1)))}`);
    print(`round ${String(round).padStart(2)}, rows/s: ${rates.join(', ')}`);
  }
  await Promise.all(running.map(([, team]) => team.close()));
  for (const name of teams) print(`${name.padEnd(12)} ${costsOf(measured[name])}`);
  const share = (name: TeamName) => {
    const ratios = measured.sink.map((ours, round) => rateOf(ours) / rateOf(measured[name][round]));
    return `${Math.round(100 * medianOf(ratios))} %`;
  };
  print(
    `sink / loop that posts collections bodies: ${share('collections')}, the median of ${rounds} rounds (target 85 %)`,
  );
  print(`sink / loop that posts five of them in a composite: ${share('composite')}\n`);
}

type Measured = Round & { readonly orgCpuSeconds: number };

function rateOf(round: Round | undefined): number {
  return round === undefined ? Number.NaN : round.rows / round.seconds;
}

function costsOf(rounds: readonly Measured[]): string {
  const total = (pick: (each: Measured) => number) => rounds.reduce((sum, each) => sum + pick(each), 0);
  const rows = total((each) => each.rows);
  const perRow = (seconds: number) => `${((seconds * 1e6) / rows).toFixed(1)} µs`;
  const own = perRow(total(({ cpuSeconds }) => cpuSeconds));
  const ofOrg = perRow(total(({ orgCpuSeconds }) => orgCpuSeconds));
  return `${inThousands(medianOf(rounds.map(rateOf)))} rows/s in the median, processor time for a row: ${own}, of the org ${ofOrg}`;
}

function medianOf(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN;
}

function inThousands(figure: number): string {
  return Math.round(figure).toLocaleString('en-US').padStart(6);
}

/** Rows exist from then on, so that all do the same. */
async function createRows(loop: Readonly<Record<string, unknown>>): Promise<void> {
  const all = await startTeam(
    { ...loop, kind: 'composite', warmUp: warmUp + rounds * batches, rounds: 0, mark: 'made' },
    instances,
  );
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
