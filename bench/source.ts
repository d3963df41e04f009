import { type Consumer, Kafka, logLevel } from 'kafkajs';
import { guardKafkajsTimer } from '../shared/kafka/kafkajs-timer-guard.ts';
import { createCometdReader } from './cometd-reader.ts';
import { type OrgProcess, startOrgProcess } from './org-process.ts';
import { figureLine } from './report.ts';
import { type SourceGround, startSourceGround } from './source-ground.ts';

const rows = 40_000;
const rowsPerCall = 200;
const channel = '/data/AccountChangeEvent';
const topic = 'bench.accounts';
const bareTopic = 'bench.bare';
const batch = 500;
/** Live changes for the times from commit to acknowledgement: so many a second, for so long. */
const liveRate = 200;
const liveSeconds = 20;

/**
 * Events a second from the org to the broker, beside what the two ends do alone: a loop that only receives, and one that
 * only produces the same records. The slower of the two is the most that a bridge between them can reach.
 */
export async function benchSource(print: (line: string) => void): Promise<void> {
  guardKafkajsTimer();
  const org = await startOrgProcess({ publishDelayMs: 0, dailyApiRequests: 10_000_000 });
  let ground: SourceGround | undefined;
  try {
    ground = await startSourceGround(org);
    const kafka = new Kafka({ brokers: [ground.bootstrapServers], clientId: 'bench', logLevel: logLevel.NOTHING });
    await createRows(org, rows);

    const received = await timed(async () => (await createCometdReader(org, channel, -2)).read(rows));
    print(figureLine({ what: 'bare receive loop', count: rows, unit: 'events', seconds: received }));

    const watch = await watchTopic(kafka, topic);
    const poller = await ground.startPoller();
    await watch.until(1);
    const startedAt = performance.now();
    const seenAtStart = watch.count();
    await watch.until(rows);
    const bridged = (performance.now() - startedAt) / 1000;
    const count = rows - seenAtStart;
    const produced = await produceBare(kafka, watch.samples);
    print(figureLine({ what: 'bare producer loop', count: rows, unit: 'events', seconds: produced }));
    print(figureLine({ what: 'poller, exactly once', count, unit: 'events', seconds: bridged }));
    const best = rows / Math.max(received, produced);
    print(`${'share of the slower loop'.padEnd(44)} ${Math.round((100 * count) / bridged / best)} %`);

    const committedAt = await changeSteadily(org);
    await watch.until(rows + liveRate * liveSeconds);
    const delays = [...committedAt]
      .map(([name, at]) => (watch.arrivals.get(name) ?? Number.POSITIVE_INFINITY) - at)
      .sort((one, other) => one - other);
    const at = (share: number) => delays[Math.floor(share * (delays.length - 1))]?.toFixed(0) ?? '?';
    print(`${`commit to consumer at ${liveRate} events/s`.padEnd(44)} p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
    await watch.stop();
    await poller.stop();
  } finally {
    await ground?.stop();
    await org.close();
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

interface Sample {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** Sees records as a `read_committed` consumer does: a little after the broker acknowledged them. */
async function watchTopic(kafka: Kafka, watched: string) {
  const consumer: Consumer = kafka.consumer({ groupId: 'bench', maxWaitTimeInMs: 50 });
  /** When each row's record came, by the row's name. */
  const arrivals = new Map<string, number>();
  let count = 0;
  const samples: Sample[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic: watched, fromBeginning: true });
  await consumer.run({
    eachBatch: async ({ batch: { messages } }) => {
      const now = performance.now();
      for (const { key, value } of messages) {
        count += 1;
        // Parsing the 40,000 of the first part would take from the poller's processor time.
        if (count > rows) arrivals.set(nameOf(value), now);
        if (samples.length < 1_000) samples.push({ key, value });
      }
    },
  });
  return {
    arrivals,
    samples,
    count: () => count,
    async until(wanted: number) {
      while (count < wanted) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    stop: () => consumer.disconnect(),
  };
}

function nameOf(value: Buffer | null): string {
  return (JSON.parse(String(value)) as { Name: string }).Name;
}

/** As many records as the poller publishes, and of the same kind, as fast as one producer in batches does it. */
async function produceBare(kafka: Kafka, samples: readonly Sample[]): Promise<number> {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const seconds = await timed(async () => {
    for (let sent = 0; sent < rows; sent += batch) {
      const messages = Array.from({ length: batch }, (_, index) => samples[(sent + index) % samples.length]);
      await producer.send({
        topic: bareTopic,
        acks: -1,
        messages: messages.map((sample) => sample ?? { value: null }),
      });
    }
  });
  await producer.disconnect();
  return seconds;
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

/** A tenth of a second's changes, ten times a second. Gives when the org said of each row that it is committed. */
async function changeSteadily(org: OrgProcess): Promise<ReadonlyMap<string, number>> {
  const committedAt = new Map<string, number>();
  const startedAt = performance.now();
  const atOnce = liveRate / 10;
  for (let tick = 0; tick < liveSeconds * 10; tick += 1) {
    const from = rows + tick * atOnce;
    await createRows(org, atOnce, from);
    for (let index = 0; index < atOnce; index += 1) committedAt.set(`Account ${from + index}`, performance.now());
    const due = startedAt + (tick + 1) * 100;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
  }
  return committedAt;
}
