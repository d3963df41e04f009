import { setTimeout as delay } from 'node:timers/promises';
import type { Bridge } from '../../shared/bridge/bridge.ts';
import { toHeaders } from '../../shared/kafka/headers.ts';
import { createKafkajsProducer } from '../../shared/kafka/kafkajs-producer.ts';
import type { DispositionCounts } from '../../shared/state/partition-progress.ts';
import { silent, total } from './count-dispositions.ts';
import type { Ground } from './ground.ts';
import type { RecipeObserver } from './observe-recipe.ts';
import type { Progress } from './progress.ts';
import type { Findings, LoadRecord, Recipe, RecipeOrgs, Seen } from './recipe.ts';

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
  /** Began before the programs of the bridge did. */
  readonly observer: RecipeObserver;
}

export interface RecipeTrace {
  readonly recordsIn: number;
  readonly dispositions: DispositionCounts;
  readonly recordsPublished: number;
  readonly findings: Findings;
}

/** Pushes a recipe's load through and asks its check until it finds nothing, or nothing moves any more. */
export async function runRecipe(parts: RecipeParts): Promise<RecipeTrace> {
  const { recipe, bridge, ground, orgs, run, progress, observer } = parts;
  const records = recipe.records?.(run) ?? [];
  /** Records that sinks must settle: the recipe's own, and what sources published to the topic of a sink. */
  const expectedOf = (published: Seen['published']) => {
    const topics = bridge.sinks.flatMap(({ feeds }) => feeds.map(({ topic }) => topic));
    return topics.reduce(
      (sum, topic) => sum + records.filter((record) => record.topic === topic).length + (published[topic]?.length ?? 0),
      0,
    );
  };

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
      const seen = await observer.look();
      const settled = total(Object.values(seen.dispositions));
      const expected = expectedOf(seen.published);
      const published = countOf(seen.published);
      const line = describe({ settled, expected, published, heard: countOf(seen.heard) }, bridge);
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
    await observer.stop();
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

function countOf(lists: Readonly<Record<string, readonly unknown[]>>): number {
  return Object.values(lists).reduce((sum, each) => sum + each.length, 0);
}

function describe(
  { settled, expected, published, heard }: Record<'settled' | 'expected' | 'published' | 'heard', number>,
  { sinks, sources }: Bridge,
): string {
  const grouped = (count: number) => count.toLocaleString('en-US');
  const inward = sinks.length > 0 ? [`Kafka → Salesforce ${grouped(settled)} of ${grouped(expected)} settled`] : [];
  const outward = sources.length > 0 ? [`Salesforce → Kafka ${grouped(published)} published`] : [];
  const inside = heard > 0 ? [`${grouped(heard)} heard in Salesforce`] : [];
  return [...inward, ...outward, ...inside].join('   ');
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
