import type { Change } from '../store/database.ts';
import type { PendingEvent } from './pending-event.ts';
import { type PushTopicRegistry, topicMatches, topicPayload } from './push-topics.ts';

/** The PushTopic notifications that committed changes cause. */
export function topicEventsOf(
  changes: readonly Change[],
  registry: PushTopicRegistry,
  options: { readonly now: number; readonly onDelete: 'id' | 'all' },
): readonly PendingEvent[] {
  const topics = registry.all().filter((topic) => topic.active);
  if (topics.length === 0) return [];
  const createdDate = new Date(options.now).toISOString();
  return changes.flatMap((change) =>
    topics
      .filter((topic) => topicMatches(topic, change))
      .map((topic) => {
        const sobject = topicPayload(topic, change, options.onDelete);
        const build = (replayId: number) => ({ event: { createdDate, replayId, type: change.kind }, sobject });
        return { channel: `/topic/${topic.name}`, build };
      }),
  );
}
