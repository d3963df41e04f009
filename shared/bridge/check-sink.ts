import type { Bridge, Sink } from './bridge.ts';
import { flowName } from './bridge-schema.ts';
import { lostPatterns, type SinkTopics } from './expand-topics.ts';
import type { Problem } from './problems.ts';
import { judge, readable } from './readable.ts';

const longestGroup = 200;

/**
 * Rules between the settings of one sink.
 *
 * @param given its topics as they stand in the definition.
 * @param declared topics that patterns can stand for.
 */
export function checkSink(bridge: Bridge, sink: Sink, given: SinkTopics, declared: () => readonly string[]): Problem[] {
  const path = `sinks.${sink.name}`;
  return judge([
    () => checkTopics(path, given),
    () => checkPatterns(path, given, declared),
    () => checkGroupLengths(path, sink),
    () => checkDeadLetterTopic(path, sink),
    () => checkQueue(path, bridge, sink),
    () => checkMemories(path, sink),
    () => checkAggregates(path, sink),
  ]);
}

function checkTopics(path: string, { topic, topics }: SinkTopics): Problem[] {
  if (topic === undefined && topics === undefined) {
    return [{ path: `${path}.topic`, rule: 'must be the name of a Kafka topic (it is missing)' }];
  }
  if (topic === undefined || topics === undefined) return [];
  return [{ path: `${path}.topics`, rule: 'stands beside topic; say one of them' }];
}

function checkPatterns(path: string, { topic, topics = [] }: SinkTopics, declared: () => readonly string[]): Problem[] {
  if (topic !== undefined) return [];
  return lostPatterns(topics, declared).map((index) => ({
    path: `${path}.topics.${index}`,
    rule: `matches no topic that the definition declares (${declared().join(', ')}); rights are given by name, so name the topics`,
  }));
}

function checkGroupLengths(path: string, { feeds }: Sink): Problem[] {
  return feeds
    .filter(({ consumerGroup }) => consumerGroup.length > longestGroup)
    .map(({ consumerGroup }) => ({
      path: `${path}.consumerGroup`,
      rule: `makes a group of more than ${longestGroup} characters with a topic: ${consumerGroup}`,
    }));
}

function checkDeadLetterTopic(path: string, { feeds, deadLetterTopic }: Sink): Problem[] {
  if (!feeds.some(({ topic }) => topic === deadLetterTopic)) return [];
  return [{ path: `${path}.deadLetterTopic`, rule: 'must differ from the topic it reads' }];
}

function checkQueue(path: string, bridge: Bridge, { name, deadLetters, deadLetterTopic, feeds }: Sink): Problem[] {
  if (deadLetters.kind !== 'queue') return [];
  const unsaid = [...feeds.map(({ topic }) => topic), `${bridge.name}.${readable(flowName, name)}`];
  if (unsaid.some((each) => deadLetterTopic === `${each}.dead-letter`)) return [];
  return [{ path: `${path}.deadLetterTopic`, rule: "is for deadLetters.kind: 'topic'" }];
}

function checkMemories(path: string, { transform }: Sink): Problem[] {
  const names = transform.steps.filter((step) => step.remembers).map((step) => step.name);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...twice].map((name) => ({
    path: `${path}.transform`,
    rule: `has two steps that remember under the name ${name}`,
  }));
}

function checkAggregates(path: string, { transform }: Sink): Problem[] {
  if (transform.steps.filter((step) => 'aggregate' in step).length < 2) return [];
  return [{ path: `${path}.transform`, rule: 'has two aggregates; the second needs a topic of its own' }];
}
