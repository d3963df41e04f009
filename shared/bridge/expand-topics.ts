import type { Feed, Source } from './bridge.ts';
import { computed } from './readable.ts';
import { topicsOfSource } from './topics-of-source.ts';

export function isPattern(topic: string): boolean {
  return topic.includes('*');
}

/** What a sink says of its topics: one of both. */
export interface SinkTopics {
  readonly topic?: string | undefined;
  readonly topics?: readonly string[] | undefined;
}

/**
 * Topics that patterns can stand for: those that the sources fill, holes aside, and those that sinks name. Grants and event
 * source mappings name topics, so a pattern means what the definition declares and nothing that comes up later.
 */
export function declaredTopics(
  sources: readonly Pick<Source, 'topic' | 'lowerCaseTopic' | 'capture'>[],
  sinks: readonly SinkTopics[],
): string[] {
  const filled = sources.flatMap(({ topic, lowerCaseTopic, capture }) =>
    topicsOfSource({ topic, lowerCaseTopic, capture }),
  );
  const named = sinks.flatMap(({ topic, topics = [] }) => [topic ?? [], topics.filter((each) => !isPattern(each))]);
  return [...new Set([...filled, ...named.flat()])];
}

/**
 * The literal topics of a list, in its order, each once; a pattern that matches nothing adds none.
 *
 * @param declared asked only where there is a pattern.
 */
export function expandTopics(topics: readonly string[], declared: () => readonly string[]): string[] {
  const expanded = topics.flatMap((each) =>
    isPattern(each) ? declared().filter((name) => matches(name, each)) : [each],
  );
  return [...new Set(expanded)];
}

/** Where in a list the patterns stand that match nothing. */
export function lostPatterns(topics: readonly string[], declared: () => readonly string[]): number[] {
  return [...topics.entries()]
    .filter(([, each]) => expandTopics([each], declared).length === 0)
    .map(([index]) => index);
}

function matches(topic: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(topic);
}

/**
 * One event source mapping reads one topic, and its group is its own:
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-consumer-group-id.html
 */
export function feedsOf({ topic }: SinkTopics, topics: readonly string[], consumerGroup: () => string): Feed[] {
  // A list may grow, and its groups must not change their names then.
  const groupOf = (each: string) => (topic === undefined ? `${consumerGroup()}.${each}` : consumerGroup());
  return topics.map((each) => computed({ topic: each }, { consumerGroup: () => groupOf(each) }));
}
