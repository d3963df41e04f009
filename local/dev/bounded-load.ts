import { setTimeout as delay } from 'node:timers/promises';
import type { Bridge, Sink, Source } from '../../shared/bridge/bridge.ts';
import { createKafkajsProducer } from '../../shared/kafka/kafkajs-producer.ts';
import type { DispositionCounts } from '../../shared/state/partition-progress.ts';
import type { PriceRecord } from '../sample/price-updates.ts';
import { dispositionCounter, silent, total } from './count-dispositions.ts';
import type { Ground } from './ground.ts';
import type { OrgHands } from './org-hands.ts';
import type { Progress } from './progress.ts';
import { changeRows, markOf, objectOf } from './row-changes.ts';
import { auditKafka, type ReadRecord, readFromNow } from './topic-reader.ts';

const changeRounds = 10;
const sendAtOnce = 500;
/** Nothing moved for this long: what is still missing counts as lost. */
const stallMs = 90_000;

export interface LoadParts {
  readonly bridge: Bridge;
  readonly ground: Ground;
  readonly hands: OrgHands;
  /** For the sink on the sample's topic, when the bridge has one. */
  readonly prices: readonly PriceRecord[];
  /** Tells this run's marks from any other's. */
  readonly run: string;
  readonly progress: Progress;
}

/** Everything that an audit needs to know about a load that went through. */
export interface LoadTrace {
  readonly sink: Sink | undefined;
  readonly dispositions: DispositionCounts;
  readonly letters: readonly ReadRecord[];
  readonly sources: readonly {
    readonly source: Source;
    readonly marks: ReadonlySet<string>;
    readonly records: readonly ReadRecord[];
  }[];
}

/** The topic that the sample's price updates go to. */
export const priceTopic = 'erp.price-updates';

/** Sends price updates to Kafka and changes rows in the org at the same time, and waits until all of it settled. */
export async function runBoundedLoad(parts: LoadParts): Promise<LoadTrace> {
  const { bridge, ground, progress } = parts;
  const kafka = auditKafka(ground.brokers);
  const sink = bridge.sinks.find(({ feeds }) => feeds.some(({ topic }) => topic === priceTopic));
  const letterReader = sink === undefined ? undefined : await readFromNow(kafka, sink.deadLetterTopic);
  const sources = await Promise.all(
    bridge.sources.map(async (source) => ({
      source,
      reader: await readFromNow(kafka, source.topic),
      marks: new Set<string>(),
    })),
  );
  const countDispositions = sink === undefined ? async () => noCounts : dispositionCounter(ground, sink);
  try {
    const sending = Promise.all([
      sink === undefined ? undefined : sendPrices(parts),
      ...sources.map(({ source, marks }) => changeRows(parts.hands, objectOf(source), parts.run, changeRounds, marks)),
    ]);
    let finished = false;
    sending.then(() => {
      finished = true;
    }, ignore);

    const expectedRecords = sink === undefined ? 0 : parts.prices.length;
    let movedAt = performance.now();
    let last = '';
    for (;;) {
      if (finished) await sending;
      const settled = total([await countDispositions()]);
      const found = sources.map(({ source, marks, reader }) => countFound(source, marks, reader.records));
      const sent = sources.reduce((sum, { marks }) => sum + marks.size, 0);
      const line = describe(settled, expectedRecords, sum(found), sent, sink !== undefined, sources.length > 0);
      progress.count(line);
      if (line !== last) movedAt = performance.now();
      last = line;
      if (finished && settled >= expectedRecords && sum(found) === sent) break;
      if (performance.now() - movedAt > stallMs) break;
      await Promise.race([delay(200), failure(sending)]);
    }
    return {
      sink,
      dispositions: await countDispositions(),
      letters: letterReader?.records ?? [],
      sources: sources.map(({ source, marks, reader }) => ({ source, marks, records: reader.records })),
    };
  } finally {
    await Promise.all([letterReader?.stop(), ...sources.map(({ reader }) => reader.stop())]);
  }
}

async function sendPrices({ ground, prices }: LoadParts): Promise<void> {
  const producer = await createKafkajsProducer({ brokers: ground.brokers, clientId: 'sample-erp', logger: silent });
  try {
    for (let start = 0; start < prices.length; start += sendAtOnce) {
      const records = prices.slice(start, start + sendAtOnce);
      await producer.publish(records.map(({ key, value }) => ({ topic: priceTopic, key, value, headers: [] })));
    }
  } finally {
    await producer.close();
  }
}

function countFound(source: Source, marks: ReadonlySet<string>, records: readonly ReadRecord[]): number {
  const seen = new Set(records.map((record) => markOf(objectOf(source), record)));
  return [...marks].filter((mark) => seen.has(mark)).length;
}

function describe(
  settled: number,
  expected: number,
  found: number,
  sent: number,
  hasSink: boolean,
  hasSource: boolean,
): string {
  const sinkPart = hasSink ? [`Kafka → Salesforce ${grouped(settled)} of ${grouped(expected)} settled`] : [];
  const sourcePart = hasSource ? [`Salesforce → Kafka ${grouped(found)} of ${grouped(sent)} published`] : [];
  return [...sinkPart, ...sourcePart].join('   ');
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

/** Rejects when the sending fails, and otherwise never settles. */
function failure(sending: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => {
    sending.catch(reject);
  });
}

function ignore(): void {}

const noCounts: DispositionCounts = { written: 0, filtered: 0, absorbed: 0, deadLettered: 0 };
