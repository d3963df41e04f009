import type { ChannelHold } from './channel-hold.ts';
import { retentionMs } from './replay-start.ts';
import type { RoutedSource } from './routed-source.ts';

interface ReadChannel {
  readonly sources: readonly RoutedSource[];
  /** Undefined where another task reads the channel, or none does. */
  readonly hold: { readonly window: Pick<ChannelHold['window'], 'position'> } | undefined;
}

/**
 * How long it takes until Salesforce throws away what this task has not read of its channels: all of the retention while a
 * channel is up to date, less the longer it waits, for a limit, for Kafka, or for somebody.
 *
 * @returns milliseconds of the channel that has least left; undefined when nothing is known of any.
 */
export function retentionLeft(channels: readonly ReadChannel[], now: Date): number | undefined {
  const left = channels.flatMap(({ sources, hold }) => {
    const { coveredUntil } = hold?.window.position() ?? {};
    if (coveredUntil === undefined) return [];
    const retained = Math.min(...sources.map(({ captured }) => retentionMs(captured.capturedThrough)));
    return [Math.max(0, retained - Math.max(0, now.getTime() - Date.parse(coveredUntil)))];
  });
  return left.length === 0 ? undefined : Math.min(...left);
}
