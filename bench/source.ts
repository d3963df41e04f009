import { Kafka, logLevel } from 'kafkajs';
import type { DeliveryGuarantee } from '../shared/kafka/channel-producer.ts';
import { replaceProduceEncoder } from '../shared/kafka/kafkajs-produce-request.ts';
import { guardKafkajsTimer } from '../shared/kafka/kafkajs-timer-guard.ts';
import { type OrgProcess, startOrgProcess } from './org-process.ts';
import { cpuSecondsOf, peakMegabytesOf } from './process-figures.ts';
import { figureLine } from './report.ts';
import { type BenchPoller, type SourceGround, startSourceGround, topic } from './source-ground.ts';
import { produceBare, readTopic, receiveBare } from './source-loops.ts';

const rows = 100_000;
const rowsPerCall = 200;
/** Live changes for the times from commit to acknowledgement: so many a second, for so long. */
const liveRate = 200;
const liveSeconds = 20;

type Print = (line: string) => void;

/**
 * Events a second from the org to the broker's acknowledgement, beside what the two ends do alone: a loop that only
 * receives, and one that only produces the same records. The slower of the two is the most that a bridge between them can
 * reach; both at once in one process is the most that one process reaches on this machine, where org and broker run too.
 */
export async function benchSource(print: Print): Promise<void> {
  guardKafkajsTimer();
  const org = await startOrgProcess({ publishDelayMs: 0, dailyApiRequests: 10_000_000 });
  let ground: SourceGround | undefined;
  try {
    ground = await startSourceGround(org);
    const kafka = new Kafka({ brokers: [ground.bootstrapServers], clientId: 'bench', logLevel: logLevel.NOTHING });
    await createRows(org, rows);

    const received = await timed(() => receiveBare(org, rows));

    const exactlyOnce = await ground.startPoller('exactlyOnce');
    const once = await catchUp(exactlyOnce, org, ground);
    const { samples, distinctKeys } = await readTopic(kafka, topic, rows);
    if (distinctKeys !== rows) throw new Error(`${rows} records came, of ${distinctKeys} rows`);
    const delays = await delaysAtSteadyLoad(org, exactlyOnce);
    await exactlyOnce.stop();
    const atLeastOnce = await ground.startPoller('atLeastOnce');
    const least = await catchUp(atLeastOnce, org, ground);
    await atLeastOnce.stop();

    const stock = await timed(() => produceBare(kafka, samples, rows));
    // As the poller's client has it, so that the loop is not slower than it has to be.
    replaceProduceEncoder();
    const produced = await timed(() => produceBare(kafka, samples, rows));
    const both = await timed(() => Promise.all([receiveBare(org, rows), produceBare(kafka, samples, rows)]));
    print(eventsLine('bare receive loop', received));
    print(eventsLine('bare producer loop, kafkajs as it comes', stock));
    print(eventsLine('bare producer loop, with our encoder', produced));
    print(eventsLine('both loops at once, unconnected', both));
    for (const { what, count, seconds, costs, peakMegabytes } of [once, least]) {
      print(figureLine({ what: `poller, ${what}`, count, unit: 'events', seconds }));
      const share = (of: Timed) => `${Math.round((100 * count * of.seconds) / seconds / rows)} %`;
      const slower = received.seconds > produced.seconds ? received : produced;
      print(`${'  of the slower loop, of both at once'.padEnd(44)} ${share(slower)}, ${share(both)}`);
      print(`${'  processor time an event'.padEnd(44)} ${costs}`);
      print(`${'  memory at its peak'.padEnd(44)} ${peakMegabytes?.toFixed(0) ?? '?'} MB`);
    }
    for (const { from, times } of delays) {
      print(`${`${from} to acknowledgement, ${liveRate} events/s`.padEnd(44)} ${percentiles(times)}`);
    }
  } finally {
    await ground?.stop();
    await org.close();
  }
}

interface Timed {
  readonly seconds: number;
  /** Of this process, in which the loops run. */
  readonly cpuSeconds: number;
}

function eventsLine(what: string, spent: Timed): string {
  return figureLine({ what, count: rows, unit: 'events', ...spent });
}

async function timed(work: () => Promise<unknown>): Promise<Timed> {
  const startedAt = performance.now();
  const cpuAtStart = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(cpuAtStart);
  return { seconds: (performance.now() - startedAt) / 1000, cpuSeconds: (user + system) / 1_000_000 };
}

interface CatchUp {
  readonly what: string;
  readonly count: number;
  readonly seconds: number;
  readonly costs: string;
  readonly peakMegabytes: number | undefined;
}

const names = { exactlyOnce: 'exactly once', atLeastOnce: 'at least once' } as const satisfies Record<
  DeliveryGuarantee,
  string
>;

/** From the first acknowledgement, so that neither the start of the program nor its login counts. */
async function catchUp(poller: BenchPoller, org: OrgProcess, { brokerPid }: SourceGround): Promise<CatchUp> {
  const cpu = () => Promise.all([org.cpuSeconds(), cpuSecondsOf(brokerPid), cpuSecondsOf(poller.pid)]);
  await poller.until(1);
  const before = await cpu();
  const already = poller.acknowledgedAt.length;
  const startedAt = poller.acknowledgedAt[0] ?? 0;
  await poller.until(rows);
  const after = await cpu();
  const count = rows - already;
  const spent = after.map((each, index) => (1_000_000 * ((each ?? Number.NaN) - (before[index] ?? 0))) / count);
  return {
    what: names[poller.guarantee],
    count,
    seconds: ((poller.acknowledgedAt[rows - 1] ?? 0) - startedAt) / 1000,
    costs: ['org', 'broker', 'poller'].map((name, index) => `${name} ${spent[index]?.toFixed(0)} µs`).join(', '),
    peakMegabytes: await peakMegabytesOf(poller.pid),
  };
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
