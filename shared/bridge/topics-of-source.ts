import type { Source } from './bridge.ts';
import { capturedObjects, capturesRows } from './captured-objects.ts';
import { fillTopic, isTemplate, type TopicFacts } from './topic-template.ts';

type TopicSettings = Pick<Source, 'topic' | 'lowerCaseTopic' | 'capture'> & { readonly gapTopic?: string | undefined };

const rowEventTypes = ['created', 'updated', 'deleted', 'undeleted', 'snapshot', 'gap'];

/** Every topic that records of a source can go to, literally: what grants, topics and mappings are made from. */
export function topicsOfSource(source: TopicSettings): string[] {
  const gaps = source.gapTopic === undefined ? [] : [source.gapTopic];
  if (!isTemplate(source.topic)) return [topicOfRecord(source, { _ObjectType: '', _EventType: '' }), ...gaps];
  const objects = capturedObjects(source.capture) ?? [];
  const types = capturesRows(source.capture) ? rowEventTypes : ['created', 'gap'];
  const topics = objects.flatMap((_ObjectType) =>
    types.map((_EventType) => topicOfRecord(source, { _ObjectType, _EventType })),
  );
  return [...new Set([...topics, ...gaps])];
}

export function topicOfRecord(source: Pick<TopicSettings, 'topic' | 'lowerCaseTopic'>, facts: TopicFacts): string {
  const topic = fillTopic(source.topic, facts);
  return source.lowerCaseTopic ? topic.toLowerCase() : topic;
}
