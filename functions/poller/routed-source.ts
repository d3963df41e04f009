import type { Source } from '../../shared/bridge/bridge.ts';
import { type ResolvedCapture, resolveCapture } from '../../shared/salesforce/channels.ts';

/** A source with the channel that carries it. */
export interface RoutedSource {
  readonly source: Source;
  readonly captured: ResolvedCapture;
}

/** Groups sources by channel. */
export function routeSources(sources: readonly Source[]): Map<string, RoutedSource[]> {
  const routes = new Map<string, RoutedSource[]>();
  for (const source of sources) {
    const captured = resolveCapture(source.capture);
    const sharing = routes.get(captured.channel) ?? [];
    routes.set(captured.channel, [...sharing, { source, captured }]);
  }
  return routes;
}

/** What decides about an event later: the sources of its channel, and the start of the subscription that brought it. */
export interface EventOrigin {
  readonly sources: readonly RoutedSource[];
  /** True when an event is older than what this source is to get. */
  isBeforeStart(source: Source, committedAt: number): boolean;
}
