import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type OrgProcess, startOrgProcess } from './org-process.ts';
import { accountRow, eventText } from './programs/accounts.ts';
import { figureLine } from './report.ts';
import { type Bundles, buildBundles, runTask } from './sink-process.ts';

const rowsPerBatch = 1000;
const batches = 60;
/** Execution environments at once, and requests at once of the bare loop. */
const instances = 4;
const rounds = 3;

interface Timed {
  readonly seconds: number;
  readonly rows: number;
}

/**
 * The bundle as it is deployed, with Lambda's events, against an org in a process of its own: rows a second beside a loop
 * that only posts bodies which are ready, memory for the largest event, size and time to load.
 */
export async function benchSink(print: (line: string) => void): Promise<void> {
  const bundles = await buildBundles();
  const org = await startOrgProcess({ publishDelayMs: 0, dailyApiRequests: 10_000_000 });
  try {
    await compareWithBareLoop(print, org, bundles);
    await measureMemory(print, org, bundles);
    await measureLoading(print, bundles);
  } finally {
    await org.close();
    await bundles.remove();
  }
}

async function compareWithBareLoop(print: (line: string) => void, org: OrgProcess, bundles: Bundles): Promise<void> {
  const { instanceUrl, token, credentials } = org;
  const shared = { instances, batches, batchSize: rowsPerBatch };
  const bare = (round: string) => runTask<Timed>({ kind: 'bare', ...shared, instanceUrl, token, round });
  const sink = (round: string) =>
    runTask<Timed>({ kind: 'sink', ...shared, bundle: bundles.sink, credentials, prepare: true, round });
  // Rows exist from here on, so that both do the same.
  await bare('made');
  const ratios: number[] = [];
  const rate = ({ rows, seconds }: Timed) => rows / seconds;
  for (let round = 1; round <= rounds; round += 1) {
    const loop = await bare(`bare ${round}`);
    const ours = await sink(`sink ${round}`);
    print(figureLine({ what: `round ${round}: bare loop`, count: loop.rows, unit: 'rows', seconds: loop.seconds }));
    print(figureLine({ what: `round ${round}: sink`, count: ours.rows, unit: 'rows', seconds: ours.seconds }));
    ratios.push(rate(ours) / rate(loop));
  }
  const median = [...ratios].sort((a, b) => a - b)[Math.floor(ratios.length / 2)] ?? 0;
  const all = ratios.map((ratio) => `${Math.round(ratio * 100)} %`).join(', ');
  print(`sink / bare loop: ${Math.round(median * 100)} % (target 85 %; rounds: ${all})\n`);
}

/** A synchronous invocation's payload may have 6 MB. */
const largestEvent = 6 * 1_048_576;

async function measureMemory(print: (line: string) => void, org: OrgProcess, bundles: Bundles): Promise<void> {
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
  const { loadedMb, peakMb } = await runTask<{ loadedMb: number; peakMb: number }>({
    kind: 'event',
    bundle: bundles.sink,
    credentials: org.credentials,
    eventFile,
  });
  print(
    `memory: ${Math.round(peakMb)} MB at most for an event of ${(text.length / 1_048_576).toFixed(1)} MB with ` +
      `${count.toLocaleString('en-US')} records (target 256 MB; ${Math.round(loadedMb)} MB once loaded)\n`,
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
