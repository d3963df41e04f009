import type { Bridge } from '../../shared/bridge/bridge.ts';
import { topicsOfSource } from '../../shared/bridge/topics-of-source.ts';
import { classifyKafkaError } from '../../shared/kafka/classify-kafka-error.ts';
import { createTopics } from '../broker/create-topics.ts';

const partitions = 4;

/** Creates the topics of a bridge that do not exist yet. */
export async function makeTopics(brokers: readonly string[], bridge: Bridge): Promise<void> {
  const topics = topicsOf(bridge);
  try {
    await createTopics(brokers.join(','), topics);
  } catch (error) {
    throw classifyKafkaError(
      error,
      topics.map(({ topic }) => topic),
    );
  }
}

function topicsOf(bridge: Bridge): { topic: string; partitions: number }[] {
  const flows = [
    ...bridge.sinks.flatMap((sink) => [
      ...sink.feeds.map(({ topic }) => ({ topic, partitions })),
      { topic: sink.deadLetterTopic, partitions: 1 },
    ]),
    ...bridge.sources.flatMap((source) => [
      ...topicsOfSource(source).map((topic) => ({ topic, partitions })),
      { topic: source.deadLetterTopic, partitions: 1 },
    ]),
  ];
  return [...new Map(flows.map((each) => [each.topic, each])).values()];
}
