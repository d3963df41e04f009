import type { Feed, Source } from './bridge.ts';
import type { Problem } from './problems.ts';
import { topicsOfSource } from './topics-of-source.ts';

export function isPattern(topic: string): boolean {
  return topic.includes('*');
}

interface SinkTopics {
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

/** The literal topics of a list, in its order, each once; a pattern that matches nothing adds none. */
export function expandTopics(topics: readonly string[], declared: readonly string[]): string[] {
  const expanded = topics.flatMap((each) =>
    isPattern(each) ? declared.filter((name) => matches(name, each)) : [each],
  );
  return [...new Set(expanded)];
}

function matches(topic: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(topic);
}

/**
 * One event source mapping reads one topic, and its group is its own:
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-consumer-group-id.html
 */
export function feedsOf({ topic }: SinkTopics, topics: readonly string[], consumerGroup: string): Feed[] {
  // A list may grow, and its groups must not change their names then.
  return topics.map((each) => ({
    topic: each,
    consumerGroup: topic === undefined ? `${consumerGroup}.${each}` : consumerGroup,
  }));
}

const longestGroup = 200;

/** Rules on the topics of a sink. */
export function checkTopics(
  name: string,
  { topic, topics = [] }: SinkTopics,
  declared: readonly string[],
  feeds: readonly Feed[],
): Problem[] {
  const path = `sinks.${name}`;
  if (topic !== undefined && topics.length > 0) {
    return [{ path: `${path}.topics`, rule: 'stands beside topic; say one of them' }];
  }
  const lost = [...topics.entries()].filter(([, each]) => expandTopics([each], declared).length === 0);
  const long = feeds.filter(({ consumerGroup }) => consumerGroup.length > longestGroup);
  return [
    ...lost.map(([index]) => ({
      path: `${path}.topics.${index}`,
      rule: `matches no topic that the definition declares (${declared.join(', ')}); rights are given by name, so name the topics`,
    })),
    ...long.map(({ consumerGroup }) => ({
      path: `${path}.consumerGroup`,
      rule: `makes a group of more than ${longestGroup} characters with a topic: ${consumerGroup}`,
    })),
  ];
}
