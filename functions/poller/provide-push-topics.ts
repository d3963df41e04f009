import type { Source } from '../../shared/bridge/bridge.ts';
import { ensurePushTopic, type PushTopicOrg } from '../../shared/salesforce/push-topic.ts';
import { errorFields, type Logger } from '../../shared/telemetry/logger.ts';
import type { RoutedSource } from './routed-source.ts';

interface ProvidingOrg {
  readonly name: string;
  readonly apiVersion: string;
  readonly rest: PushTopicOrg;
}

/** Is told of PushTopics that told of nothing, because their queries named fields that are gone. */
export interface Blindness {
  /** It was so until now; resolves when that is remembered. */
  found(source: Source): Promise<void>;
  ended(): void;
}

/**
 * Makes the PushTopics that sources ask for, once in the life of the program and whenever it is asked to look again.
 *
 * @returns a function that does so, one call after the other; `again` is for an object that has other fields now.
 */
export function createPushTopicProvider(
  org: ProvidingOrg,
  sources: readonly RoutedSource[],
  logger: Logger,
): (blindness: Blindness, again?: 'again') => Promise<void> {
  let provided = false;
  let turn: Promise<void> = Promise.resolve();

  async function provide(blindness: Blindness, again: 'again' | undefined): Promise<void> {
    if (provided && again === undefined) return;
    for (const { source, captured } of sources) {
      const { capture } = source;
      if (captured.capturedThrough !== 'pushTopic' || capture.kind !== 'pushTopic' || !capture.create) continue;
      const outcome = await ensurePushTopic(capture, org.apiVersion, org.rest, () => blindness.found(source));
      if (outcome === 'repaired') blindness.ended();
      const place = { org: org.name, name: capture.name };
      if (typeof outcome === 'object') {
        logger.error('PushTopic stays as it is', { ...place, ...errorFields(outcome.outgrown) });
      } else if (outcome !== 'existed') logger.info(`PushTopic ${outcome}`, place);
    }
    provided = true;
  }

  // One after the other, so that the second one finds what the first one made.
  return (blindness, again) => {
    const done = turn.then(() => provide(blindness, again));
    turn = done.catch(() => undefined);
    return done;
  };
}
