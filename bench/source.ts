import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import type { DeliveryGuarantee } from '../shared/kafka/channel-producer.ts';
import { guardKafkajsTimer } from '../shared/kafka/kafkajs-timer-guard.ts';
import { type BareLoop, type LoopFigures, runBareLoop } from './bare-loop.ts';
import { type OrgProcess, startOrgProcess } from './org-process.ts';
import { cpuSecondsOf, peakMegabytesOf } from './process-figures.ts';
import { type BenchPoller, type SourceGround, startSourceGround, topic } from './source-ground.ts';
import { readTopic } from './source-loops.ts';

const rows = 100_000;
const rowsPerCall = 200;
/** Events that poller and loops are through with before anything counts: by then the compiler has little left to do. */
const warmUp = 40_000;
/** In each, everything runs in turn, so that whatever else the machine does strikes all alike. */
const rounds = 5;
/** Live changes for the times from commit to acknowledgement: so many a second, for so long. */
const liveRate = 200;
const liveSeconds = 20;

type Print = (line: string) => void;

/**
 * Events a second from the org to the broker's acknowledgement, beside what the two ends do alone: a loop that only
 * receives, and one that only produces the same records. The slower of the two is the most that a bridge between them can
 * reach; both at once in one process is the most that one process reaches on this machine, where org and broker run too.
 * Poller and loops run in processes of their own, from the same warm-up on.
 */
export async function benchSource(print: Print): Promise<void> {
  guardKafkajsTimer();
  const org = await startOrgProcess({ publishDelayMs: 0, dailyApiRequests: 10_000_000 });
  let ground: SourceGround | undefined;
  try {
    ground = await startSourceGround(org);
    await createRows(org, rows);
    const loop = await prepareLoops(org, ground);
    const measured: Round[] = [];
    let last: BenchPoller | undefined;
    for (let number = 1; number <= rounds; number += 1) {
      await last?.stop();
      const [round, poller] = await runRound(loop, org, ground);
      last = poller;
      measured.push(round);
      print(`round ${number}: ${lines.map(({ of, name }) => `${name} ${rateText(round[of])}`).join(', ')}`);
    }
    printMedians(print, measured);
    const delays = last === undefined ? [] : await delaysAtSteadyLoad(org, last);
    await last?.stop();
    for (const { from, times } of delays) {
      print(`${`${from} to acknowledgement, ${liveRate} events/s`.padEnd(lineWidth)} ${percentiles(times)}`);
    }
  } finally {
    await ground?.stop();
    await org.close();
  }
}

/** What the poller does, besides its rate. */
interface CatchUp extends LoopFigures {
  readonly orgCpuSeconds: number;
  readonly brokerCpuSeconds: number;
  readonly peakMegabytes: number | undefined;
}

interface Round {
  readonly receive: LoopFigures;
  readonly kafkajs: LoopFigures;
  readonly ours: LoopFigures;
  readonly both: LoopFigures;
  readonly atLeastOnce: CatchUp;
  readonly exactlyOnce: CatchUp;
}

const lineWidth = 48;
const lines = [
  { of: 'receive', name: 'bare receive loop' },
  { of: 'kafkajs', name: 'bare producer loop, kafkajs as it comes' },
  { of: 'ours', name: 'bare producer loop, kafkajs as the poller has it' },
  { of: 'both', name: 'both loops at once, unconnected' },
  { of: 'atLeastOnce', name: 'poller, at least once' },
  { of: 'exactlyOnce', name: 'poller, exactly once' },
] as const satisfies readonly { readonly of: keyof Round; readonly name: string }[];

/** A first poller, not measured: it makes the records that the loops produce, and the broker is warm then, too. */
async function prepareLoops(org: OrgProcess, ground: SourceGround): Promise<Omit<BareLoop, 'kind' | 'client'>> {
  const { bootstrapServers } = ground;
  const poller = await ground.startPoller('exactlyOnce');
  await poller.until(rows);
  await poller.stop();
  const kafka = new Kafka({ brokers: [bootstrapServers], clientId: 'bench', logLevel: logLevel.NOTHING });
  const { samples, distinctKeys } = await readTopic(kafka, topic, rows);
  if (distinctKeys !== rows) throw new Error(`${rows} records came, of ${distinctKeys} rows`);
  const samplesFile = path.join(ground.folder, 'samples.json');
  await writeFile(samplesFile, JSON.stringify(samples));
  const { instanceUrl, token } = org;
  return { events: rows, warmUp, instanceUrl, token, bootstrapServers, samplesFile };
}

/** @returns what was measured, and the poller that ran last, which still runs. */
async function runRound(
  loop: Omit<BareLoop, 'kind' | 'client'>,
  org: OrgProcess,
  ground: SourceGround,
): Promise<readonly [Round, BenchPoller]> {
  const receive = await runBareLoop({ ...loop, kind: 'receive', client: 'kafkajs' });
  const kafkajs = await runBareLoop({ ...loop, kind: 'produce', client: 'kafkajs' });
  // So that the loop is not slower than it has to be.
  const ours = await runBareLoop({ ...loop, kind: 'produce', client: 'ours' });
  const both = await runBareLoop({ ...loop, kind: 'both', client: 'ours' });
  const [atLeastOnce, former] = await catchUp('atLeastOnce', org, ground);
  await former.stop();
  const [exactlyOnce, poller] = await catchUp('exactlyOnce', org, ground);
  return [{ receive, kafkajs, ours, both, atLeastOnce, exactlyOnce }, poller];
}

async function catchUp(
  guarantee: DeliveryGuarantee,
  org: OrgProcess,
  ground: SourceGround,
): Promise<readonly [CatchUp, BenchPoller]> {
  const poller = await ground.startPoller(guarantee);
  const cpu = () => Promise.all([org.cpuSeconds(), cpuSecondsOf(ground.brokerPid), cpuSecondsOf(poller.pid)]);
  await poller.until(warmUp);
  const before = await cpu();
  const already = poller.acknowledgedAt.length;
  const startedAt = poller.acknowledgedAt[already - 1] ?? 0;
  await poller.until(rows);
  const spent = (await cpu()).map((each, index) => (each ?? Number.NaN) - (before[index] ?? 0));
  const [orgCpuSeconds = 0, brokerCpuSeconds = 0, cpuSeconds = 0] = spent;
  return [
    {
      events: rows - already,
      seconds: ((poller.acknowledgedAt[rows - 1] ?? 0) - startedAt) / 1000,
      cpuSeconds,
      orgCpuSeconds,
      brokerCpuSeconds,
      peakMegabytes: await peakMegabytesOf(poller.pid),
    },
    poller,
  ];
}

function printMedians(print: Print, measured: readonly Round[]): void {
  const share = (of: 'exactlyOnce' | 'atLeastOnce', other: (round: Round) => LoopFigures) =>
    `${Math.round(100 * medianOf(measured, (round) => rateOf(round[of]) / rateOf(other(round))))} %`;
  const slower = (one: LoopFigures, other: LoopFigures) => (rateOf(one) < rateOf(other) ? one : other);
  print(
    `\nmedians of ${rounds} rounds, of each the events ${warmUp.toLocaleString('en-US')} to ${rows.toLocaleString('en-US')}:`,
  );
  for (const { of, name } of lines) {
    const rate = medianOf(measured, (round) => rateOf(round[of]));
    const cpu = medianOf(measured, (round) => microseconds(round[of], round[of].cpuSeconds));
    print(
      `${name.padEnd(lineWidth)} ${wholeNumber(rate).padStart(9)} events/s   ${cpu.toFixed(0)} µs of its processor time an event`,
    );
  }
  for (const guarantee of ['exactlyOnce', 'atLeastOnce'] as const) {
    const micros = (pick: (figures: CatchUp) => number) =>
      medianOf(measured, (round) => microseconds(round[guarantee], pick(round[guarantee]))).toFixed(0);
    const peak = Math.max(...measured.map((round) => round[guarantee].peakMegabytes ?? Number.NaN));
    print(`${names[guarantee]}:`);
    print(
      `  ${share(guarantee, ({ receive, kafkajs }) => slower(receive, kafkajs))} of the slower loop, kafkajs as it comes`,
    );
    print(
      `  ${share(guarantee, ({ receive, ours }) => slower(receive, ours))} of the slower loop, kafkajs as the poller has it`,
    );
    print(`  ${share(guarantee, ({ both }) => both)} of both loops at once`);
    print(
      `  processor time an event: org ${micros((each) => each.orgCpuSeconds)} µs, broker ${micros((each) => each.brokerCpuSeconds)} µs`,
    );
    print(`  memory at its peak: ${peak.toFixed(0)} MB`);
  }
}

const names = { exactlyOnce: 'exactly once', atLeastOnce: 'at least once' } as const satisfies Record<
  DeliveryGuarantee,
  string
>;

function rateOf({ events, seconds }: LoopFigures): number {
  return events / Math.max(seconds, 0.001);
}

function rateText(figures: LoopFigures): string {
  return `${wholeNumber(rateOf(figures))}/s`;
}

function wholeNumber(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function microseconds({ events }: LoopFigures, seconds: number): number {
  return (1_000_000 * seconds) / events;
}

function medianOf(measured: readonly Round[], pick: (round: Round) => number): number {
  const sorted = measured.map(pick).sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

interface Delays {
  readonly from: string;
  /** Milliseconds. */
  readonly times: readonly number[];
}

/** A change's commit lies between the call that makes it and the call's answer, so both are measured from. */
async function delaysAtSteadyLoad(org: OrgProcess, poller: BenchPoller): Promise<readonly Delays[]> {
  const calls = await changeSteadily(org);
  await poller.until(rows + liveRate * liveSeconds);
  const since = (time: keyof Call) =>
    calls.flatMap((call, index) => {
      const first = rows + index * call.count;
      return poller.acknowledgedAt.slice(first, first + call.count).map((at) => at - call[time]);
    });
  return [
    { from: 'call', times: since('sentAt') },
    { from: 'answer', times: since('answeredAt') },
  ];
}

function percentiles(times: readonly number[]): string {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]?.toFixed(0) ?? '?';
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}

interface Call {
  readonly count: number;
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** A tenth of a second's changes, ten times a second. */
async function changeSteadily(org: OrgProcess): Promise<readonly Call[]> {
  const calls: Call[] = [];
  const startedAt = now();
  const count = liveRate / 10;
  for (let tick = 0; tick < liveSeconds * 10; tick += 1) {
    const sentAt = now();
    await createRows(org, count, rows + tick * count);
    calls.push({ count, sentAt, answeredAt: now() });
    const due = startedAt + (tick + 1) * 100;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - now())));
  }
  return calls;
}

/** Comparable with the time of another process, and finer than a millisecond. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

async function createRows({ instanceUrl, token }: OrgProcess, count: number, from = 0): Promise<void> {
  for (let start = 0; start < count; start += rowsPerCall) {
    const records = Array.from({ length: Math.min(rowsPerCall, count - start) }, (_, index) => ({
      attributes: { type: 'Account' },
      Name: `Account ${from + start + index}`,
      Phone: '+49 30 1234567',
      BillingCity: 'Berlin',
    }));
    const response = await fetch(`${instanceUrl}/services/data/v66.0/composite/sobjects`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ allOrNone: false, records }),
    });
    if (!response.ok) throw new Error(`create: ${response.status} ${await response.text()}`);
    await response.arrayBuffer();
  }
}
