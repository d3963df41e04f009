import { setTimeout as delay } from 'node:timers/promises';
import type { Bridge } from '../../shared/bridge/bridge.ts';
import { topicsOfSource } from '../../shared/bridge/topics-of-source.ts';
import { toHeaders } from '../../shared/kafka/headers.ts';
import { createKafkajsProducer } from '../../shared/kafka/kafkajs-producer.ts';
import type { DispositionCounts } from '../../shared/state/partition-progress.ts';
import { dispositionCounter, silent, total } from './count-dispositions.ts';
import type { Ground } from './ground.ts';
import type { Progress } from './progress.ts';
import type { Findings, LoadRecord, Recipe, RecipeOrgs, Seen } from './recipe.ts';
import { auditKafka, readFromNow } from './topic-reader.ts';

const sendAtOnce = 1_000;
/** Nothing moved for this long: what is still missing counts as lost. */
const stallMs = 90_000;
/** After the last thing moved, before the outcome counts: what must not happen gets a chance to. */
const quietMs = 3_000;

interface RecipeParts {
  readonly recipe: Recipe;
  readonly bridge: Bridge;
  readonly ground: Ground;
  readonly orgs: RecipeOrgs;
  readonly run: string;
  readonly progress: Progress;
}

export interface RecipeTrace {
  readonly recordsIn: number;
  readonly dispositions: DispositionCounts;
  readonly recordsPublished: number;
  readonly findings: Findings;
}

/** Pushes a recipe's load through and asks its check until it finds nothing, or nothing moves any more. */
export async function runRecipe(parts: RecipeParts): Promise<RecipeTrace> {
  const { recipe, bridge, ground, orgs, run, progress } = parts;
  const kafka = auditKafka(ground.brokers);
  const letterTopics = [...new Set(bridge.sinks.map((sink) => sink.deadLetterTopic))];
  const letterReaders = await Promise.all(letterTopics.map((topic) => readFromNow(kafka, topic)));
  const sourceTopics = [...new Set(bridge.sources.flatMap((source) => topicsOfSource(source)))];
  const sourceReaders = await Promise.all(sourceTopics.map((topic) => readFromNow(kafka, topic)));
  const counters = await Promise.all(
    bridge.sinks.map(async (sink) => ({ sink, count: await dispositionCounter(ground, sink) })),
  );
  const records = recipe.records?.(run) ?? [];
  const expected = bridge.sinks.reduce(
    (sum, sink) => sum + records.filter(({ topic }) => sink.feeds.some((feed) => feed.topic === topic)).length,
    0,
  );

  async function look(): Promise<Seen> {
    const counts = await Promise.all(counters.map(async ({ sink, count }) => [sink.name, await count()] as const));
    return {
      orgs,
      run,
      dispositions: Object.fromEntries(counts),
      letters: letterReaders.flatMap((reader) => reader.records),
      published: Object.fromEntries(sourceTopics.map((topic, index) => [topic, sourceReaders[index]?.records ?? []])),
    };
  }
  try {
    let finished = false;
    const sending = Promise.all([send(ground, records), recipe.change?.(orgs, run)]).then(() => {
      finished = true;
    });
    // Looked at in the loop below; it must not count as unhandled before.
    sending.catch(() => undefined);
    let movedAt = performance.now();
    let last = '';
    for (;;) {
      await Promise.race([delay(300), rejectionOf(sending)]);
      const seen = await look();
      const settled = total(Object.values(seen.dispositions));
      const published = Object.values(seen.published).reduce((sum, each) => sum + each.length, 0);
      const line = describe(settled, expected, published, bridge);
      progress.count(line);
      if (line !== last) movedAt = performance.now();
      last = line;
      const quietFor = performance.now() - movedAt;
      if (!finished || quietFor < quietMs || (settled < expected && quietFor < stallMs)) continue;
      const findings = await recipe.check(seen);
      if (findings.lost.length + findings.wrong.length > 0 && quietFor < stallMs) continue;
      return {
        recordsIn: records.length,
        dispositions: sumOf(Object.values(seen.dispositions)),
        recordsPublished: published,
        findings,
      };
    }
  } finally {
    await Promise.all([...letterReaders, ...sourceReaders].map((reader) => reader.stop()));
  }
}

async function send({ brokers }: Ground, records: readonly LoadRecord[]): Promise<void> {
  if (records.length === 0) return;
  const producer = await createKafkajsProducer({ brokers, clientId: 'sample-data', logger: silent });
  try {
    for (let start = 0; start < records.length; start += sendAtOnce) {
      await producer.publish(
        records
          .slice(start, start + sendAtOnce)
          .map(({ headers = {}, ...record }) => ({ ...record, headers: toHeaders(headers) })),
      );
    }
  } finally {
    await producer.close();
  }
}

function describe(settled: number, expected: number, published: number, { sinks, sources }: Bridge): string {
  const grouped = (count: number) => count.toLocaleString('en-US');
  const inward = sinks.length > 0 ? [`Kafka → Salesforce ${grouped(settled)} of ${grouped(expected)} settled`] : [];
  const outward = sources.length > 0 ? [`Salesforce → Kafka ${grouped(published)} published`] : [];
  return [...inward, ...outward].join('   ');
}

function sumOf(counts: readonly DispositionCounts[]): DispositionCounts {
  const sum = { written: 0, filtered: 0, absorbed: 0, deadLettered: 0 };
  for (const count of counts) {
    for (const name of ['written', 'filtered', 'absorbed', 'deadLettered'] as const) sum[name] += count[name];
  }
  return sum;
}

/** Rejects when the work fails, and otherwise never settles. */
function rejectionOf(work: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => {
    work.catch(reject);
  });
}
