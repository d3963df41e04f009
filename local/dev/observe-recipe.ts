import type { Bridge } from '../../shared/bridge/bridge.ts';
import { topicsOfSource } from '../../shared/bridge/topics-of-source.ts';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import { dispositionCounter } from './count-dispositions.ts';
import type { Ground } from './ground.ts';
import type { OrgListener } from './org-listener.ts';
import type { Recipe, RecipeOrgs, Seen } from './recipe.ts';
import { auditKafka, readFromNow } from './topic-reader.ts';

interface ObserverParts {
  readonly recipe: Recipe;
  readonly bridge: Bridge;
  readonly ground: Ground;
  readonly orgs: RecipeOrgs;
  /** In every mark of this run. */
  readonly run: string;
}

export interface RecipeObserver {
  look(): Promise<Seen>;
  stop(): Promise<void>;
}

/** Watches what comes out of a bridge from now on; begin before its programs start, or their first records are missed. */
export async function observeRecipe({ recipe, bridge, ground, orgs, run }: ObserverParts): Promise<RecipeObserver> {
  const kafka = auditKafka(ground.brokers);
  const letterTopics = [...new Set(bridge.sinks.map((sink) => sink.deadLetterTopic))];
  const sourceTopics = [...new Set(bridge.sources.flatMap((source) => topicsOfSource(source)))];
  const read = (topics: readonly string[]) => Promise.all(topics.map((topic) => readFromNow(kafka, topic)));
  const [letterReaders, sourceReaders, listeners] = await Promise.all([
    read(letterTopics),
    read(sourceTopics),
    Promise.all(Object.entries(recipe.listens ?? {}).map(([name, channel]) => listen(orgs, name, channel))),
  ]);
  const counters = bridge.sinks.map((sink) => ({ name: sink.name, count: dispositionCounter(ground, sink) }));
  let stopping: Promise<unknown> | undefined;
  return {
    async look() {
      const counts = counters.map(async ({ name, count }) => [name, await count()] as const);
      return {
        orgs,
        run,
        dispositions: Object.fromEntries(await Promise.all(counts)),
        letters: letterReaders.flatMap((reader) => reader.records),
        published: Object.fromEntries(sourceTopics.map((topic, index) => [topic, sourceReaders[index]?.records ?? []])),
        heard: Object.fromEntries(listeners.map(([org, { heard }]) => [org, heard])),
      };
    },
    async stop() {
      const open = [...letterReaders, ...sourceReaders, ...listeners.map(([, listener]) => listener)];
      stopping ??= Promise.all(open.map((each) => each.stop()));
      await stopping;
    },
  };
}

async function listen(orgs: RecipeOrgs, name: string, channel: string): Promise<readonly [string, OrgListener]> {
  const org = orgs[name];
  if (org === undefined) throw new BridgeError('SKB_CONFIG_INVALID', `listens.${name}: the definition has no such org`);
  return [name, await org.listen(channel)];
}
